-- What was given back past the PG, which has it still; the bank paid it.
alter table payment
    add column by_hand bigint not null default 0,
    add constraint payment_by_hand_check check (by_hand between 0 and refunded);
