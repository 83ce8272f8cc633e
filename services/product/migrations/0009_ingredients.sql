-- What the label says is in a product, with the allergens ai found named there; `named`
-- is null until it looked.
alter table product add column ingredients jsonb not null default '{"text": "", "named": []}';
