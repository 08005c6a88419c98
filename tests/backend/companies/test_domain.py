"""What can happen to a company, and what is refused without a trace."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backend.accounts.actor import SYSTEM, actor_of
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.models import OutboxEntry
from backend.companies import domain
from backend.companies.enums import TRANSITIONS, CompanyStatus
from backend.companies.models import Company, VettingDecision, VettingEvidence
from backend.companies.queries import companies_visible_to, staff_companies, vetting_queue
from backend.notifications.models import Notification
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory, credit_code
from tests.factories.fairs import BoothFactory
from tests.factories.schools import DepartmentFactory, SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]

PDF = b"%PDF-1.7 licence"
VALUES = {
    "name": "星河精密有限公司",
    "credit_code": credit_code(4711),
    "industry": "制造业",
    "size": "100-499",
    "city_code": "310000",
    "contact_name": "林岚",
    "contact_phone": "021-00000000",
}


def actor(membership):
    return actor_of(membership.user)


def staff(school, department=None):
    membership = Membership.objects.create(
        user=UserFactory(), role=Role.STAFF, school=school, department=department
    )
    return actor(membership)


def owner(**company):
    membership = RecruiterFactory(owner=True, company=CompanyFactory(**company))
    return membership.company, actor(membership)


def licence(content=PDF, name="licence.pdf"):
    return SimpleUploadedFile(name, content)


def trail():
    return list(AuditEntry.objects.order_by("id").values_list("verb", "before", "after"))


def nothing_happened():
    return (
        AuditEntry.objects.count(),
        OutboxEntry.objects.count(),
        Notification.objects.count(),
        VettingDecision.objects.count(),
    ) == (0, 0, 0, 0)


def test_register_company_makes_a_draft_and_its_owner():
    school, user = SchoolFactory(), UserFactory()
    company = domain.register_company(actor=actor_of(user), school_id=school.pk, values=VALUES)
    company.refresh_from_db()
    assert {field: getattr(company, field) for field in VALUES} == VALUES
    assert (company.status, company.school_id, company.vetted_until) == ("draft", school.pk, None)
    now = actor_of(user)
    assert (now.role, now.company_id, now.is_owner, now.school_id) == (
        "recruiter",
        company.pk,
        True,
        school.pk,
    )
    assert trail() == [("company.registered", "", "draft")]


def test_register_company_takes_lower_case_codes_and_spaces():
    values = {**VALUES, "credit_code": f" {VALUES['credit_code'].lower()} "}
    company = domain.register_company(
        actor=actor_of(UserFactory()), school_id=SchoolFactory().pk, values=values
    )
    assert company.credit_code == VALUES["credit_code"]


def test_register_company_refuses_who_is_something_already():
    person = actor(RecruiterFactory())
    before = Company.objects.count()
    with pytest.raises(NotAllowed) as refusal:
        domain.register_company(actor=person, school_id=SchoolFactory().pk, values=VALUES)
    assert refusal.value.code == "already_member"
    assert Company.objects.count() == before
    assert nothing_happened()


def test_register_company_refuses_visitors():
    with pytest.raises(NotAllowed):
        domain.register_company(actor=actor_of(None), school_id=SchoolFactory().pk, values=VALUES)
    assert Company.objects.count() == 0


def test_register_company_with_a_stale_actor_leaves_no_company_behind():
    user, school = UserFactory(), SchoolFactory()
    stale = actor_of(user)
    domain.register_company(actor=stale, school_id=school.pk, values=VALUES)
    with pytest.raises(Conflict) as refusal:
        domain.register_company(
            actor=stale, school_id=school.pk, values={**VALUES, "credit_code": credit_code(2)}
        )
    assert refusal.value.code == "already_member"
    assert Company.objects.count() == 1


def test_the_same_code_registers_once_per_school():
    school = SchoolFactory()
    domain.register_company(actor=actor_of(UserFactory()), school_id=school.pk, values=VALUES)
    with pytest.raises(Invalid) as refusal:
        domain.register_company(actor=actor_of(UserFactory()), school_id=school.pk, values=VALUES)
    assert (refusal.value.code, list(refusal.value.fields)) == ("company_known", ["credit_code"])
    assert Company.objects.count() == 1
    other = domain.register_company(
        actor=actor_of(UserFactory()), school_id=SchoolFactory().pk, values=VALUES
    )
    assert other.credit_code == VALUES["credit_code"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "长" * 121),
        ("industry", " "),
        ("size", "7"),
        ("city_code", "31"),
        ("city_code", "abcdef"),
        ("website", "javascript:alert(1)"),
        ("about", "x" * 3001),
        ("credit_code", ""),
        ("credit_code", VALUES["credit_code"][:-1]),
    ],
)
def test_register_company_names_the_wrong_field(field, value):
    with pytest.raises(Invalid) as refusal:
        domain.register_company(
            actor=actor_of(UserFactory()), school_id=SchoolFactory().pk, values={**VALUES, field: value}
        )
    assert list(refusal.value.fields) == [field]
    assert Company.objects.count() == 0
    assert nothing_happened()


def test_register_company_refuses_an_unknown_school():
    with pytest.raises(Invalid) as refusal:
        domain.register_company(actor=actor_of(UserFactory()), school_id=999_999, values=VALUES)
    assert list(refusal.value.fields) == ["school"]


def test_update_company_keeps_a_verified_company_verified_when_little_changes():
    company, person = owner(verified=True)
    domain.update_company(actor=person, company_id=company.pk, values={"about": "新的介绍"})
    company.refresh_from_db()
    assert (company.about, company.status) == ("新的介绍", CompanyStatus.VERIFIED)
    assert trail() == [("company.updated", "", "")]
    assert list(OutboxEntry.objects.values_list("topic", "payload")) == [
        (domain.REACHABILITY_TOPIC, {"company": company.pk})
    ]


@pytest.mark.parametrize("change", [{"name": "新名称有限公司"}, {"credit_code": credit_code(999_099)}])
def test_update_company_sends_a_new_name_or_code_back_to_vetting(change):
    company, person = owner(verified=True)
    clerk = staff(company.school)
    domain.update_company(actor=person, company_id=company.pk, values=change)
    company.refresh_from_db()
    assert (company.status, company.vetted_until, company.submitted_at) == (
        "submitted",
        None,
        clock.now(),
    )
    assert trail() == [("company.updated", "", ""), ("company.recheck", "verified", "submitted")]
    assert list(Notification.objects.values_list("user_id", "kind")) == [(clerk.user_id, "company_submitted")]


def test_update_company_without_a_change_writes_nothing():
    company, person = owner(verified=True)
    domain.update_company(actor=person, company_id=company.pk, values={"name": company.name})
    assert nothing_happened()


def test_update_company_is_for_owners_and_elsewhere_a_company_does_not_exist():
    member = RecruiterFactory()
    with pytest.raises(NotAllowed) as refusal:
        domain.update_company(actor=actor(member), company_id=member.company_id, values={"about": "x"})
    assert refusal.value.code == "owners_only"
    with pytest.raises(NotFound):
        domain.update_company(
            actor=actor(member), company_id=CompanyFactory(verified=True).pk, values={"about": "x"}
        )
    assert nothing_happened()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"%PDF-1.4", "application/pdf"),
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
    ],
)
def test_upload_evidence_reads_the_type_from_the_content(content, content_type):
    company, person = owner()
    domain.upload_evidence(actor=person, company_id=company.pk, file=licence(content, "x.exe"))
    row = VettingEvidence.objects.get()
    assert (row.content_type, row.size, row.original_name) == (content_type, len(content), "x.exe")
    with row.file.open() as stored:
        assert stored.read() == content
    assert "x.exe" not in row.file.name
    assert row.file.name.startswith(f"licences/{company.pk}/")


@pytest.mark.parametrize("content", [b"", b"MZ program", b"<html>"])
def test_upload_evidence_refuses_other_content(content):
    company, person = owner()
    with pytest.raises(Invalid) as refusal:
        domain.upload_evidence(actor=person, company_id=company.pk, file=licence(content))
    assert list(refusal.value.fields) == ["file"]
    assert VettingEvidence.objects.count() == 0
    assert nothing_happened()


def test_upload_evidence_refuses_large_files(settings):
    settings.UPLOAD_MAX_BYTES = 10
    company, person = owner()
    with pytest.raises(Invalid):
        domain.upload_evidence(actor=person, company_id=company.pk, file=licence(PDF))
    assert VettingEvidence.objects.count() == 0


def test_a_new_licence_sends_a_verified_company_back_to_vetting():
    company, person = owner(verified=True)
    domain.upload_evidence(actor=person, company_id=company.pk, file=licence())
    company.refresh_from_db()
    assert company.status == CompanyStatus.SUBMITTED
    assert trail() == [("company.evidence_uploaded", "", ""), ("company.recheck", "verified", "submitted")]


def test_submit_company_names_what_is_missing():
    company, person = owner(contact_name="", contact_phone="")
    with pytest.raises(Invalid) as refusal:
        domain.submit_company(actor=person, company_id=company.pk)
    assert (refusal.value.code, sorted(refusal.value.fields)) == (
        "incomplete",
        ["contact_name", "contact_phone", "file"],
    )
    company.refresh_from_db()
    assert company.status == CompanyStatus.DRAFT
    assert nothing_happened()


def test_the_main_path_from_draft_to_verified():
    company, person = owner()
    clerk = staff(company.school)
    domain.upload_evidence(actor=person, company_id=company.pk, file=licence())
    domain.submit_company(actor=person, company_id=company.pk)
    assert list(vetting_queue(clerk)) == [company]
    company.refresh_from_db()
    decision = domain.decide_vetting(
        actor=clerk, company_id=company.pk, seen=company.version, outcome="verified"
    )
    company.refresh_from_db()
    until = clock.now() + timedelta(days=183)
    assert (company.status, company.vetted_until, decision.valid_until) == ("verified", until, until)
    assert trail()[-2:] == [
        ("company.submitted", "draft", "submitted"),
        ("company.verified", "submitted", "verified"),
    ]
    assert list(Notification.objects.order_by("id").values_list("user_id", "kind")) == [
        (clerk.user_id, "company_submitted"),
        (person.user_id, "company_verified"),
    ]
    assert list(vetting_queue(clerk)) == []


def test_sending_back_needs_a_reason():
    company, _person = owner(submitted=True)
    clerk = staff(company.school)
    with pytest.raises(Invalid) as refusal:
        domain.decide_vetting(actor=clerk, company_id=company.pk, seen=1, outcome="rejected", reason=" ")
    assert list(refusal.value.fields) == ["reason"]
    assert nothing_happened()
    domain.decide_vetting(actor=clerk, company_id=company.pk, seen=1, outcome="rejected", reason="执照看不清")
    company.refresh_from_db()
    assert company.status == CompanyStatus.REJECTED
    assert Notification.objects.get().params["reason"] == "执照看不清"


@pytest.mark.parametrize("validity", [timedelta(0), timedelta(days=-1), timedelta(days=184)])
def test_a_vetting_lasts_at_most_six_months(validity):
    company, _person = owner(submitted=True)
    with pytest.raises(Invalid):
        domain.decide_vetting(
            actor=staff(company.school), company_id=company.pk, seen=1, outcome="verified", validity=validity
        )
    company.refresh_from_db()
    assert company.status == CompanyStatus.SUBMITTED


@pytest.mark.parametrize("outcome", ["draft", "submitted", "suspended", "x"])
def test_decide_vetting_knows_two_outcomes(outcome):
    company, _person = owner(submitted=True)
    with pytest.raises(Invalid):
        domain.decide_vetting(
            actor=staff(company.school), company_id=company.pk, seen=1, outcome=outcome, reason="x"
        )
    assert nothing_happened()


def test_only_staff_of_the_whole_vetting_school_decide():
    company, person = owner(submitted=True)
    department = DepartmentFactory(school=company.school)
    for outsider, family in [
        (person, NotAllowed),
        (staff(company.school, department), NotAllowed),
        (staff(SchoolFactory()), NotFound),
        (actor_of(None), NotFound),
    ]:
        with pytest.raises(family):
            domain.decide_vetting(
                actor=outsider, company_id=company.pk, seen=company.version, outcome="verified"
            )
    company.refresh_from_db()
    assert company.status == CompanyStatus.SUBMITTED
    assert nothing_happened()


def test_suspend_company_takes_it_out_of_sight_and_tells_the_owner():
    company, person = owner(verified=True)
    domain.suspend_company(actor=staff(company.school), company_id=company.pk, reason="投诉核实中")
    company.refresh_from_db()
    assert (company.status, company.vetted_until) == ("suspended", None)
    assert list(companies_visible_to(actor_of(None))) == []
    assert list(Notification.objects.values_list("user_id", "kind")) == [
        (person.user_id, "company_suspended")
    ]
    assert OutboxEntry.objects.filter(topic=domain.REACHABILITY_TOPIC).count() == 1


REACH = {
    "submitted": lambda company, person, clerk: domain.submit_company(actor=person, company_id=company.pk),
    "verified": lambda company, person, clerk: domain.decide_vetting(
        actor=clerk, company_id=company.pk, seen=1, outcome="verified"
    ),
    "rejected": lambda company, person, clerk: domain.decide_vetting(
        actor=clerk, company_id=company.pk, seen=1, outcome="rejected", reason="x"
    ),
    "suspended": lambda company, person, clerk: domain.suspend_company(
        actor=clerk, company_id=company.pk, reason="x"
    ),
}


@pytest.mark.parametrize("after", sorted(REACH))
@pytest.mark.parametrize("before", CompanyStatus.values)
def test_every_pair_of_statuses_follows_the_table(before, after):
    traits = {} if before == "draft" else {before: True}
    company, person = owner(**traits)
    VettingEvidence.objects.create(company=company, file="x", original_name="x", content_type="image/png")
    clerk = staff(company.school)
    if after in TRANSITIONS[before]:
        REACH[after](company, person, clerk)
        company.refresh_from_db()
        assert company.status == after
        return
    with pytest.raises(Conflict) as refusal:
        REACH[after](company, person, clerk)
    assert refusal.value.code == "wrong_state"
    company.refresh_from_db()
    assert company.status == before
    assert nothing_happened()


def test_announce_expiring_tells_30_and_7_days_before_once_each():
    _company, person = owner(verified=True)
    told = []
    for day in range(200):
        domain.announce_expiring()
        if Notification.objects.count() > len(told):
            told.append(day)
        clock.advance(timedelta(days=1))
    assert told == [153, 176]
    assert set(Notification.objects.values_list("user_id", "kind")) == {(person.user_id, "company_expiring")}


def test_expire_vettings_sends_the_company_to_the_queue_exactly_at_the_end():
    company, person = owner(verified=True)
    clerk = staff(company.school)
    clock.advance(timedelta(days=183, seconds=-1))
    assert domain.expire_vettings() == 0
    assert list(companies_visible_to(actor_of(None))) == [company]
    clock.advance(timedelta(seconds=1))
    assert list(companies_visible_to(actor_of(None))) == []
    assert domain.expire_vettings() == 1
    assert domain.expire_vettings() == 0
    assert list(vetting_queue(clerk)) == [company]
    assert trail() == [("company.vetting_expired", "verified", "submitted")]
    assert set(Notification.objects.values_list("user_id", "kind")) == {
        (person.user_id, "company_expired"),
        (clerk.user_id, "company_submitted"),
    }


def test_divisions_are_added_and_removed_once():
    company, person = owner()
    division = domain.add_division(actor=person, company_id=company.pk, name=" 华东事业部 ")
    assert division.name == "华东事业部"
    with pytest.raises(Invalid):
        domain.add_division(actor=person, company_id=company.pk, name="华东事业部")
    with pytest.raises(Invalid):
        domain.add_division(actor=person, company_id=company.pk, name="")
    domain.remove_division(actor=person, company_id=company.pk, division_id=division.pk)
    with pytest.raises(NotFound):
        domain.remove_division(actor=person, company_id=company.pk, division_id=division.pk)
    assert company.divisions.count() == 0


def test_a_division_goes_unless_its_booth_would_become_the_company_s_second():
    company, person = owner()
    division = domain.add_division(actor=person, company_id=company.pk, name="华东事业部")
    alone = BoothFactory(company=company, division=division)
    domain.remove_division(actor=person, company_id=company.pk, division_id=division.pk)
    alone.refresh_from_db()
    assert alone.division_id is None
    division = domain.add_division(actor=person, company_id=company.pk, name="华北事业部")
    beside = BoothFactory(company=company, division=division, fair=alone.fair)
    with pytest.raises(Conflict) as refused:
        domain.remove_division(actor=person, company_id=company.pk, division_id=division.pk)
    assert refused.value.code == "division_has_booth"
    beside.refresh_from_db()
    assert (beside.division_id, company.divisions.count()) == (division.pk, 1)


def test_staff_companies_narrows_by_status_and_text():
    school = SchoolFactory()
    first = CompanyFactory(school=school, name="甲公司", verified=True)
    second = CompanyFactory(school=school, name="乙公司")
    CompanyFactory(name="甲别校")
    clerk = staff(school)
    assert set(staff_companies(clerk)) == {first, second}
    assert list(staff_companies(clerk, status="verified")) == [first]
    assert list(staff_companies(clerk, text="乙")) == [second]
    assert list(staff_companies(clerk, text=first.credit_code[:18])) == [first]


def test_the_system_sees_every_company():
    companies = {CompanyFactory(), CompanyFactory(suspended=True)}
    assert set(companies_visible_to(SYSTEM)) == companies
