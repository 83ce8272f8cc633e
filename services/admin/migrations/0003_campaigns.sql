-- Recalls as a whole. `requester` is on whose behalf product is asked; `begin_time` is
-- by the clock of the database, as times that are measured are.
create table campaign (
    campaign_id uuid constraint campaign_pkey primary key,
    request_id uuid,
    title text not null,
    state text not null constraint campaign_state_check check (state in (
        'holding', 'matching', 'notifying', 'settling', 'done', 'empty')),
    drill boolean not null,
    notice bytea,
    scopes bytea[] not null,
    recall_ids uuid[] not null default '{}',
    reason text not null,
    message text not null,
    actor uuid not null,
    requester jsonb not null,
    hold_ms bigint not null default 0,
    match_ms bigint not null default 0,
    notify_ms bigint not null default 0,
    told_ms bigint not null default 0,
    create_time timestamptz not null,
    end_time timestamptz,
    begin_time timestamptz not null default now(),
    constraint campaign_request_id_key unique (actor, request_id)
);
create index campaign_create_time_idx on campaign (create_time desc, campaign_id desc);
create index campaign_open_idx on campaign (create_time) where state not in ('done', 'empty');

create table campaign_lot (
    campaign_id uuid not null constraint campaign_lot_campaign_id_fkey references campaign,
    lot_id uuid not null,
    product_id uuid not null,
    product_name text not null,
    own_lot text not null,
    supplier_lot text not null,
    use_by_date text not null,
    on_hand bigint not null,
    constraint campaign_lot_pkey primary key (campaign_id, lot_id)
);

-- `taken` says how much of which product.
create table campaign_order (
    campaign_id uuid not null constraint campaign_order_campaign_id_fkey references campaign,
    order_id uuid not null,
    member_id uuid,
    taken jsonb not null,
    quantity bigint not null,
    sold boolean not null,
    state text not null constraint campaign_order_state_check check (state in (
        'found', 'settling', 'stopped', 'refund_prepared', 'left', 'failed')),
    outcome text not null default '',
    saga_id uuid,
    constraint campaign_order_pkey primary key (campaign_id, order_id)
);
create index campaign_order_found_idx on campaign_order (campaign_id, order_id) where state = 'found';
create index campaign_order_unknown_idx on campaign_order (order_id) where member_id is null;
create index campaign_order_saga_id_idx on campaign_order (saga_id) where saga_id is not null;

create table campaign_buyer (
    campaign_id uuid not null constraint campaign_buyer_campaign_id_fkey references campaign,
    member_id uuid not null,
    notification_id uuid not null constraint campaign_buyer_notification_id_key unique,
    notify_time timestamptz,
    acknowledge_time timestamptz,
    constraint campaign_buyer_pkey primary key (campaign_id, member_id)
);
create index campaign_buyer_untold_idx on campaign_buyer (campaign_id, member_id) where notify_time is null;
