-- Mails to be sent. The address may have no account: then none is.
create table errand (
    errand_id uuid constraint errand_pkey primary key,
    purpose text not null constraint errand_purpose_check check (purpose in ('VERIFY_EMAIL', 'RESET_PASSWORD')),
    email text not null,
    tries integer not null,
    next_time timestamptz not null
);
create index errand_next_time_idx on errand (next_time);

create table mail_token (
    token_hash bytea constraint mail_token_pkey primary key,
    account_id uuid not null constraint mail_token_account_id_fkey references account,
    purpose text not null constraint mail_token_purpose_check check (purpose in ('VERIFY_EMAIL', 'RESET_PASSWORD')),
    create_time timestamptz not null,
    expire_time timestamptz not null,
    constraint mail_token_token_hash_check check (octet_length(token_hash) = 32)
);
create index mail_token_account_id_idx on mail_token (account_id, purpose, create_time);
create index mail_token_expire_time_idx on mail_token (expire_time);
