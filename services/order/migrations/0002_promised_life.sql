-- Days left until the use-by date, as the buyer of a line wants them: at least
-- so many, or few for less.
alter table cart_line
    add column minimum_remaining_days integer not null default 0,
    add column near_expiry boolean not null default false,
    add constraint cart_line_life_check
        check (minimum_remaining_days = 0 or minimum_remaining_days > 0 and not near_expiry);
