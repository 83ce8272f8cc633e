-- Messages that wait for the relay, written in the transaction of the change
-- they tell of. Rows stay some hours after sending, to be sent again when the
-- stream loses them.
create table events.outbox (
    seq bigint generated always as identity constraint outbox_pkey primary key,
    message_id uuid not null constraint outbox_message_id_key unique,
    subject text not null,
    type text not null,
    key uuid not null,
    version bigint not null,
    body bytea not null,
    traceparent text,
    create_time timestamptz not null default now(),
    send_time timestamptz
);
create index outbox_unsent_idx on events.outbox (seq) where send_time is null;
create index outbox_sent_idx on events.outbox (send_time) where send_time is not null;

-- The last version given to an event of a key.
create table events.key_version (
    key uuid constraint key_version_pkey primary key,
    version bigint not null
);

-- Messages a consumer has applied.
create table events.inbox (
    consumer text not null,
    message_id uuid not null,
    receive_time timestamptz not null default now(),
    constraint inbox_pkey primary key (consumer, message_id)
);
create index inbox_receive_time_idx on events.inbox (receive_time);

-- The last version of a key that a consumer has applied.
create table events.position (
    consumer text not null,
    key uuid not null,
    version bigint not null,
    update_time timestamptz not null default now(),
    constraint position_pkey primary key (consumer, key)
);

-- Messages a consumer could not apply, and those of the same key behind them.
create table events.dead_letter (
    consumer text not null,
    message_id uuid not null,
    subject text not null,
    type text not null,
    key uuid not null,
    version bigint not null,
    body bytea not null,
    error text not null,
    park_time timestamptz not null default now(),
    redrive boolean not null default false,
    constraint dead_letter_pkey primary key (consumer, message_id)
);
create index dead_letter_key_idx on events.dead_letter (consumer, key, version);

-- Work that one process does at a time, such as relaying.
create table events.lease (
    name text constraint lease_pkey primary key,
    holder uuid not null,
    epoch bigint not null,
    expire_time timestamptz not null
);

-- What the relay knows of the stream it feeds, to notice a lost or rolled-back store.
create table events.stream_mark (
    stream text constraint stream_mark_pkey primary key,
    created text not null,
    last_sequence bigint not null
);
