-- What the ledger of a day of Korea was when the day was closed.
create table point_root (
    day date constraint point_root_pkey primary key,
    postings bigint not null,
    root bytea not null constraint point_root_root_check check (octet_length(root) = 32),
    record_time timestamptz not null
);
