create table service_account (
    service_account_id uuid constraint service_account_pkey primary key,
    account_id uuid not null constraint service_account_account_id_fkey references account,
    name text not null,
    scopes text[] not null,
    roles text[] not null,
    request_id uuid,
    create_time timestamptz not null,
    revoke_time timestamptz,
    constraint service_account_request_id_key unique (account_id, request_id)
);
create index service_account_account_id_idx on service_account (account_id, create_time desc, service_account_id desc)
    where revoke_time is null;

create table client_secret (
    secret_hash bytea constraint client_secret_pkey primary key,
    service_account_id uuid not null constraint client_secret_service_account_id_fkey references service_account,
    create_time timestamptz not null,
    expire_time timestamptz not null,
    constraint client_secret_secret_hash_check check (octet_length(secret_hash) = 32)
);
create index client_secret_service_account_id_idx on client_secret (service_account_id);
create index client_secret_expire_time_idx on client_secret (expire_time);
