-- When the first and the last event of a file were told; null in files written before this was kept.
alter table export
    add column first_time timestamptz,
    add column last_time timestamptz;
