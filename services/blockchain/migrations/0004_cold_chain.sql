-- What a sensor told of a lot in one go, packed: six bytes a reading.
create table reading_batch (
    event_id uuid constraint reading_batch_pk primary key
        constraint reading_batch_event references trace_event,
    lot_id uuid not null constraint reading_batch_lot references traced_lot,
    sensor_id text not null,
    readings integer not null constraint reading_batch_readings check (readings > 0),
    first_time timestamptz not null,
    last_time timestamptz not null,
    lowest integer not null,
    highest integer not null,
    packed bytea not null constraint reading_batch_packed check (octet_length(packed) = 6 * readings)
);
create index reading_batch_lot_id on reading_batch (lot_id, first_time);

-- How long a lot was too warm or too cold when its seller was last told.
create table told_excursion (
    lot_id uuid constraint told_excursion_pk primary key constraint told_excursion_lot references traced_lot,
    minutes bigint not null,
    time timestamptz not null
);
