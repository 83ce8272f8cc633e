-- The inbox of a member: how many notifications it has got and not read. Its row is the lock
-- of the member's notifications, so that positions are contiguous and seen in order.
create table inbox (
    member_id uuid constraint inbox_pkey primary key
        constraint inbox_member_id_fkey references member,
    position bigint not null,
    unread bigint not null constraint inbox_unread_check check (unread >= 0)
);

-- What a member was told. The sender makes the id, so one that comes again adds nothing.
create table notification (
    notification_id uuid constraint notification_pkey primary key,
    member_id uuid not null constraint notification_member_id_fkey references inbox,
    position bigint not null,
    kind text not null constraint notification_kind_check
        check (kind in ('order', 'recall', 'review', 'benefit', 'account')),
    title text not null,
    body text not null,
    subject_id text not null,
    needs_acknowledgement boolean not null,
    create_time timestamptz not null,
    read_time timestamptz,
    acknowledge_time timestamptz,
    constraint notification_position_key unique (member_id, position),
    constraint notification_acknowledged_check
        check (acknowledge_time is null or needs_acknowledgement and read_time is not null)
);
create index notification_member_id_idx on notification (member_id, create_time desc, notification_id desc);
create index notification_unread_idx on notification (member_id) where read_time is null;
