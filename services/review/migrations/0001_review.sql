-- What others call a member, masked already; '' for one that withdrew.
create table author (
    member_id uuid constraint author_pkey primary key,
    name text not null
);

-- Confirmed orders, as the order service told of them. `lots_time` is when product
-- told which lots the goods came from.
create table purchase (
    order_id uuid constraint purchase_pkey primary key,
    member_id uuid not null,
    state text not null constraint purchase_state_check check (state in ('confirmed', 'delivered', 'cancelled')),
    deliver_time timestamptz,
    lots_time timestamptz,
    constraint purchase_delivered_check check (state <> 'delivered' or deliver_time is not null)
);
create index purchase_member_id_idx on purchase (member_id, deliver_time desc, order_id desc)
    where state = 'delivered';
create index purchase_lots_idx on purchase (deliver_time) where state = 'delivered' and lots_time is null;

-- Orders all of whose money went back; told on another stream, so it may come first.
create table refunded_order (
    order_id uuid constraint refunded_order_pkey primary key
);

-- The products of an order. `reviewed` stays true when the review is withdrawn.
create table purchase_line (
    order_id uuid not null constraint purchase_line_order_id_fkey references purchase,
    product_id uuid not null,
    seller_id uuid not null,
    product_name text not null,
    reviewed boolean not null default false,
    constraint purchase_line_pkey primary key (order_id, product_id)
);

-- The lots that the goods of a line came from.
create table purchase_lot (
    order_id uuid not null,
    product_id uuid not null,
    lot_id uuid not null,
    constraint purchase_lot_pkey primary key (order_id, product_id, lot_id),
    constraint purchase_lot_line_fkey foreign key (order_id, product_id) references purchase_line
);
create index purchase_lot_lot_id_idx on purchase_lot (lot_id);
create index purchase_lot_product_id_idx on purchase_lot (product_id);

-- A withdrawn review stays as an empty row that says nothing of its author. `reports`
-- counts those since the last decision; `queue_time` is since when it waits for a
-- person. `text_key` names what it says without spaces and signs.
create table review (
    review_id uuid constraint review_pkey primary key,
    order_id uuid,
    product_id uuid not null,
    product_name text not null,
    seller_id uuid not null,
    author_id uuid,
    request_id uuid,
    rating smallint not null constraint review_rating_check check (rating between 1 and 5),
    freshness smallint not null constraint review_freshness_check check (freshness between 0 and 5),
    taste smallint not null constraint review_taste_check check (taste between 0 and 5),
    packaging smallint not null constraint review_packaging_check check (packaging between 0 and 5),
    delivery smallint not null constraint review_delivery_check check (delivery between 0 and 5),
    text text not null,
    text_key uuid,
    image_ids uuid[] not null constraint review_image_ids_check check (cardinality(image_ids) <= 10),
    state text not null constraint review_state_check check (state in ('held', 'published', 'hidden', 'withdrawn')),
    helpful bigint not null default 0 constraint review_helpful_check check (helpful >= 0),
    reports bigint not null default 0 constraint review_reports_check check (reports >= 0),
    reply text not null default '',
    reply_time timestamptz,
    reply_update_time timestamptz,
    appeal text constraint review_appeal_check check (appeal in ('open', 'rejected', 'granted')),
    appeal_text text not null default '',
    appeal_time timestamptz,
    decision_reason text not null default '',
    queue_time timestamptz,
    version bigint not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint review_order_id_product_id_key unique (order_id, product_id),
    constraint review_author_id_request_id_key unique (author_id, request_id),
    constraint review_withdrawn_check check (
        (state = 'withdrawn') = (author_id is null)
        and (state = 'withdrawn') = (order_id is null)
        and (state <> 'withdrawn' or concat(text, reply, appeal_text, decision_reason) = ''
            and image_ids = '{}' and text_key is null and request_id is null and queue_time is null)
    )
);
create index review_newest_idx on review (product_id, review_id desc) where state = 'published';
create index review_helpful_idx on review (product_id, helpful desc, review_id desc) where state = 'published';
create index review_rating_idx on review (product_id, rating desc, review_id desc) where state = 'published';
create index review_seller_id_idx on review (seller_id, review_id desc) where state = 'published';
create index review_author_id_idx on review (author_id, review_id desc);
create index review_product_time_idx on review (product_id, create_time);
create index review_text_key_idx on review (text_key);
create index review_queue_idx on review (queue_time, review_id) where queue_time is not null;

create table helpful_vote (
    review_id uuid not null constraint helpful_vote_review_id_fkey references review,
    member_id uuid not null,
    constraint helpful_vote_pkey primary key (review_id, member_id)
);

-- `decided` once a person has looked at it.
create table report (
    review_id uuid not null constraint report_review_id_fkey references review,
    member_id uuid not null,
    kind text not null constraint report_kind_check
        check (kind in ('spam', 'abuse', 'false', 'personal_data', 'other')),
    text text not null,
    decided boolean not null default false,
    create_time timestamptz not null,
    constraint report_pkey primary key (review_id, member_id)
);

-- What was decided about reviews, by rules or by people. Lines are added and never
-- changed.
create table decision (
    decision_id uuid constraint decision_pkey primary key,
    review_id uuid not null constraint decision_review_id_fkey references review,
    state text not null constraint decision_state_check check (state in ('held', 'published', 'hidden')),
    of_appeal boolean not null,
    rules text[] not null,
    reason text not null,
    actor_id uuid,
    request_id uuid,
    create_time timestamptz not null,
    constraint decision_actor_check check ((actor_id is null) = (state = 'held')),
    constraint decision_request_id_key unique (review_id, actor_id, request_id)
);
create index decision_review_id_idx on decision (review_id, create_time, decision_id);

create function refuse_decision_change() returns trigger language plpgsql as $$
begin
    raise exception 'decision is append-only: % refused', tg_op
        using errcode = 'integrity_constraint_violation', constraint = 'decision_append_only';
end
$$;
create trigger decision_append_only before update or delete or truncate on decision
    for each statement execute function refuse_decision_change();

-- What the published reviews of a product sum to: how many have 1 to 5 stars, and of
-- freshness, taste, packaging and delivery the sum of stars and how many gave them.
-- Its row is the lock of what a product's ratings say together. `lots_checked` turns
-- false with every change, until the lots of the product were compared.
create table product_summary (
    product_id uuid constraint product_summary_pkey primary key,
    seller_id uuid not null,
    lots_checked boolean not null default false,
    stars bigint[] not null default '{0,0,0,0,0}' constraint product_summary_stars_check
        check (cardinality(stars) = 5 and 0 <= all (stars)),
    sums bigint[] not null default '{0,0,0,0}' constraint product_summary_sums_check
        check (cardinality(sums) = 4 and 0 <= all (sums)),
    counts bigint[] not null default '{0,0,0,0}' constraint product_summary_counts_check
        check (cardinality(counts) = 4 and 0 <= all (counts))
);

create index product_summary_lots_checked_idx on product_summary (product_id) where not lots_checked;

-- Lots whose seller was told that they are rated worse than the product's others.
create table lot_drop (
    lot_id uuid constraint lot_drop_pkey primary key,
    product_id uuid not null,
    create_time timestamptz not null
);
