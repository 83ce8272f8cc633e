-- Prices of one food at one place and level of trade. Its id follows from what it is of,
-- so that all who tell of it mean the same row. `version` counts changes of its prices.
create table series (
    series_id uuid constraint series_pkey primary key,
    source text not null,
    item_code text not null,
    item_name text not null,
    kind_code text not null,
    kind_name text not null,
    grade text not null,
    unit text not null,
    region text not null,
    level text not null constraint series_level_check check (level in ('retail', 'wholesale', 'traded')),
    version bigint not null default 0,
    days integer not null default 0 constraint series_days_check check (days >= 0),
    first_date date,
    last_date date,
    last_price bigint,
    create_time timestamptz not null,
    constraint series_priced_check check (
        (days > 0) = (first_date is not null and last_date is not null and last_price is not null)
    )
);
create index series_newest_idx on series (create_time desc, series_id desc) where days > 0;
create index series_item_idx on series (source, item_code, kind_code);
create index series_kind_idx on series (kind_code) where source = 'XLCFI';

-- What a day's price was; a correction replaces it.
create table price (
    series_id uuid not null constraint price_series_id_fkey references series,
    date date not null,
    price bigint not null constraint price_price_check check (price >= 0),
    constraint price_pkey primary key (series_id, date)
);

-- What was paid here, a row for each product of a confirmed order; its day's price is the
-- mean over the units.
create table trade (
    order_id uuid not null,
    product_id uuid not null,
    series_id uuid not null constraint trade_series_id_fkey references series,
    date date not null,
    quantity bigint not null constraint trade_quantity_check check (quantity > 0),
    amount bigint not null constraint trade_amount_check check (amount >= 0),
    constraint trade_pkey primary key (order_id, product_id)
);
create index trade_day_idx on trade (series_id, date);

-- Products as product told of them. `price` is what one sales unit costs at the smallest
-- order.
create table product (
    product_id uuid constraint product_pkey primary key,
    seller_id uuid not null,
    category_id uuid not null,
    name text not null,
    amount bigint not null constraint product_amount_check check (amount > 0),
    unit text not null constraint product_unit_check check (unit in ('piece', 'gram', 'millilitre')),
    price bigint not null constraint product_price_check check (price >= 0),
    sold boolean not null
);

-- A seller's wish to know when a price leaves the market's band. It is to be looked at
-- while `wanted` is more than `done`.
create table price_watch (
    product_id uuid constraint price_watch_pkey primary key
        constraint price_watch_product_id_fkey references product,
    seller_id uuid not null,
    series_id uuid not null constraint price_watch_series_id_fkey references series,
    tolerance_percent integer not null
        constraint price_watch_tolerance_check check (tolerance_percent between 0 and 100),
    position text not null
        constraint price_watch_position_check check (position in ('unknown', 'inside', 'below', 'above')),
    lower_price bigint,
    upper_price bigint,
    check_time timestamptz,
    wanted bigint not null default 1,
    done bigint not null default 0,
    create_time timestamptz not null,
    constraint price_watch_band_check check ((lower_price is null) = (upper_price is null))
);
create index price_watch_series_id_idx on price_watch (series_id);
create index price_watch_seller_id_idx on price_watch (seller_id, create_time desc, product_id desc);
create index price_watch_due_idx on price_watch (product_id) where wanted > done;

-- A price left its band. `place` rises in the order in which a seller's alerts are
-- committed, so that a stream misses none.
create table price_alert (
    alert_id uuid constraint price_alert_pkey primary key,
    place bigint generated always as identity constraint price_alert_place_key unique,
    seller_id uuid not null,
    product_id uuid not null,
    product_name text not null,
    series_id uuid not null,
    position text not null constraint price_alert_position_check check (position in ('below', 'above')),
    price bigint not null,
    lower_price bigint not null,
    upper_price bigint not null,
    create_time timestamptz not null
);
create index price_alert_seller_id_idx on price_alert (seller_id, create_time desc, alert_id desc);
create index price_alert_place_idx on price_alert (seller_id, place);

-- Forecasts as they were answered, for the version of the series they were made from.
create table forecast (
    series_id uuid not null constraint forecast_series_id_fkey references series,
    days integer not null,
    version bigint not null,
    answer bytea not null,
    create_time timestamptz not null,
    constraint forecast_pkey primary key (series_id, days)
);
