-- The report of each day of each PG. `run` counts the runs that have ended. Who runs
-- it has a lease; who has lost it keeps its result for itself.
create table reconciliation (
    reconciliation_id uuid constraint reconciliation_pkey primary key,
    provider text not null constraint reconciliation_provider_check check (provider in ('toss', 'stripe')),
    day date not null,
    run integer not null default 0,
    state text not null default 'begun'
        constraint reconciliation_state_check check (state in ('begun', 'balanced', 'open')),
    matched integer not null default 0,
    missing_here integer not null default 0,
    missing_there integer not null default 0,
    amount_differs integer not null default 0,
    fee_differs integer not null default 0,
    healed integer not null default 0,
    captured bigint not null default 0,
    provider_captured bigint not null default 0,
    refunded bigint not null default 0,
    provider_refunded bigint not null default 0,
    provider_fee bigint not null default 0,
    provider_paid_out bigint not null default 0,
    begin_time timestamptz not null,
    end_time timestamptz,
    lease_id uuid,
    lease_until timestamptz,
    constraint reconciliation_day_key unique (provider, day),
    constraint reconciliation_ended_check check ((run = 0) = (state = 'begun') and (run = 0) = (end_time is null))
);
create index reconciliation_day_idx on reconciliation (day desc, reconciliation_id desc);

-- What the latest run found. Amounts that are null are of the side that has none.
create table reconciliation_line (
    line_id uuid constraint reconciliation_line_pkey primary key,
    reconciliation_id uuid not null
        constraint reconciliation_line_reconciliation_id_fkey references reconciliation,
    outcome text not null constraint reconciliation_line_outcome_check
        check (outcome in ('matched', 'missing_here', 'missing_there', 'amount_differs', 'fee_differs')),
    kind text not null constraint reconciliation_line_kind_check
        check (kind in ('capture', 'refund', 'refund_returned', 'payout', 'other')),
    transaction_keys text[] not null,
    payment_key text not null,
    payment_id uuid constraint reconciliation_line_payment_id_fkey references payment,
    order_id text not null,
    currency text not null,
    ours bigint,
    theirs bigint,
    fee_ours bigint,
    fee_theirs bigint,
    line_time timestamptz not null,
    healed boolean not null,
    note text not null,
    constraint reconciliation_line_sides_check check (ours is not null or theirs is not null)
);
create index reconciliation_line_reconciliation_id_idx
    on reconciliation_line (reconciliation_id, line_time desc, line_id desc);

-- A day's entries are looked for by their time.
create index ledger_entry_create_time_idx on ledger_entry (provider, create_time);
