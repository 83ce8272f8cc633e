-- What product told of goods that orders took: documents, never searched by part.
alter table orders add column recalls jsonb not null default '[]';

-- Lots of products that are recalled and not released, by what product told.
create table recalled_product (
    product_id uuid not null,
    recall_id uuid not null,
    lot_ids uuid[] not null constraint recalled_product_lot_ids_check check (cardinality(lot_ids) > 0),
    reason text not null,
    recall_time timestamptz not null,
    constraint recalled_product_pkey primary key (product_id, recall_id)
);
