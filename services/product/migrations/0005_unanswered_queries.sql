-- Queries that found nothing, by day in Korea.
create table unanswered_query (
    query text not null,
    day date not null,
    count bigint not null,
    last_time timestamptz not null,
    constraint unanswered_query_pkey primary key (day, query)
);
