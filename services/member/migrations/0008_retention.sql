-- Notifications are deleted some time after they were read, and when they are old.
create index notification_read_time_idx on notification (read_time) where read_time is not null;
create index notification_create_time_idx on notification (create_time);
