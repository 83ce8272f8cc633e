-- Orders. Lines and address are documents: they are what was agreed at the
-- time and are never changed or searched by part, except for who sells.
create table orders (
    order_id uuid constraint orders_pkey primary key,
    member_id uuid not null,
    request_id uuid not null,
    request_digest uuid not null,
    state text not null constraint orders_state_check check (state in (
        'PENDING', 'AWAITING_PAYMENT', 'CONFIRMED', 'SHIPPED', 'DELIVERED', 'CANCELLING', 'CANCELLED')),
    lines jsonb not null,
    seller_ids uuid[] not null,
    address jsonb not null,
    total bigint not null constraint orders_total_check check (total >= 0),
    points_used bigint not null constraint orders_points_used_check check (points_used between 0 and total),
    payment_method_id uuid,
    failure_reason text not null default '',
    message text not null default '',
    payment_due_time timestamptz not null,
    confirm_time timestamptz,
    carrier text not null default '',
    tracking_number text not null default '',
    version bigint not null default 1,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint orders_request_id_key unique (member_id, request_id)
);
create index orders_member_idx on orders (member_id, create_time desc, order_id desc);
create index orders_seller_ids_idx on orders using gin (seller_ids);

create table cart_line (
    member_id uuid not null,
    product_id uuid not null,
    quantity bigint not null constraint cart_line_quantity_check check (quantity > 0),
    add_time timestamptz not null,
    update_time timestamptz not null,
    constraint cart_line_pkey primary key (member_id, product_id)
);
