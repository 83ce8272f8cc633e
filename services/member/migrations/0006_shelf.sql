-- Products a member wishes for.
create table wish (
    member_id uuid not null constraint wish_member_id_fkey references member,
    product_id uuid not null,
    create_time timestamptz not null,
    constraint wish_pkey primary key (member_id, product_id)
);

-- Products a member looked at last.
create table viewed (
    member_id uuid not null constraint viewed_member_id_fkey references member,
    product_id uuid not null,
    view_time timestamptz not null,
    constraint viewed_pkey primary key (member_id, product_id)
);
