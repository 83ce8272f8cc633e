-- Who may see the entry beside staff; null means everybody.
alter table log_entry add column reader_id uuid;
-- Why its body is gone, when, and who asked for it.
alter table log_entry add column erase_time timestamptz;
alter table log_entry add column erase_reason text;
alter table log_entry add column eraser_id uuid;
alter table log_entry add constraint log_entry_erase check (
    (erase_time is null) = (body is not null)
    and (erase_time is null) = (erase_reason is null)
    and (erase_time is null) = (eraser_id is null)
);

-- The tree as it stands: its size and the complete subtrees it is made of, largest
-- first. Whoever appends holds this row.
create table log_tree (
    only_row boolean constraint log_tree_pk primary key default true
        constraint log_tree_only_row check (only_row),
    size bigint not null default 0 constraint log_tree_size check (size >= 0),
    frontier bytea not null default ''
);
insert into log_tree default values;

-- Complete subtrees of 2^level leaves, the leaves themselves aside: their hashes are
-- those of the entries' commitments. Made once, never changed.
create table log_node (
    level smallint constraint log_node_level check (level between 1 and 62),
    index bigint constraint log_node_index check (index >= 0),
    hash bytea not null constraint log_node_hash check (octet_length(hash) = 32),
    constraint log_node_pk primary key (level, index)
);

create function log_only_grows() returns trigger language plpgsql as $$
begin
    raise exception 'the log only grows';
end
$$;

create function log_entry_stays() returns trigger language plpgsql as $$
begin
    if new.entry_id <> old.entry_id or new.kind <> old.kind or new.commitment <> old.commitment
        or new.create_time <> old.create_time
        or (old.leaf_index is not null and new.leaf_index is distinct from old.leaf_index)
        or (new.body is not null and new.body is distinct from old.body)
        or (new.salt is not null and new.salt is distinct from old.salt)
    then
        raise exception 'an entry of the log does not change';
    end if;
    return new;
end
$$;

create trigger log_node_stays before update or delete or truncate on log_node
    for each statement execute function log_only_grows();
create trigger checkpoint_stays before update or delete or truncate on checkpoint
    for each statement execute function log_only_grows();
create trigger log_entry_is_kept before delete or truncate on log_entry
    for each statement execute function log_only_grows();
create trigger log_entry_stays before update on log_entry
    for each row execute function log_entry_stays();
create trigger log_tree_is_kept before delete or truncate on log_tree
    for each statement execute function log_only_grows();
