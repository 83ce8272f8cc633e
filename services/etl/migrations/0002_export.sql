-- How far the events of each service are exported. `identity` tells a stream from one made anew.
create table export_position (
    service text constraint export_position_pkey primary key,
    identity text not null,
    position bigint not null
);

create table export (
    export_id uuid constraint export_pkey primary key,
    service text not null,
    path text not null constraint export_path_key unique,
    event_count bigint not null,
    byte_count bigint not null,
    first_position bigint not null,
    last_position bigint not null,
    create_time timestamptz not null
);
create index export_create_time_idx on export (create_time desc, export_id desc);
