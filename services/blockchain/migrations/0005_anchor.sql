-- A chain as it was when it was last looked at. Its nonces are here, not at the node.
create table chain (
    name text constraint chain_pk primary key,
    chain_id bigint not null,
    -- Hash of its first block: another one is another chain.
    genesis bytea not null constraint chain_genesis check (octet_length(genesis) = 32),
    account bytea not null constraint chain_account check (octet_length(account) = 20),
    contract bytea constraint chain_contract check (octet_length(contract) = 20),
    -- The signed transaction that makes the contract, where we make it.
    deployment bytea,
    next_nonce bigint not null,
    head bigint not null,
    safe bigint,
    finalized bigint,
    base_fee bigint not null,
    -- In gwei, rounded down.
    balance bigint not null,
    look_time timestamptz not null
);

-- Why a chain does nothing, for people; no row when all is well.
create table chain_trouble (
    name text constraint chain_trouble_pk primary key,
    kind text not null,
    message text not null,
    since timestamptz not null
);

-- Each checkpoint that goes to a chain.
create table anchor (
    anchor_id uuid constraint anchor_pk primary key,
    chain text not null,
    size bigint not null constraint anchor_size check (size > 0),
    root bytea not null constraint anchor_root check (octet_length(root) = 32),
    -- How many entries came since the anchor before.
    entries bigint not null,
    state text not null constraint anchor_state check (state in ('QUEUED', 'SUBMITTED', 'MINED', 'SAFE', 'FINALIZED', 'REFUSED')),
    nonce bigint,
    transaction bytea,
    block_number bigint,
    block_hash bytea,
    succeeded boolean,
    gas_used bigint,
    gas_price bigint,
    -- JSON of what proves it, once it is finalized.
    evidence jsonb,
    hurried boolean not null default false,
    fee_ceiling bigint,
    create_time timestamptz not null,
    submit_time timestamptz,
    finalize_time timestamptz,
    constraint anchor_chain_size unique (chain, size),
    constraint anchor_nonce unique (chain, nonce),
    constraint anchor_signed check (state = 'QUEUED' or nonce is not null),
    constraint anchor_in_block check ((state in ('QUEUED', 'SUBMITTED')) = (block_hash is null))
);

-- One at a time waits for a block, so that what comes meanwhile goes together.
create unique index anchor_queued on anchor (chain) where state = 'QUEUED';
create index anchor_under_way on anchor (chain, size) where state not in ('FINALIZED', 'REFUSED');
create index anchor_covering on anchor (size) where state = 'FINALIZED';
create index anchor_newest on anchor (create_time desc, anchor_id desc);

-- Every transaction ever signed for a nonce: any of them may be the one that is mined.
create table anchor_tx (
    chain text not null,
    nonce bigint not null,
    hash bytea not null constraint anchor_tx_hash check (octet_length(hash) = 32),
    anchor_id uuid not null,
    raw bytea not null,
    max_fee bigint not null,
    priority_fee bigint not null,
    create_time timestamptz not null,
    constraint anchor_tx_pk primary key (chain, nonce, hash)
);
