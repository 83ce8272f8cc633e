-- What products of a category, and of those below it, say about themselves: an
-- array of definitions.
alter table category add column attributes jsonb not null default '[]';

-- `attributes` is what a product says by those definitions, `specials` its other
-- ladders; `price_change_time` is when the next of those that are for everybody
-- begins or ends. `step_days` fall and `step_percents` rise: how the price falls
-- near the use-by date. A lot is sold at the full price with at least
-- `full_price_days` left. `earliest_use_by` is what the last event said.
alter table product
    add column family_id uuid,
    add column size text not null default '',
    add column pack text not null default '',
    add column grade text not null default '',
    add column attributes jsonb not null default '{}',
    add column image_ids uuid[] not null default '{}',
    add column gtin text not null default '',
    add column report_number text not null default '',
    add column licence_number text not null default '',
    add column promised_days integer not null default 0
        constraint product_promised_days_check check (promised_days >= 0),
    add column step_days integer[] not null default '{}',
    add column step_percents integer[] not null default '{}',
    add column full_price_days integer not null
        generated always as (greatest(promised_days, coalesce(step_days[1] + 1, 0))) stored,
    add column specials jsonb not null default '[]',
    add column price_change_time timestamptz,
    add column earliest_use_by date,
    add constraint product_steps_check check (cardinality(step_days) = cardinality(step_percents));
update product set family_id = product_id;
alter table product alter column family_id set not null;
create unique index product_variant_key on product (family_id, size, pack, grade) where state <> 'archived';
create index product_price_change_time_idx on product (price_change_time) where price_change_time is not null;
create index product_gtin_idx on product (gtin) where gtin <> '';
create index product_report_number_idx on product (report_number) where report_number <> '';
create index product_licence_number_idx on product (licence_number) where licence_number <> '';

-- Members to whom a seller gives prices of their own.
create table customer (
    seller_id uuid not null,
    member_id uuid not null,
    customer_group text not null,
    update_time timestamptz not null,
    constraint customer_pkey primary key (seller_id, member_id)
);
create index customer_member_id_idx on customer (member_id);
