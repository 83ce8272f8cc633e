create table warehouse (
    warehouse_id uuid constraint warehouse_pkey primary key,
    seller_id uuid not null,
    name text not null,
    address text not null,
    create_time timestamptz not null,
    constraint warehouse_seller_id_name_key unique (seller_id, name)
);

-- `changed` sums what adjustments, splits, moves and disposal added and took.
-- `open` is what may be taken of. The numbers of `date_kind` are those of the
-- contract's enum.
alter table lot
    add column warehouse_id uuid constraint lot_warehouse_id_fkey references warehouse,
    add column parent_lot_id uuid constraint lot_parent_lot_id_fkey references lot,
    add column own_lot text,
    add column supplier text not null default '',
    add column changed bigint not null default 0,
    add column state text not null default 'available'
        constraint lot_state_check check (state in ('available', 'held', 'quarantined', 'recalled')),
    add column state_reason text not null default '',
    add column recall_id uuid,
    add column state_before_recall text,
    add column date_kind smallint not null default 1 constraint lot_date_kind_check check (date_kind between 1 and 3),
    add column made_date date,
    add column trace_number text not null default '',
    add column certificates jsonb not null default '[]',
    add column unit_cost bigint constraint lot_unit_cost_check check (unit_cost >= 0),
    add column version bigint not null default 1,
    drop constraint lot_received_check,
    add constraint lot_sum_check check (received > 0 and received + changed = on_hand + reserved + sold);
insert into warehouse (warehouse_id, seller_id, name, address, create_time)
    select uuidv7(), seller_id, '기본 창고', '', now() from product join lot using (product_id) group by seller_id;
update lot set own_lot = lot_id::text, warehouse_id = warehouse.warehouse_id
    from product join warehouse using (seller_id) where lot.product_id = product.product_id;
alter table lot
    alter column own_lot set not null,
    alter column warehouse_id set not null,
    alter column open set expression as (on_hand > 0 and state = 'available'),
    add constraint lot_product_id_own_lot_key unique (product_id, own_lot);
create index lot_supplier_lot_idx on lot (supplier_lot) where supplier_lot <> '';
create index lot_own_lot_idx on lot (own_lot);
create index lot_trace_number_idx on lot (trace_number) where trace_number <> '';
create index lot_recall_id_idx on lot (recall_id) where recall_id is not null;

-- What was asked of the lots of a line: taken anew, it gets the same.
alter table reservation_line
    add column minimum_days integer not null default 0,
    add column maximum_days integer;
create index reservation_line_lot_id_idx on reservation_line (lot_id);

-- Every change of a lot's stock, in the transaction that makes it. Of each lot
-- the columns sum to those of `lot`. What becomes of a lot otherwise stands here
-- too, with zeros. Entries are written under the lock of their product, so those
-- of one product rise in time.
create table stock_entry (
    entry_id bigint generated always as identity constraint stock_entry_pkey primary key,
    product_id uuid not null,
    lot_id uuid not null,
    kind text not null constraint stock_entry_kind_check check (kind in (
        'received', 'adjusted', 'split', 'moved', 'disposed', 'reserved', 'sold', 'returned', 'expired',
        'reassigned', 'held', 'quarantined', 'released', 'recalled')),
    on_hand bigint not null,
    reserved bigint not null,
    sold bigint not null,
    reason text not null default '',
    actor text not null,
    order_id uuid,
    request_id uuid,
    time timestamptz not null
);
create index stock_entry_product_id_idx on stock_entry (product_id, entry_id desc);
create index stock_entry_lot_id_idx on stock_entry (lot_id, entry_id desc);
create unique index stock_entry_request_id_key on stock_entry (lot_id, request_id) where request_id is not null;
insert into stock_entry (product_id, lot_id, kind, on_hand, reserved, sold, actor, time)
    select product_id, lot_id, 'received', on_hand, reserved, sold, 'product', receive_time from lot order by receive_time;

create function stock_entry_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the stock ledger is append-only';
end
$$;
create trigger stock_entry_append_only before update or delete or truncate on stock_entry
    for each statement execute function stock_entry_is_append_only();

create table recall (
    recall_id uuid constraint recall_pkey primary key,
    request_id uuid,
    scope jsonb not null,
    reason text not null,
    actor uuid not null,
    lots bigint not null,
    products bigint not null,
    orders bigint not null,
    duration_ms bigint not null,
    told boolean not null default false,
    create_time timestamptz not null,
    lift_time timestamptz,
    constraint recall_actor_request_id_key unique (actor, request_id)
);
create index recall_create_time_idx on recall (create_time desc, recall_id desc);
create index recall_told_idx on recall (create_time) where not told;
