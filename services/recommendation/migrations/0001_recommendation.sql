-- Counts changes of products, so that processes read only what changed.
create sequence product_revision;

-- Products, as the product service told of them. Some are heard of before they are told
-- whole: those have no name yet.
create table product (
    product_id uuid constraint product_pkey primary key,
    category_id uuid,
    name text not null default '',
    allergens integer[] not null default '{}',
    published boolean not null default false,
    in_stock boolean not null default false,
    use_by_date date,
    popularity integer not null default 0 constraint product_popularity_check check (popularity >= 0),
    revision bigint not null default nextval('product_revision')
);
create index product_revision_idx on product (revision);

-- The tree of food types, as product listed it last.
create table category (
    category_id uuid constraint category_pkey primary key,
    parent_id uuid,
    name text not null
);

-- What a member had to do with a product.
create table interaction (
    member_id uuid not null,
    product_id uuid not null,
    views integer not null default 0 constraint interaction_views_check check (views >= 0),
    carts integer not null default 0 constraint interaction_carts_check check (carts >= 0),
    orders integer not null default 0 constraint interaction_orders_check check (orders >= 0),
    rating smallint constraint interaction_rating_check check (rating between 1 and 5),
    update_time timestamptz not null,
    constraint interaction_pkey primary key (member_id, product_id)
);
create index interaction_bought_idx on interaction (product_id) where orders > 0;
create index interaction_update_time_idx on interaction (update_time);

-- Members who withdrew: what is told of them later is not kept.
create table forgotten_member (
    member_id uuid constraint forgotten_member_pkey primary key
);

-- Calls that told of interactions, for a day.
create table batch (
    member_id uuid not null,
    request_id uuid not null,
    recorded integer not null,
    create_time timestamptz not null,
    constraint batch_pkey primary key (member_id, request_id)
);
create index batch_create_time_idx on batch (create_time);

-- Models; the metrics stand beside their states, what they consist of in parts.
create table model (
    model_id uuid constraint model_pkey primary key,
    algorithm text not null constraint model_algorithm_check check (algorithm in ('ease', 'als', 'best')),
    state text not null constraint model_state_check check (state in ('queued', 'live', 'retired', 'rejected', 'failed')),
    reason text not null default '',
    recall double precision not null default 0,
    ndcg double precision not null default 0,
    popular_ndcg double precision not null default 0,
    live_ndcg double precision,
    calibration_error double precision not null default 0,
    coverage double precision not null default 0,
    members bigint not null default 0,
    products bigint not null default 0,
    entries bigint not null default 0,
    held_out bigint not null default 0,
    size bigint not null default 0,
    requester_id uuid,
    request_id uuid,
    create_time timestamptz not null,
    end_time timestamptz,
    constraint model_requester_id_request_id_key unique (requester_id, request_id),
    constraint model_end_check check ((state = 'queued') = (end_time is null))
);
create unique index model_live_key on model ((true)) where state = 'live';
create unique index model_queued_key on model ((true)) where state = 'queued';
create index model_create_time_idx on model (create_time desc, model_id desc);

create table model_part (
    model_id uuid not null constraint model_part_model_id_fkey references model,
    part integer not null,
    data bytea not null,
    constraint model_part_pkey primary key (model_id, part)
);

create table experiment (
    experiment_id uuid constraint experiment_pkey primary key,
    name text not null constraint experiment_name_key unique,
    control text not null constraint experiment_control_check check (control in ('model', 'item_item', 'popular')),
    treatment text not null constraint experiment_treatment_check check (treatment in ('model', 'item_item', 'popular')),
    treatment_percent integer not null constraint experiment_treatment_percent_check check (treatment_percent between 1 and 99),
    requester_id uuid not null,
    request_id uuid,
    create_time timestamptz not null,
    end_time timestamptz,
    constraint experiment_requester_id_request_id_key unique (requester_id, request_id)
);
create unique index experiment_running_key on experiment ((true)) where end_time is null;
create index experiment_create_time_idx on experiment (create_time desc, experiment_id desc);

-- Members who saw recommendations of an experiment, and what they ordered within seven
-- days after they first did.
create table exposure (
    experiment_id uuid not null constraint exposure_experiment_id_fkey references experiment,
    member_id uuid not null,
    treated boolean not null,
    shown uuid[] not null,
    create_time timestamptz not null,
    orders integer not null default 0 constraint exposure_orders_check check (orders >= 0),
    lines_shown integer not null default 0 constraint exposure_lines_shown_check check (lines_shown >= 0),
    constraint exposure_pkey primary key (experiment_id, member_id)
);
create index exposure_member_id_idx on exposure (member_id);
