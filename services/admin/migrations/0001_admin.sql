-- The audit log. Each row holds the hash of the one before, so rows are written
-- one after the other, under the lock of `audit_head`.
create table audit_entry (
    sequence bigint constraint audit_entry_pkey primary key,
    actor text not null,
    action text not null,
    subject_kind text not null,
    subject_id text not null,
    before text not null,
    after text not null,
    reason text not null,
    time timestamptz not null,
    previous_hash bytea not null,
    hash bytea not null
);
create index audit_entry_actor_idx on audit_entry (actor, sequence desc);
create index audit_entry_subject_id_idx on audit_entry (subject_id, sequence desc);
create index audit_entry_action_idx on audit_entry (action text_pattern_ops, sequence desc);
create index audit_entry_time_idx on audit_entry (time);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only';
end
$$;
create trigger audit_entry_append_only before update or delete or truncate on audit_entry
    for each statement execute function audit_is_append_only();

-- Where the log ends.
create table audit_head (
    only_row boolean constraint audit_head_pkey primary key default true
        constraint audit_head_only_row_check check (only_row),
    sequence bigint not null,
    hash bytea not null
);
insert into audit_head (sequence, hash) values (0, decode(repeat('00', 32), 'hex'));
create trigger audit_head_stays before delete or truncate on audit_head
    for each statement execute function audit_is_append_only();

-- What needs a second person. `executor` is on whose behalf it is done.
create table proposal (
    proposal_id uuid constraint proposal_pkey primary key,
    request_id uuid,
    kind text not null constraint proposal_kind_check check (kind in ('grant_role', 'revoke_role', 'refund')),
    state text not null constraint proposal_state_check check (state in (
        'pending', 'approved', 'executed', 'failed', 'rejected', 'expired')),
    subject_id uuid not null,
    role text not null default '',
    lines jsonb not null default '[]',
    amount bigint not null default 0,
    reason text not null,
    proposed_by uuid not null,
    executor jsonb,
    decided_by uuid,
    decision_reason text not null default '',
    outcome text not null default '',
    create_time timestamptz not null,
    expire_time timestamptz not null,
    update_time timestamptz not null,
    constraint proposal_four_eyes_check check (decided_by is null or decided_by <> proposed_by),
    constraint proposal_request_id_key unique (proposed_by, request_id)
);
create index proposal_create_time_idx on proposal (create_time desc, proposal_id desc);
create index proposal_open_idx on proposal (state) where state in ('pending', 'approved');

-- What staff did by the owners of things.
create table operation (
    operation_id uuid constraint operation_pkey primary key,
    actor uuid not null,
    request_id uuid,
    operation text not null,
    subject_id uuid not null,
    reason text not null,
    state text not null constraint operation_state_check check (state in ('begun', 'done', 'refused', 'lost')),
    refusal text not null default '',
    before text not null default '',
    after text not null default '',
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint operation_request_id_key unique (actor, request_id)
);
