-- A closed account keeps its id and nothing that names a person.
alter table account alter column email drop not null;
alter table account alter column display_name drop not null;
alter table account add column verify_time timestamptz;
alter table account add column close_time timestamptz;
alter table account add constraint account_close_time_check check (
    (close_time is null and email is not null and display_name is not null)
    or (close_time is not null and email is null and display_name is null)
);

alter table session add column device_name text not null default '';
alter table session add column mfa boolean not null default false;
alter table session drop constraint session_end_cause_check;
alter table session add constraint session_end_cause_check check (end_cause in (
    'LOGGED_OUT', 'REVOKED', 'PASSWORD_CHANGED', 'PASSWORD_RESET', 'TOKEN_REUSED', 'MFA_RESET'
));

-- Hashes of what a device calls itself, so that a new one is noticed.
create table known_device (
    account_id uuid not null constraint known_device_account_id_fkey references account,
    device bytea not null,
    note_time timestamptz not null,
    constraint known_device_pkey primary key (account_id, device)
);

-- Subjects as in attempt. The level says how often within a day.
create table sign_in_lock (
    subject bytea constraint sign_in_lock_pkey primary key,
    level integer not null constraint sign_in_lock_level_check check (level > 0),
    until_time timestamptz not null
);
create index sign_in_lock_until_time_idx on sign_in_lock (until_time);

-- The secret is derived from the salt and AUTH_KEY_SECRET, and stands nowhere.
create table factor (
    account_id uuid constraint factor_pkey primary key constraint factor_account_id_fkey references account,
    salt bytea not null constraint factor_salt_check check (octet_length(salt) = 32),
    create_time timestamptz not null,
    confirm_time timestamptz,
    -- The newest time step a code was taken of; it and those before it are used up.
    last_step bigint not null
);

create table backup_code (
    account_id uuid not null constraint backup_code_account_id_fkey references factor on delete cascade,
    code_hash bytea not null constraint backup_code_code_hash_check check (octet_length(code_hash) = 32),
    constraint backup_code_pkey primary key (account_id, code_hash)
);

-- Log-ins whose password was right and whose code is still to come.
create table challenge (
    token_hash bytea constraint challenge_pkey primary key,
    account_id uuid not null constraint challenge_account_id_fkey references account,
    user_agent text not null,
    device_name text not null,
    failures integer not null,
    expire_time timestamptz not null,
    constraint challenge_token_hash_check check (octet_length(token_hash) = 32)
);
create index challenge_account_id_idx on challenge (account_id);
create index challenge_expire_time_idx on challenge (expire_time);
