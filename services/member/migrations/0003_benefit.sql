-- What a member's purchases make of it.
alter table member add column grade text not null default 'welcome'
        constraint member_grade_check check (grade in ('welcome', 'silver', 'gold', 'vip')),
    add column grade_time timestamptz,
    -- When it withdrew; what was personal is erased.
    add column withdraw_time timestamptz
        constraint member_withdrawn_check
            check (withdraw_time is null or concat(email, phone) = '');

-- Lines of no order: points that expired or were given up. Nothing moves points from one
-- member to another, so there is no kind of line for it.
alter table point_entry
    alter column order_id drop not null,
    drop constraint point_entry_kind_check,
    drop constraint point_entry_points_check,
    add constraint point_entry_kind_check
        check (kind in ('earned', 'spent', 'returned', 'revoked', 'expired', 'forfeited')),
    add constraint point_entry_points_check
        check (case when kind in ('earned', 'returned') then points > 0 else points < 0 end),
    add constraint point_entry_order_id_check
        check ((order_id is null) = (kind in ('expired', 'forfeited')));

-- Points that were earned together and expire together. What is left of them is the
-- balance, or nothing while the balance is below zero.
create table point_lot (
    lot_id uuid constraint point_lot_pkey primary key,
    member_id uuid not null constraint point_lot_member_id_fkey references point_balance,
    remaining bigint not null constraint point_lot_remaining_check check (remaining >= 0),
    expire_time timestamptz not null,
    -- When the member was told that it will expire.
    warn_time timestamptz
);
create index point_lot_member_id_idx on point_lot (member_id, expire_time, lot_id) where remaining > 0;
create index point_lot_expire_time_idx on point_lot (expire_time) where remaining > 0;

-- What an order took of which lot, to be put back when it is undone.
create table point_use (
    order_id uuid not null,
    lot_id uuid not null constraint point_use_lot_id_fkey references point_lot,
    points bigint not null constraint point_use_points_check check (points > 0),
    constraint point_use_pkey primary key (order_id, lot_id)
);

-- Points from before lots were kept expire a year from now.
insert into point_lot (lot_id, member_id, remaining, expire_time)
select gen_random_uuid(), member_id, points, now() + interval '365 days' from point_balance where points > 0;

create index purchase_order_time_idx on purchase (order_time) where state <> 'cancelled';

-- Orders that have neither arrived nor been undone.
create table open_order (
    order_id uuid constraint open_order_pkey primary key,
    member_id uuid not null
);
create index open_order_member_id_idx on open_order (member_id);
insert into open_order (order_id, member_id)
select order_id, member_id from purchase where state in ('confirmed', 'shipped');

-- Nothing is held or earned any more by who withdrew.
alter table point_balance add column closed boolean not null default false;

-- Days of Korea whose nightly work is done.
create table night (
    day date constraint night_pkey primary key
);
