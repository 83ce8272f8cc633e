-- Payment methods the PG keeps for members. Only the PG's token is here; it is
-- erased once the PG has forgotten the method as well.
create table payment_method (
    payment_method_id uuid constraint payment_method_pkey primary key,
    member_id uuid not null,
    request_id uuid,
    billing_key text,
    label text not null,
    create_time timestamptz not null,
    remove_time timestamptz,
    next_time timestamptz,
    constraint payment_method_request_id_key unique (member_id, request_id),
    constraint payment_method_billing_key_check check (billing_key is not null or remove_time is not null)
);
create index payment_method_member_id_idx on payment_method (member_id, create_time desc, payment_method_id desc)
    where remove_time is null;
create index payment_method_next_time_idx on payment_method (next_time) where next_time is not null;

-- The one payment of an order. `next_time` says by the database's clock when
-- something has to be done about it; while it is done, it is the end of the lease.
create table payment (
    payment_id uuid constraint payment_pkey primary key,
    order_id uuid not null constraint payment_order_id_key unique,
    member_id uuid not null,
    title text not null,
    currency text not null constraint payment_currency_check check (currency = 'KRW'),
    amount bigint not null constraint payment_amount_check check (amount > 0),
    tax_exempt bigint not null constraint payment_tax_exempt_check check (tax_exempt between 0 and amount),
    captured bigint not null default 0,
    refunded bigint not null default 0,
    state text not null constraint payment_state_check check (state in ('prepared', 'awaiting_buyer', 'pending',
        'captured', 'failed', 'refunding', 'refunded', 'cancelled', 'conflicted')),
    payment_method_id uuid constraint payment_payment_method_id_fkey references payment_method,
    payment_key text,
    failure_reason text not null default '',
    message text not null default '',
    receipt_url text not null default '',
    cancel_reason text not null default '',
    due_time timestamptz,
    take_command bytea,
    cancel_command bytea,
    next_time timestamptz,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint payment_money_check check (0 <= refunded and refunded <= captured and captured <= amount),
    constraint payment_kept_check check (state not in ('captured', 'refunding') or (captured = amount and refunded = 0)),
    constraint payment_nothing_kept_check check (state in ('captured', 'refunding', 'conflicted') or captured = refunded)
);
create index payment_member_id_idx on payment (member_id, create_time desc, payment_id desc);
create index payment_next_time_idx on payment (next_time) where next_time is not null;
create index payment_payment_method_id_idx on payment (payment_method_id) where state = 'pending';

-- What was asked of the PG for a payment. The idempotency key is made of the
-- attempt's id, so asking again is the same request to the PG.
-- waiting: certainly not with the PG; sent: it may be.
create table attempt (
    attempt_id uuid constraint attempt_pkey primary key,
    payment_id uuid not null constraint attempt_payment_id_fkey references payment,
    kind text not null constraint attempt_kind_check check (kind in ('confirm', 'charge', 'refund')),
    state text not null constraint attempt_state_check
        check (state in ('waiting', 'sent', 'succeeded', 'refused', 'dropped', 'conflicted')),
    code text not null default '',
    tries integer not null default 0,
    failures integer not null default 0,
    create_time timestamptz not null,
    update_time timestamptz not null
);
create index attempt_payment_id_idx on attempt (payment_id);
create unique index attempt_open_key on attempt (payment_id) where state in ('waiting', 'sent');
create unique index attempt_captured_key on attempt (payment_id) where kind <> 'refund' and state = 'succeeded';
