create table account (
    account_id uuid constraint account_pkey primary key,
    email text not null constraint account_email_key unique,
    display_name text not null,
    password_hash text not null,
    -- The sign-up's own; a repeated one of the same address gives the same account.
    request_id uuid,
    create_time timestamptz not null,
    constraint account_email_check check (email = lower(email)),
    constraint account_display_name_check check (display_name <> '')
);

create table account_role (
    account_id uuid not null constraint account_role_account_id_fkey references account,
    role text not null constraint account_role_role_check check (role in ('BUYER', 'SELLER', 'ADMIN')),
    grant_time timestamptz not null,
    constraint account_role_pkey primary key (account_id, role)
);
create index account_role_admin_idx on account_role (account_id) where role = 'ADMIN';

create table session (
    session_id uuid constraint session_pkey primary key,
    account_id uuid not null constraint session_account_id_fkey references account,
    user_agent text not null,
    create_time timestamptz not null,
    refresh_time timestamptz not null,
    expire_time timestamptz not null,
    end_time timestamptz,
    end_cause text constraint session_end_cause_check
        check (end_cause in ('LOGGED_OUT', 'REVOKED', 'PASSWORD_CHANGED', 'TOKEN_REUSED')),
    constraint session_end_check check ((end_time is null) = (end_cause is null))
);
create index session_account_idx on session (account_id, create_time desc, session_id desc) where end_time is null;
create index session_expire_time_idx on session (expire_time);
create index session_end_time_idx on session (end_time) where end_time is not null;

-- Used tokens stay until they would have expired, so that a second use is noticed.
create table refresh_token (
    token_hash bytea constraint refresh_token_pkey primary key,
    session_id uuid not null constraint refresh_token_session_id_fkey references session on delete cascade,
    expire_time timestamptz not null,
    use_time timestamptz,
    constraint refresh_token_token_hash_check check (octet_length(token_hash) = 32)
);
create index refresh_token_session_id_idx on refresh_token (session_id);
create index refresh_token_expire_time_idx on refresh_token (expire_time);

-- Password attempts that failed, or whose outcome is not known yet. The subject
-- is a hash of the address: who tried an address we do not know left no trace of it.
create table attempt (
    attempt_id uuid constraint attempt_pkey primary key,
    subject bytea not null,
    start_time timestamptz not null,
    failed boolean not null
);
create index attempt_subject_idx on attempt (subject, start_time desc);
create index attempt_start_time_idx on attempt (start_time);

-- The seed of a key is derived from its salt and AUTH_KEY_SECRET, and stands nowhere.
create table signing_key (
    kid text constraint signing_key_pkey primary key,
    generation bigint not null constraint signing_key_generation_key unique,
    salt bytea not null,
    public_key text not null,
    create_time timestamptz not null,
    retire_time timestamptz,
    constraint signing_key_salt_check check (octet_length(salt) = 32)
);
