-- Owed by the buyer's credit line instead of paid at a PG.
alter table orders
    add column on_account boolean not null default false,
    add constraint orders_on_account_check check (not on_account or payment_method_id is null);
