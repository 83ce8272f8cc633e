-- Somebody who trades. The id is the account's.
create table member (
    member_id uuid constraint member_pkey primary key,
    email text not null,
    display_name text not null,
    phone text not null default '',
    create_time timestamptz not null,
    update_time timestamptz not null
);

-- The business a member registered. Whether it is tax-exempt stands in its number.
create table business (
    member_id uuid constraint business_pkey primary key
        constraint business_member_id_fkey references member,
    registration_number text not null
        constraint business_registration_number_key unique
        constraint business_registration_number_check check (registration_number ~ '^[0-9]{10}$'),
    name text not null,
    representative text not null,
    register_time timestamptz not null
);

-- Where things are delivered. A removed address stays as an empty row, so that
-- the request which added it adds nothing when it is repeated.
create table address (
    address_id uuid constraint address_pkey primary key,
    member_id uuid not null constraint address_member_id_fkey references member,
    request_id uuid,
    label text not null,
    recipient text not null,
    phone text not null,
    postal_code text not null,
    line1 text not null,
    line2 text not null,
    is_default boolean not null,
    create_time timestamptz not null,
    remove_time timestamptz,
    constraint address_request_id_key unique (member_id, request_id),
    constraint address_removed_check check (
        remove_time is null
        or not is_default and concat(label, recipient, phone, postal_code, line1, line2) = ''
    )
);
create unique index address_default_key on address (member_id) where is_default;
create index address_member_id_idx on address (member_id, create_time desc, address_id desc)
    where remove_time is null;

-- What the ledger below sums to, and how much of it is set aside. Its row is the
-- lock for everything that happens to the points of a member.
create table point_balance (
    member_id uuid constraint point_balance_pkey primary key
        constraint point_balance_member_id_fkey references member,
    points bigint not null default 0,
    held bigint not null default 0 constraint point_balance_held_check check (held >= 0)
);

-- The points ledger. Lines are added and never changed.
create table point_entry (
    entry_id uuid constraint point_entry_pkey primary key,
    member_id uuid not null constraint point_entry_member_id_fkey references point_balance,
    order_id uuid not null,
    kind text not null constraint point_entry_kind_check
        check (kind in ('earned', 'spent', 'returned', 'revoked')),
    points bigint not null,
    create_time timestamptz not null,
    constraint point_entry_order_id_kind_key unique (order_id, kind),
    constraint point_entry_points_check
        check (case when kind in ('earned', 'returned') then points > 0 else points < 0 end)
);
create index point_entry_member_id_idx on point_entry (member_id, create_time desc, entry_id desc);

create function refuse_point_entry_change() returns trigger language plpgsql as $$
begin
    raise exception 'point_entry is append-only: % refused', tg_op
        using errcode = 'integrity_constraint_violation', constraint = 'point_entry_append_only';
end
$$;
create trigger point_entry_append_only before update or delete or truncate on point_entry
    for each statement execute function refuse_point_entry_change();

-- Points set aside for an order, and what became of them.
create table point_hold (
    order_id uuid constraint point_hold_pkey primary key,
    member_id uuid not null constraint point_hold_member_id_fkey references point_balance,
    points bigint not null constraint point_hold_points_check check (points > 0),
    state text not null constraint point_hold_state_check
        check (state in ('held', 'released', 'spent', 'returned')),
    create_time timestamptz not null,
    update_time timestamptz not null
);

-- Confirmed orders, as the order service told of them.
create table purchase (
    order_id uuid constraint purchase_pkey primary key,
    member_id uuid not null constraint purchase_member_id_fkey references member,
    title text not null,
    paid_won bigint not null constraint purchase_paid_won_check check (paid_won >= 0),
    state text not null constraint purchase_state_check
        check (state in ('confirmed', 'shipped', 'delivered', 'cancelled')),
    order_time timestamptz not null
);
create index purchase_member_id_idx on purchase (member_id, order_time desc, order_id desc);
