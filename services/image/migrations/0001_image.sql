-- What equal files share: what was measured on them, and their renditions in the store.
create table content (
    content_hash bytea constraint content_pkey primary key
        constraint content_content_hash_check check (length(content_hash) = 32),
    -- The folder of its renditions. Made anew, it gets another.
    place uuid not null constraint content_place_key unique,
    format text not null constraint content_format_check check (format in ('jpeg', 'png', 'webp')),
    width integer not null,
    height integer not null,
    byte_count bigint not null,
    sharpness integer not null,
    brightness integer not null,
    -- What it looks like; null for what looks like nothing in particular.
    phash bigint,
    -- Its four quarters. Hashes that differ in at most seven bits differ in at most one
    -- bit of some quarter, so the indexes below find all of them.
    quarter_a integer generated always as (((phash >> 48) & 65535)::integer) stored,
    quarter_b integer generated always as (((phash >> 32) & 65535)::integer) stored,
    quarter_c integer generated always as (((phash >> 16) & 65535)::integer) stored,
    quarter_d integer generated always as ((phash & 65535)::integer) stored,
    regions jsonb not null,
    renditions jsonb not null,
    -- Why it is not shown and not taken in again; null for all others.
    block_reason text,
    create_time timestamptz not null
);
create index content_quarter_a_idx on content (quarter_a);
create index content_quarter_b_idx on content (quarter_b);
create index content_quarter_c_idx on content (quarter_c);
create index content_quarter_d_idx on content (quarter_d);

-- A picture of a member.
create table image (
    image_id uuid constraint image_pkey primary key,
    owner_id uuid not null,
    request_id uuid,
    content_hash bytea not null constraint image_content_hash_fkey references content,
    purpose text not null constraint image_purpose_check check (purpose in ('product', 'review', 'document')),
    -- Since when nothing shows it; null while something does.
    unclaimed_since timestamptz,
    create_time timestamptz not null,
    constraint image_request_id_key unique (owner_id, request_id)
);
create index image_owner_id_idx on image (owner_id, create_time desc, image_id desc);
create index image_content_hash_idx on image (content_hash);
create index image_unclaimed_since_idx on image (unclaimed_since) where unclaimed_since is not null;

-- Which thing of which service shows which image.
create table claim (
    service text not null,
    subject_id uuid not null,
    image_id uuid not null constraint claim_image_id_fkey references image,
    constraint claim_pkey primary key (service, subject_id, image_id)
);
create index claim_image_id_idx on claim (image_id);

-- Folders of the store to be emptied: of contents that are gone, and of those that
-- are being made, in case they never are.
create table leftover (
    place uuid constraint leftover_pkey primary key,
    due_time timestamptz not null
);
create index leftover_due_time_idx on leftover (due_time);
