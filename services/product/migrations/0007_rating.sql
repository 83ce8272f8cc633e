-- What the published reviews of a product say together, as review told last; zeros
-- without any.
alter table product add column ratings bigint not null default 0
    constraint product_ratings_check check (ratings >= 0);
alter table product add column rating_mean double precision not null default 0;
alter table product add column rating_wilson double precision not null default 0;
alter table product add constraint product_rating_mean_check check (rating_mean between 0 and 5);
alter table product add constraint product_rating_wilson_check check (rating_wilson between 0 and 5);
