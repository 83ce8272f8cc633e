-- Lots by what stands in their digital links.
create index traced_lot_link on traced_lot (lpad(gtin, 14, '0'), lot_number) where gtin <> '';
