-- Lots as their story knows them. Of those with a `product_id` product counts the
-- units and tells of each change; the others are counted here alone.
--
-- Whoever changes lots locks their rows first, in the order of `lot_id`; whoever links
-- a lot to one that is there already holds the seller's advisory lock before.
create table traced_lot (
    lot_id uuid constraint traced_lot_pk primary key,
    seller_id uuid not null,
    product_id uuid,
    name text not null,
    lot_number text not null,
    gtin text not null,
    trace_number text not null,
    storage text constraint traced_lot_storage check (storage in ('FROZEN', 'REFRIGERATED', 'ROOM', 'AMBIENT')),
    use_by_date date,
    origin text not null,
    unit text not null constraint traced_lot_unit check (unit in ('PIECE', 'GRAM', 'MILLILITRE')),
    -- What came in, went out, and what of the first came from lots we know.
    entered bigint not null constraint traced_lot_entered check (entered >= 0),
    taken bigint not null constraint traced_lot_taken check (taken >= 0),
    explained bigint not null constraint traced_lot_explained check (explained >= 0 and explained <= entered),
    -- The same goods as this one's until this one began.
    split_from uuid,
    begin_time timestamptz not null,
    create_time timestamptz not null,
    -- Orders' events and those of the lot come in no common order, so that what
    -- product counts may be short for a moment.
    constraint traced_lot_balance check (product_id is not null or taken <= entered)
) with (fillfactor = 80);

-- What happened. No row is changed but to declare it wrong, once, and to empty what
-- people wrote when the entry in the log is erased.
create table trace_event (
    event_id uuid constraint trace_event_pk primary key,
    seller_id uuid not null,
    kind text not null constraint trace_event_kind
        check (kind in ('OBJECT', 'AGGREGATION', 'TRANSFORMATION', 'TRANSACTION')),
    action text constraint trace_event_action check (action in ('ADD', 'OBSERVE', 'DELETE')),
    biz_step text not null,
    disposition text,
    event_time timestamptz not null,
    offset_minutes smallint not null,
    record_time timestamptz not null,
    read_point text not null,
    biz_location text not null,
    parent text not null,
    order_id uuid,
    certificates jsonb not null,
    -- Of what a seller recorded: the request, and the digest of what it asked for.
    request_id uuid,
    request_digest bytea,
    error_reason text constraint trace_event_error_reason check (error_reason in ('DID_NOT_OCCUR', 'INCORRECT_DATA')),
    error_time timestamptz,
    corrective_event_ids uuid[] not null default '{}',
    constraint trace_event_request unique (seller_id, request_id),
    constraint trace_event_kind_action check ((kind = 'TRANSFORMATION') = (action is null)),
    constraint trace_event_error check ((error_reason is null) = (error_time is null)),
    constraint trace_event_digest check ((request_id is null) = (request_digest is null))
);

-- The lots of an event, and what it did to their quantities.
create table event_lot (
    event_id uuid not null constraint event_lot_event references trace_event,
    lot_id uuid not null constraint event_lot_lot references traced_lot,
    role text not null constraint event_lot_role check (role in ('OBJECT', 'CHILD', 'INPUT', 'OUTPUT')),
    -- Null when the event is about all of the lot.
    quantity bigint constraint event_lot_quantity check (quantity > 0),
    entered bigint not null default 0,
    taken bigint not null default 0,
    explained bigint not null default 0,
    event_time timestamptz not null,
    constraint event_lot_pk primary key (event_id, lot_id, role)
);
create index event_lot_story on event_lot (lot_id, event_time, event_id);

-- What became what. Each column pair is the beginning of an index, so a step of a walk
-- reads no table.
create table lot_edge (
    parent_id uuid not null,
    child_id uuid not null,
    event_id uuid not null,
    parent_quantity bigint not null constraint lot_edge_parent_quantity check (parent_quantity > 0),
    child_quantity bigint not null constraint lot_edge_child_quantity check (child_quantity > 0),
    event_time timestamptz not null,
    constraint lot_edge_pk primary key (parent_id, child_id, event_id)
        include (parent_quantity, child_quantity, event_time),
    constraint lot_edge_loop check (parent_id <> child_id)
);
create unique index lot_edge_backward on lot_edge (child_id, parent_id, event_id)
    include (parent_quantity, child_quantity, event_time);
create index lot_edge_event on lot_edge (event_id);

-- Orders whose goods have a story. Product tells of their lots and order of their way,
-- in no common order.
create table traced_order (
    order_id uuid constraint traced_order_pk primary key,
    buyer_id uuid,
    ship_time timestamptz,
    ship_message_id uuid,
    deliver_time timestamptz,
    deliver_message_id uuid
) with (fillfactor = 80);

create table order_lot (
    order_id uuid not null constraint order_lot_order references traced_order,
    lot_id uuid not null constraint order_lot_lot references traced_lot,
    seller_id uuid not null,
    product_id uuid not null,
    sold bigint not null constraint order_lot_sold check (sold > 0),
    returned bigint not null default 0 constraint order_lot_returned check (returned between 0 and sold),
    sell_time timestamptz not null,
    return_time timestamptz,
    constraint order_lot_pk primary key (order_id, lot_id)
);
create index order_lot_lot_id on order_lot (lot_id, order_id);
