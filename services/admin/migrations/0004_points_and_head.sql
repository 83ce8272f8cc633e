-- Corrections of points need a second person above the limit, as refunds do.
alter table proposal drop constraint proposal_kind_check;
alter table proposal add constraint proposal_kind_check
    check (kind in ('grant_role', 'revoke_role', 'refund', 'correct_points'));
alter table proposal add column points bigint not null default 0;
alter table proposal add constraint proposal_points_check check ((points <> 0) = (kind = 'correct_points'));

-- The head of the audit log that was told last.
create table audit_told (
    only_row boolean constraint audit_told_pkey primary key default true
        constraint audit_told_only_row_check check (only_row),
    sequence bigint not null,
    time timestamptz not null
);
insert into audit_told (sequence, time) values (0, '-infinity');
