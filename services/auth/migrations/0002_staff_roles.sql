alter table account_role drop constraint account_role_role_check;
alter table account_role add constraint account_role_role_check
    check (role in ('BUYER', 'SELLER', 'ADMIN', 'CATALOGUE', 'FINANCE', 'SUPPORT', 'SECURITY'));
create index account_role_security_idx on account_role (account_id) where role = 'SECURITY';

create index account_create_time_idx on account (create_time desc, account_id desc);
create index account_email_prefix_idx on account (email text_pattern_ops);
