-- What a member's purchases make of it.
alter table member add column grade text not null default 'welcome'
    constraint member_grade_check check (grade in ('welcome', 'silver', 'gold', 'vip'));
