-- Points put right by staff: why, and by whom.
alter table point_entry
    add column reason text not null default '',
    add column request_id uuid,
    add column acted_by uuid,
    add column approved_by uuid,
    drop constraint point_entry_kind_check,
    drop constraint point_entry_points_check,
    drop constraint point_entry_order_id_check,
    add constraint point_entry_kind_check
        check (kind in ('earned', 'spent', 'returned', 'revoked', 'expired', 'forfeited', 'corrected')),
    add constraint point_entry_points_check
        check (case
            when kind in ('earned', 'returned') then points > 0
            when kind = 'corrected' then points <> 0
            else points < 0
        end),
    add constraint point_entry_order_id_check
        check ((order_id is null) = (kind in ('expired', 'forfeited', 'corrected'))),
    add constraint point_entry_corrected_check
        check (case kind
            when 'corrected' then reason <> '' and request_id is not null and acted_by is not null
                and acted_by is distinct from approved_by
            else reason = '' and request_id is null and acted_by is null and approved_by is null
        end),
    add constraint point_entry_request_id_key unique (member_id, request_id);
create index point_entry_create_time_idx on point_entry (create_time, entry_id);
