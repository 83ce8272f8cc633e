-- What was read of published reviews. A review waits while `read_time` is null.
create table opinion (
    review_id uuid not null,
    product_id uuid not null,
    version bigint not null,
    read_time timestamptz,
    sentiment text,
    freshness text,
    taste text,
    packaging text,
    delivery text,
    price text,
    constraint opinion_pkey primary key (review_id),
    constraint opinion_sentiment_check check (sentiment in ('negative', 'neutral', 'positive')),
    constraint opinion_freshness_check check (freshness in ('negative', 'neutral', 'positive')),
    constraint opinion_taste_check check (taste in ('negative', 'neutral', 'positive')),
    constraint opinion_packaging_check check (packaging in ('negative', 'neutral', 'positive')),
    constraint opinion_delivery_check check (delivery in ('negative', 'neutral', 'positive')),
    constraint opinion_price_check check (price in ('negative', 'neutral', 'positive')),
    constraint opinion_read_check check ((read_time is null) = (sentiment is null))
);
create index opinion_product_id_idx on opinion (product_id);
create index opinion_waiting_idx on opinion (review_id) where read_time is null;

-- Words of those reviews, with the sentence each stands in.
create table opinion_word (
    review_id uuid not null,
    product_id uuid not null,
    word text not null,
    sentence text not null,
    constraint opinion_word_pkey primary key (review_id, word),
    constraint opinion_word_review_id_fkey foreign key (review_id) references opinion (review_id) on delete cascade
);
create index opinion_word_product_id_idx on opinion_word (product_id, word);
create index opinion_word_word_idx on opinion_word (word);

-- What confirmed orders sold, by the day in Korea on which they were confirmed.
create table sale (
    order_id uuid not null,
    product_id uuid not null,
    seller_id uuid not null,
    product_name text not null,
    day date not null,
    units bigint not null,
    constraint sale_pkey primary key (order_id, product_id),
    constraint sale_units_check check (units > 0)
);
create index sale_product_id_idx on sale (product_id, day);
create index sale_day_idx on sale (day);

-- The last price of each day on which a product on sale told one.
create table price (
    product_id uuid not null,
    day date not null,
    won bigint not null,
    constraint price_pkey primary key (product_id, day),
    constraint price_won_check check (won > 0)
);

create table anomaly (
    anomaly_id uuid not null,
    product_id uuid not null,
    seller_id uuid not null,
    product_name text not null,
    kind text not null,
    day date not null,
    value double precision not null,
    expected double precision not null,
    score double precision not null,
    create_time timestamptz not null,
    constraint anomaly_pkey primary key (anomaly_id),
    constraint anomaly_day_key unique (product_id, kind, day),
    constraint anomaly_kind_check check (kind in ('sales', 'price'))
);
create index anomaly_create_time_idx on anomaly (create_time, anomaly_id);
create index anomaly_seller_id_idx on anomaly (seller_id, create_time, anomaly_id);

-- The last day whose sales were looked at.
create table looked (
    only_row boolean not null default true,
    day date not null,
    constraint looked_pkey primary key (only_row),
    constraint looked_only_row_check check (only_row)
);
