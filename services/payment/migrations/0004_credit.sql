-- Business buyers: orders on account, and the deposits that pay them. Whoever
-- changes what a member owes or paid holds the lock of its credit line.
create table credit_line (
    member_id uuid constraint credit_line_pkey primary key,
    business_name text not null,
    registration_number text not null
        constraint credit_line_registration_number_check check (registration_number ~ '^[0-9]{10}$'),
    credit_limit bigint not null constraint credit_line_credit_limit_check check (credit_limit >= 0),
    terms_days integer not null constraint credit_line_terms_days_check check (terms_days between 1 and 180),
    bank text not null,
    account_number text not null constraint credit_line_account_number_key unique,
    active boolean not null,
    version bigint not null,
    create_time timestamptz not null,
    update_time timestamptz not null
);

-- On account, no PG is asked.
alter table payment
    add column on_account boolean not null default false,
    add constraint payment_on_account_check check (not on_account or (provider is null and payment_key is null
        and payment_method_id is null and state not in ('awaiting_buyer', 'pending', 'awaiting_deposit')));

-- What is owed for a payment on account: less what was given back before it was
-- paid, less what deposits pay of it.
create table receivable (
    payment_id uuid constraint receivable_pkey primary key
        constraint receivable_payment_id_fkey references payment,
    member_id uuid not null constraint receivable_member_id_fkey references credit_line,
    amount bigint not null constraint receivable_amount_check check (amount > 0),
    credited bigint not null default 0 constraint receivable_credited_check check (credited >= 0),
    paid bigint not null default 0 constraint receivable_paid_check check (paid >= 0),
    open bigint not null generated always as (amount - credited - paid) stored
        constraint receivable_open_check check (open >= 0),
    due_date date not null,
    create_time timestamptz not null
);
create index receivable_open_idx on receivable (member_id, due_date, payment_id) where open > 0;
create index receivable_due_date_idx on receivable (due_date, payment_id) where open > 0;
create index receivable_member_id_idx on receivable (member_id, create_time desc, payment_id desc);

-- Money that came into the bank. `book_time` is when it became its member's.
create table deposit (
    deposit_id uuid constraint deposit_pkey primary key,
    transaction_id text not null constraint deposit_transaction_id_key unique,
    account_number text not null,
    depositor text not null,
    amount bigint not null constraint deposit_amount_check check (amount > 0),
    applied bigint not null default 0,
    member_id uuid constraint deposit_member_id_fkey references credit_line,
    note text not null default '',
    deposit_time timestamptz not null,
    book_time timestamptz,
    create_time timestamptz not null,
    constraint deposit_applied_check check (applied between 0 and amount),
    constraint deposit_unmatched_check check (member_id is not null or applied = 0),
    constraint deposit_book_time_check check ((member_id is null) = (book_time is null))
);
create index deposit_create_time_idx on deposit (create_time desc, deposit_id desc);
create index deposit_member_id_idx on deposit (member_id, create_time desc, deposit_id desc);
create index deposit_unmatched_idx on deposit (create_time desc, deposit_id desc) where member_id is null;
create index deposit_unapplied_idx on deposit (member_id, create_time, deposit_id) where applied < amount;

-- Which deposit pays what. Below zero: what a refund made free again.
create table deposit_application (
    application_id uuid constraint deposit_application_pkey primary key,
    deposit_id uuid not null constraint deposit_application_deposit_id_fkey references deposit,
    payment_id uuid not null constraint deposit_application_payment_id_fkey references receivable,
    refund_id uuid constraint deposit_application_refund_id_fkey references refund,
    amount bigint not null constraint deposit_application_amount_check check (amount <> 0),
    create_time timestamptz not null,
    constraint deposit_application_refund_check check ((refund_id is not null) = (amount < 0))
);
create index deposit_application_payment_id_idx on deposit_application (payment_id);
create index deposit_application_deposit_id_idx on deposit_application (deposit_id);
create function deposit_application_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'deposit_application is append-only; book what corrects it';
end
$$;
create trigger deposit_application_append_only before update or delete or truncate on deposit_application
    for each statement execute function deposit_application_is_append_only();

-- The bank is an account of the ledger, and no PG has part in what is on account.
alter table ledger_entry
    drop constraint ledger_entry_provider_check,
    drop constraint ledger_entry_debit_check,
    drop constraint ledger_entry_credit_check,
    add constraint ledger_entry_provider_check check (provider in ('toss', 'stripe', 'account')),
    add constraint ledger_entry_debit_check
        check (debit in ('receivable', 'sales', 'pg_clearing', 'refund', 'fee', 'payout', 'bank')),
    add constraint ledger_entry_credit_check
        check (credit in ('receivable', 'sales', 'pg_clearing', 'refund', 'fee', 'payout', 'bank'));
