-- The last order that was told of a recall; those after it are told next.
alter table recall add column told_after uuid;
