-- A file of rows that become products. `last_line` is that of the last row done;
-- it moves with what the rows do, in one transaction. `turn_time` is when rows of
-- it were last worked on.
create table import (
    import_id uuid constraint import_pkey primary key,
    seller_id uuid not null,
    request_id uuid,
    dry_run boolean not null,
    columns text[] not null,
    rows integer not null constraint import_rows_check check (rows > 0),
    created integer not null default 0 constraint import_created_check check (created >= 0),
    updated integer not null default 0 constraint import_updated_check check (updated >= 0),
    unchanged integer not null default 0 constraint import_unchanged_check check (unchanged >= 0),
    failed integer not null default 0 constraint import_failed_check check (failed >= 0),
    last_line integer not null default 0,
    create_time timestamptz not null,
    turn_time timestamptz not null,
    finish_time timestamptz,
    constraint import_done_check check (
        created + updated + unchanged + failed <= rows
        and (finish_time is null or created + updated + unchanged + failed = rows)
    ),
    constraint import_seller_id_request_id_key unique (seller_id, request_id)
);
create unique index import_running_key on import (seller_id) where finish_time is null;
create index import_turn_time_idx on import (turn_time) where finish_time is null;
create index import_finish_time_idx on import (finish_time) where finish_time is not null;

-- `cells` is an array of texts. `repeats` is the line of the first row with the
-- same SKU. Rows go some days after their import is done.
create table import_row (
    import_id uuid not null constraint import_row_import_id_fkey references import on delete cascade,
    line integer not null,
    repeats integer,
    cells jsonb not null,
    constraint import_row_pkey primary key (import_id, line)
);

create table import_problem (
    import_id uuid not null constraint import_problem_import_id_fkey references import on delete cascade,
    line integer not null,
    place integer not null,
    sku text not null,
    column_name text not null,
    message text not null,
    constraint import_problem_pkey primary key (import_id, line, place)
);
