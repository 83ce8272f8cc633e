create table category (
    category_id uuid constraint category_pkey primary key,
    slug text not null constraint category_slug_key unique,
    parent_id uuid constraint category_parent_id_fkey references category,
    name_ko text not null,
    name_en text not null,
    sort integer not null,
    create_time timestamptz not null
);
create index category_parent_id_idx on category (parent_id);

-- `content_unit`, `storage`, `tax` and `allergens` hold the numbers of the
-- contract's enums. `sold_out` is what the last event said about the stock, or
-- would have said of a product not on sale.
--
-- A transaction that changes the stock of products, or what stock means for
-- them, locks their rows first, in the order of `product_id`.
create table product (
    product_id uuid constraint product_pkey primary key,
    seller_id uuid not null,
    request_id uuid,
    category_id uuid not null constraint product_category_id_fkey references category,
    sku text not null,
    name text not null,
    name_en text not null,
    description text not null,
    unit text not null,
    content_amount bigint not null constraint product_content_amount_check check (content_amount > 0),
    content_unit smallint not null constraint product_content_unit_check check (content_unit between 1 and 3),
    origin text not null,
    storage smallint not null constraint product_storage_check check (storage between 1 and 4),
    allergens smallint[] not null,
    tax smallint not null constraint product_tax_check check (tax between 1 and 2),
    rung_quantities bigint[] not null,
    rung_prices bigint[] not null,
    minimum bigint not null constraint product_minimum_check check (minimum > 0 and minimum % multiple = 0),
    multiple bigint not null constraint product_multiple_check check (multiple > 0),
    maximum bigint not null constraint product_maximum_check check (maximum >= minimum and maximum % multiple = 0),
    state text not null constraint product_state_check check (state in ('draft', 'published', 'archived')),
    sold_out boolean not null,
    version bigint not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint product_rungs_check check (
        cardinality(rung_quantities) > 0
        and cardinality(rung_quantities) = cardinality(rung_prices)
        and rung_quantities[1] = minimum
    ),
    constraint product_seller_id_sku_key unique (seller_id, sku),
    constraint product_seller_id_request_id_key unique (seller_id, request_id)
);
create index product_create_time_idx on product (create_time desc, product_id desc);
create index product_seller_id_idx on product (seller_id, create_time desc, product_id desc);
create index product_category_id_idx on product (category_id);

-- `open` rather than `on_hand` stands in the index, so that only the first and
-- the last unit of a lot touch it and every other update stays in its page.
create table lot (
    lot_id uuid constraint lot_pkey primary key,
    product_id uuid not null constraint lot_product_id_fkey references product,
    request_id uuid,
    supplier_lot text not null,
    received bigint not null,
    on_hand bigint not null constraint lot_on_hand_check check (on_hand >= 0),
    reserved bigint not null constraint lot_reserved_check check (reserved >= 0),
    sold bigint not null constraint lot_sold_check check (sold >= 0),
    open boolean not null generated always as (on_hand > 0) stored,
    use_by_date date,
    origin text not null,
    receive_time timestamptz not null,
    constraint lot_received_check check (received > 0 and received = on_hand + reserved + sold),
    constraint lot_product_id_request_id_key unique (product_id, request_id)
) with (fillfactor = 80);
create index lot_fefo_idx on lot (product_id, use_by_date, receive_time, lot_id);
create index lot_open_idx on lot (product_id, use_by_date) where open;
create index lot_use_by_date_idx on lot (use_by_date) where open;

-- What is taken for an order; changed only under the lock of its row, which is
-- taken before those of products.
create table reservation (
    order_id uuid constraint reservation_pkey primary key,
    state text not null constraint reservation_state_check
        check (state in ('held', 'committed', 'released', 'expired')),
    expire_time timestamptz not null,
    create_time timestamptz not null,
    update_time timestamptz not null
) with (fillfactor = 80);
create index reservation_expire_time_idx on reservation (expire_time) where state = 'held';

create table reservation_line (
    order_id uuid not null constraint reservation_line_order_id_fkey references reservation,
    lot_id uuid not null constraint reservation_line_lot_id_fkey references lot,
    product_id uuid not null,
    quantity bigint not null constraint reservation_line_quantity_check check (quantity > 0),
    constraint reservation_line_pkey primary key (order_id, lot_id)
);
