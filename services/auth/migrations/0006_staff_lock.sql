-- Locked by staff until staff ends it.
alter table account add column lock_time timestamptz;
alter table account add column lock_reason text;
alter table account add column locked_by uuid;
alter table account add constraint account_lock_check check (
    (lock_time is null and lock_reason is null and locked_by is null)
    or (lock_time is not null and lock_reason <> '' and locked_by is not null and close_time is null)
);

alter table session drop constraint session_end_cause_check;
alter table session add constraint session_end_cause_check check (end_cause in (
    'LOGGED_OUT', 'REVOKED', 'PASSWORD_CHANGED', 'PASSWORD_RESET', 'TOKEN_REUSED', 'MFA_RESET', 'LOCKED'
));
