-- What other services told, as far as the dashboard and recalls need it.
create table known_order (
    order_id uuid constraint known_order_pkey primary key,
    member_id uuid not null,
    state text not null constraint known_order_state_check check (state in (
        'PENDING', 'AWAITING_PAYMENT', 'CONFIRMED', 'SHIPPED', 'DELIVERED', 'CANCELLING', 'CANCELLED')),
    payable bigint not null,
    lines jsonb not null,
    confirm_day date,
    update_time timestamptz not null
);
create index known_order_open_idx on known_order (state, update_time) where state not in ('DELIVERED', 'CANCELLED');
create index known_order_ended_idx on known_order (update_time, state) where state in ('DELIVERED', 'CANCELLED');
create index known_order_confirm_day_idx on known_order (confirm_day) include (state, payable)
    where confirm_day is not null;

create table known_payment (
    order_id uuid constraint known_payment_pkey primary key,
    state text not null
);
create index known_payment_open_idx on known_payment (state)
    where state in ('AWAITING_BUYER', 'PENDING', 'CONFLICTED', 'AWAITING_DEPOSIT', 'REFUNDING');

create table refund_in_review (
    refund_id uuid constraint refund_in_review_pkey primary key,
    amount bigint not null
);

create table sold_out_product (
    product_id uuid constraint sold_out_product_pkey primary key
);

create table review_in_moderation (
    review_id uuid constraint review_in_moderation_pkey primary key
);

create table recalled_lot (
    lot_id uuid constraint recalled_lot_pkey primary key
);
