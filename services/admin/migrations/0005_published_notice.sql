-- Recalls that authorities published, as etl told them.
create table published_notice (
    notice_id uuid constraint published_notice_pkey primary key,
    source text not null,
    notice bytea not null,
    campaign_id uuid constraint published_notice_campaign_id_fkey references campaign,
    publish_time timestamptz not null
);
create index published_notice_time_idx on published_notice (publish_time desc, notice_id desc);
