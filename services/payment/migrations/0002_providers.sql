-- A payment is the intent of an order to pay; each attempt to fulfil it is made at
-- one PG. Lines say what the amount is made of.
alter table payment
    add column lines jsonb not null default '[]',
    add column provider text constraint payment_provider_check check (provider in ('toss', 'stripe')),
    add column decline text not null default '',
    add column deposit jsonb,
    add column version bigint not null default 1,
    drop column message,
    drop constraint payment_state_check,
    drop constraint payment_kept_check,
    add constraint payment_state_check check (state in ('prepared', 'awaiting_buyer', 'pending', 'awaiting_deposit',
        'captured', 'failed', 'refunding', 'refunded', 'cancelled', 'conflicted')),
    add constraint payment_kept_check
        check (state not in ('captured', 'refunding') or (captured = amount and refunded < captured));
update payment set provider = 'toss' where payment_key is not null or payment_method_id is not null;
update payment p set lines = (
    select jsonb_agg(jsonb_build_object('line', line, 'title', p.title, 'amount', part, 'tax_exempt', exempt,
        'refunded', case when p.state in ('refunding', 'refunded') then part else 0 end))
    from (values (1, p.tax_exempt, true), (2, p.amount - p.tax_exempt, false)) as parts (line, part, exempt)
    where part > 0);
create index payment_payment_key_idx on payment (provider, payment_key) where payment_key is not null;

alter table payment_method
    add column provider text not null default 'toss'
        constraint payment_method_provider_check check (provider in ('toss', 'stripe'));
alter table payment_method alter column provider drop default;

-- Money that is given back, in parts or all of it. Its lines are booked in the
-- payment from the first moment, so that nothing is promised twice. The account is
-- known only while it is under way.
create table refund (
    refund_id uuid constraint refund_pkey primary key,
    payment_id uuid not null constraint refund_payment_id_fkey references payment,
    request_id uuid constraint refund_request_id_key unique,
    state text not null constraint refund_state_check check (state in ('pending', 'review', 'succeeded', 'rejected')),
    amount bigint not null constraint refund_amount_check check (amount > 0),
    tax_exempt bigint not null constraint refund_tax_exempt_check check (tax_exempt between 0 and amount),
    parts jsonb not null,
    reason text not null,
    of_undone boolean not null,
    account jsonb,
    review_reason text not null default '',
    code text not null default '',
    refusals integer not null default 0,
    note text not null default '',
    version bigint not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint refund_account_check check (account is null or state in ('pending', 'review'))
);
create index refund_payment_id_idx on refund (payment_id, create_time);
create index refund_state_idx on refund (state, create_time desc, refund_id desc);

alter table attempt
    add column provider text not null default 'toss'
        constraint attempt_provider_check check (provider in ('toss', 'stripe')),
    add column refund_id uuid constraint attempt_refund_id_fkey references refund,
    add column keys_used integer not null default 0;
alter table attempt alter column provider drop default;
-- Refunds under way know their lines now.
insert into refund (refund_id, payment_id, state, amount, tax_exempt, parts, reason, of_undone, version, create_time,
    update_time)
    select a.attempt_id, p.payment_id, 'pending', p.amount, p.tax_exempt, '[]', p.cancel_reason, true, 1, a.create_time,
        a.update_time
    from attempt a join payment p using (payment_id) where a.kind = 'refund' and a.state in ('waiting', 'sent');
update attempt set refund_id = attempt_id where kind = 'refund' and state in ('waiting', 'sent');

-- What is open for the buyer at a PG: closed once the payment has ended otherwise.
create table checkout (
    checkout_id uuid constraint checkout_pkey primary key,
    payment_id uuid not null constraint checkout_payment_id_fkey references payment,
    provider text not null constraint checkout_provider_check check (provider in ('toss', 'stripe')),
    payment_key text not null,
    create_time timestamptz not null,
    close_time timestamptz,
    next_time timestamptz,
    constraint checkout_payment_key_key unique (provider, payment_key)
);
create index checkout_payment_id_idx on checkout (payment_id) where close_time is null;
create index checkout_next_time_idx on checkout (next_time) where next_time is not null;

-- The double-entry ledger: each row debits one account and credits another.
create table ledger_entry (
    entry_id bigint generated always as identity constraint ledger_entry_pkey primary key,
    payment_id uuid not null constraint ledger_entry_payment_id_fkey references payment,
    provider text not null constraint ledger_entry_provider_check check (provider in ('toss', 'stripe')),
    debit text not null constraint ledger_entry_debit_check
        check (debit in ('receivable', 'sales', 'pg_clearing', 'refund', 'fee', 'payout')),
    credit text not null constraint ledger_entry_credit_check
        check (credit in ('receivable', 'sales', 'pg_clearing', 'refund', 'fee', 'payout')),
    amount bigint not null constraint ledger_entry_amount_check check (amount > 0),
    cause text not null,
    cause_id text not null,
    create_time timestamptz not null,
    constraint ledger_entry_two_accounts_check check (debit <> credit),
    constraint ledger_entry_cause_key unique (cause, cause_id, debit, credit)
);
create index ledger_entry_payment_id_idx on ledger_entry (payment_id);
create function ledger_entry_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'ledger_entry is append-only; book what corrects it';
end
$$;
create trigger ledger_entry_append_only before update or delete or truncate on ledger_entry
    for each statement execute function ledger_entry_is_append_only();
-- What was taken before there was a ledger.
insert into ledger_entry (payment_id, provider, debit, credit, amount, cause, cause_id, create_time)
    select payment_id, 'toss', debit, credit, amount, cause, payment_id::text, update_time
    from payment, (values ('receivable', 'sales', 'capture'), ('pg_clearing', 'receivable', 'capture'),
        ('refund', 'pg_clearing', 'refund')) as entry (debit, credit, cause)
    where (cause = 'capture' and captured > 0) or (cause = 'refund' and refunded > 0);

-- What PGs told by themselves. Kept first, asked about afterwards.
create table webhook (
    webhook_id uuid constraint webhook_pkey primary key,
    provider text not null constraint webhook_provider_check check (provider in ('toss', 'stripe')),
    event_key text not null,
    kind text not null,
    payment_key text not null,
    order_id uuid not null,
    times_received integer not null default 1,
    failures integer not null default 0,
    outcome text not null default '',
    create_time timestamptz not null,
    end_time timestamptz,
    next_time timestamptz,
    constraint webhook_event_key_key unique (provider, event_key)
);
create index webhook_next_time_idx on webhook (next_time) where next_time is not null;
create index webhook_end_time_idx on webhook (end_time) where end_time is not null;
