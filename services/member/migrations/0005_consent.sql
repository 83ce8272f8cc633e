-- Texts members are asked to agree to, each version from its day on.
create table consent_text (
    kind text not null constraint consent_text_kind_check
        check (kind in ('terms', 'privacy', 'marketing_email', 'marketing_sms', 'marketing_push')),
    version text not null,
    begin_time timestamptz not null,
    constraint consent_text_pkey primary key (kind, version)
);
insert into consent_text (kind, version, begin_time)
select kind, '2026-11', '2026-11-01 00:00+09'
from unnest(array['terms', 'privacy', 'marketing_email', 'marketing_sms', 'marketing_push']) as kind;

-- What members said to them. Lines are added and never changed.
create table consent (
    consent_id uuid constraint consent_pkey primary key,
    member_id uuid not null constraint consent_member_id_fkey references member,
    kind text not null,
    version text not null,
    granted boolean not null,
    create_time timestamptz not null,
    constraint consent_text_fkey foreign key (kind, version) references consent_text
);
create index consent_member_id_idx on consent (member_id, create_time desc, consent_id desc);

create function refuse_consent_change() returns trigger language plpgsql as $$
begin
    raise exception 'consent is append-only: % refused', tg_op
        using errcode = 'integrity_constraint_violation', constraint = 'consent_append_only';
end
$$;
create trigger consent_append_only before update or delete or truncate on consent
    for each statement execute function refuse_consent_change();
