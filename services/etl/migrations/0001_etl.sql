create table job (
    name text constraint job_pkey primary key,
    paused boolean not null default false,
    pause_reason text not null default '',
    next_time timestamptz not null,
    -- Day in Seoul, and the calls made on it.
    calls_day date not null,
    calls_today integer not null default 0,
    last_done_time timestamptz
);

create table run (
    run_id uuid constraint run_pkey primary key,
    job text not null constraint run_job_fkey references job (name),
    kind text not null constraint run_kind_check check (kind in ('SCHEDULED', 'MANUAL', 'BACKFILL')),
    state text not null
        constraint run_state_check check (state in ('RUNNING', 'WAITING', 'DONE', 'FAILED', 'CANCELLED')),
    problem text not null default '',
    requested_by uuid,
    request_id uuid,
    from_date date,
    to_date date,
    -- Where it goes on; none before its first page.
    position jsonb,
    pages_done integer not null default 0,
    pages_total integer not null default 0,
    calls integer not null default 0,
    rows_read bigint not null default 0,
    rows_new bigint not null default 0,
    rows_changed bigint not null default 0,
    rows_quarantined bigint not null default 0,
    -- Failures since the last page that was taken in.
    failures integer not null default 0,
    create_time timestamptz not null,
    progress_time timestamptz,
    resume_time timestamptz,
    end_time timestamptz,
    constraint run_request_key unique (requested_by, request_id),
    constraint run_ended_check check ((end_time is null) = (state in ('RUNNING', 'WAITING')))
);
create unique index run_open_key on run (job) where end_time is null;
create index run_create_time_idx on run (create_time desc, run_id desc);

create table raw_answer (
    run_id uuid not null constraint raw_answer_run_fkey references run (run_id),
    page integer not null,
    path text not null,
    byte_count bigint not null,
    sha256 bytea not null,
    create_time timestamptz not null,
    constraint raw_answer_pkey primary key (run_id, page)
);

create table record (
    job text not null constraint record_job_fkey references job (name),
    key text not null,
    record_id uuid not null constraint record_id_key unique,
    fields jsonb not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint record_pkey primary key (job, key)
);
create index record_update_time_idx on record (job, update_time desc, record_id desc);

create table recall_notice (
    notice_id uuid constraint recall_notice_pkey primary key,
    source text not null,
    notice_number text not null,
    product_name text not null,
    business_name text not null,
    reason text not null,
    grade text not null,
    gtin text not null,
    report_number text not null,
    licence_number text not null,
    made_date date,
    use_by_date date,
    dates_text text not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint recall_notice_number_key unique (source, notice_number)
);
create index recall_notice_update_time_idx on recall_notice (update_time desc, notice_id desc);

create table price (
    price_id uuid constraint price_pkey primary key,
    source text not null,
    item_code text not null,
    item_name text not null,
    kind_code text not null,
    kind_name text not null,
    grade text not null,
    unit text not null,
    region text not null,
    level text not null constraint price_level_check check (level in ('RETAIL', 'WHOLESALE')),
    date date not null,
    won bigint not null constraint price_won_check check (won > 0),
    update_time timestamptz not null
);
create index price_date_idx on price (date desc, price_id desc);
create index price_item_idx on price (item_code, date desc, price_id desc);

create table quarantine (
    entry_id uuid constraint quarantine_pkey primary key,
    job text not null constraint quarantine_job_fkey references job (name),
    row_hash bytea not null,
    -- The source's key of the row, where it has one.
    key text,
    run_id uuid not null constraint quarantine_run_fkey references run (run_id),
    reason text not null,
    detail text not null,
    fields jsonb not null,
    times_met integer not null default 1,
    create_time timestamptz not null,
    last_time timestamptz not null,
    release_time timestamptz,
    constraint quarantine_row_key unique (job, row_hash)
);
create index quarantine_create_time_idx on quarantine (create_time desc, entry_id desc);
create index quarantine_key_idx on quarantine (job, key) where release_time is null;
