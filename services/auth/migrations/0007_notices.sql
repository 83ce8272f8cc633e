-- Mails that say something happened; what they say stands in them.
alter table errand add column title text;
alter table errand add column body text;
alter table errand drop constraint errand_purpose_check;
alter table errand add constraint errand_purpose_check check (
    case purpose
        when 'NOTICE' then title is not null and body is not null
        else purpose in ('VERIFY_EMAIL', 'RESET_PASSWORD') and title is null and body is null
    end
);

-- When a device was last seen, no longer when it was first.
alter table known_device rename column note_time to seen_time;
create index known_device_seen_time_idx on known_device (seen_time);
