-- Runs of sagas. A row is changed only under its lock, in the transaction that
-- also books the message which caused the change and sends the next ones.
create table saga.saga (
    saga_id uuid constraint saga_pkey primary key,
    kind text not null,
    definition_version integer not null,
    state jsonb not null,
    phase text not null constraint saga_phase_check
        check (phase in ('running', 'compensating', 'completed', 'compensated', 'parked')),
    step integer not null,
    attempt integer not null,
    failure_reason text,
    failure_message text,
    next_time timestamptz,
    create_time timestamptz not null default now(),
    update_time timestamptz not null default now()
);
create index saga_next_time_idx on saga.saga (kind, next_time) where next_time is not null;
create index saga_create_time_idx on saga.saga (create_time desc, saga_id desc);

-- What happened to each run; only ever appended to.
create table saga.entry (
    saga_id uuid not null constraint entry_saga_id_fkey references saga.saga,
    sequence bigint generated always as identity,
    step text not null,
    direction smallint not null,
    event text not null,
    detail text not null,
    time timestamptz not null default clock_timestamp(),
    constraint entry_pkey primary key (saga_id, sequence)
);

-- What this service did for sagas of any service: one row for each step and
-- direction, so that it acts once however often it is asked. A tombstone says
-- that the undo came first and the do must not happen any more.
create table saga.effect (
    effect_key uuid constraint effect_pkey primary key,
    saga_id uuid not null,
    step text not null,
    direction smallint not null,
    tombstone boolean not null default false,
    outcome bytea,
    create_time timestamptz not null default now()
);
