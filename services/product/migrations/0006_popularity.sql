-- How often a product was ordered lately, counted once a day: 0 not at all, n at
-- least 2^(n-1) times.
alter table product add column popularity smallint not null default 0;
alter table product add constraint product_popularity_check check (popularity >= 0);
