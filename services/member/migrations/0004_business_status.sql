-- What the tax office says of a business, and when it is asked next.
alter table business
    add column status text not null default 'unknown' constraint business_status_check
        check (status in ('unknown', 'active', 'suspended', 'closed', 'unregistered')),
    add column status_time timestamptz,
    add column next_check_time timestamptz not null default now(),
    add column check_failures integer not null default 0;
create index business_next_check_time_idx on business (next_check_time);
