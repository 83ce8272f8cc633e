-- What belongs into the log. A row is written with the fact it tells, in one
-- transaction; the sequencer gives it its place among the leaves afterwards.
create table log_entry (
    entry_id uuid constraint log_entry_pk primary key,
    kind text not null constraint log_entry_kind check (kind in ('TRACE_EVENT', 'AUDIT_HEAD', 'POINTS_ROOT')),
    -- Canonical JSON (RFC 8785); null when it was erased.
    body bytea,
    -- 32 random bytes; null when the body was erased.
    salt bytea constraint log_entry_salt check (octet_length(salt) = 32),
    -- SHA-256 of salt and body: the leaf's data, which stays when the body goes.
    commitment bytea not null constraint log_entry_commitment check (octet_length(commitment) = 32),
    -- Its place in the tree, without gaps; null until it has one.
    leaf_index bigint constraint log_entry_leaf_index unique,
    create_time timestamptz not null,
    constraint log_entry_erased check ((body is null) = (salt is null))
);

create index log_entry_waiting on log_entry (create_time, entry_id) where leaf_index is null;

-- What was signed.
create table checkpoint (
    size bigint constraint checkpoint_pk primary key constraint checkpoint_size check (size > 0),
    root bytea not null constraint checkpoint_root check (octet_length(root) = 32),
    note text not null,
    create_time timestamptz not null
);
