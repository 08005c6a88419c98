"""What can happen to a position, and what is refused without a trace."""

from datetime import date, timedelta

import pytest

from backend.accounts.actor import actor_of
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.models import OutboxEntry
from backend.companies.models import CompanyDivision
from backend.notifications.models import Notification
from backend.positions import domain
from backend.positions.enums import PositionStatus
from backend.positions.models import Position, PositionTemplate
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import DepartmentFactory, OccupationFactory

S = PositionStatus


def values(**changed):
    return {
        "title": "数控操作员",
        "occupation_id": OccupationFactory(code="6-18-01-07").pk,
        "openings": 3,
        "duties": "操作数控车床。",
        "conditions": "两班倒，提供住宿。",
        "city_code": "310000",
        "place": "东方路1号",
        "salary_min": 5000,
        "salary_max": 8000,
        "deadline": date(2026, 6, 30),
        **changed,
    }


def nothing_happened():
    counts = (AuditEntry.objects.count(), OutboxEntry.objects.count(), Notification.objects.count())
    return counts == (0, 0, 0)


def index_entries():
    rows = OutboxEntry.objects.filter(topic="positions.index").order_by("id")
    return list(rows.values_list("payload", flat=True))


def test_create_position_writes_a_draft_of_the_own_company(recruiter):
    position = domain.create_position(actor=recruiter, values=values(skills=["识图", " 识图 ", "PLC", ""]))
    position.refresh_from_db()
    assert (position.company_id, position.status, position.version) == (recruiter.company_id, S.DRAFT, 1)
    assert (position.skills, position.majors, position.salary_months) == (["识图", "PLC"], [], 12)
    assert list(AuditEntry.objects.values_list("verb", "after")) == [("position.created", "draft")]
    assert index_entries() == []


def test_create_position_takes_the_company_from_the_person_never_from_the_body(recruiter):
    other = CompanyFactory()
    position = domain.create_position(actor=recruiter, values=values(company_id=other.pk))
    assert position.company_id == recruiter.company_id


def test_create_position_is_for_recruiters(clerk):
    for person in (clerk, actor_of(None)):
        with pytest.raises(NotAllowed):
            domain.create_position(actor=person, values=values())
    assert Position.objects.count() == 0
    assert nothing_happened()


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("title", " ", "title"),
        ("title", "长" * 81, "title"),
        ("duties", "", "duties"),
        ("conditions", "x" * 4001, "conditions"),
        ("place", "", "place"),
        ("openings", 0, "openings"),
        ("openings", "many", "openings"),
        ("openings", True, "openings"),
        ("salary_min", None, "salary_min"),
        ("salary_min", 9000, "salary_max"),
        ("salary_months", 25, "salary_months"),
        ("kind", "slave", "kind"),
        ("education", "none", "education"),
        ("experience_months", -1, "experience_months"),
        ("graduation_years", ["soon"], "graduation_years"),
        ("majors", "软件", "majors"),
        ("skills", ["x" * 61], "skills"),
        ("city_code", "31", "city_code"),
        ("occupation_id", "9-99", "occupation"),
        ("deadline", date(2026, 3, 2), "deadline"),
        ("deadline", date(2028, 3, 2), "deadline"),
        ("deadline", "2026-02-30", "deadline"),
        ("division_id", 424_242, "division"),
    ],
)
def test_create_position_names_the_wrong_field(recruiter, field, value, named):
    with pytest.raises(Invalid) as refusal:
        domain.create_position(actor=recruiter, values=values(**{field: value}))
    assert list(refusal.value.fields) == [named]
    assert Position.objects.count() == 0
    assert nothing_happened()


def test_a_division_of_another_company_is_refused(recruiter, company):
    own = CompanyDivision.objects.create(company=company, name="一部")
    foreign = CompanyDivision.objects.create(company=CompanyFactory(), name="二部")
    assert domain.create_position(actor=recruiter, values=values(division_id=own.pk)).division_id == own.pk
    with pytest.raises(Invalid):
        domain.create_position(actor=recruiter, values=values(division_id=foreign.pk))


def test_a_position_of_another_company_does_not_exist(recruiter):
    foreign = PositionFactory()
    for act in (domain.submit_position, domain.copy_position, domain.close_position, domain.pause_position):
        with pytest.raises(NotFound):
            act(actor=recruiter, position_id=foreign.pk)
    with pytest.raises(NotFound):
        domain.update_position(actor=recruiter, position_id=foreign.pk, values={"openings": 9})
    assert Position.objects.count() == 1
    assert nothing_happened()


@pytest.mark.parametrize("status", [S.PUBLISHED, S.PAUSED])
@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"duties": "新的职责"}, S.IN_REVIEW),
        ({"salary_max": 9000}, S.IN_REVIEW),
        ({"title": "操作员"}, S.IN_REVIEW),
        ({"openings": 9}, None),
        ({"deadline": date(2026, 4, 1)}, None),
    ],
)
def test_update_sends_material_changes_back_to_review(recruiter, company, status, change, after):
    position = PositionFactory(company=company, published=True, status=status)
    domain.update_position(actor=recruiter, position_id=position.pk, values=change)
    position.refresh_from_db()
    assert position.status == (after or status)
    assert position.version > 1
    assert index_entries() == [{"position": position.pk}]


def test_another_deadline_moves_the_validity(recruiter, company):
    position = PositionFactory(company=company, published=True)
    domain.update_position(actor=recruiter, position_id=position.pk, values={"deadline": date(2026, 4, 1)})
    position.refresh_from_db()
    assert position.expires_at == domain.end_of(date(2026, 4, 1))
    assert position.expires_at.isoformat() == "2026-04-01T16:00:00+00:00"


@pytest.mark.parametrize("status", [S.IN_REVIEW, S.CLOSED])
def test_update_is_refused_in_review_and_when_closed(recruiter, company, status):
    position = PositionFactory(company=company, status=status)
    with pytest.raises(Conflict) as refusal:
        domain.update_position(actor=recruiter, position_id=position.pk, values={"openings": 9})
    assert refusal.value.code == "wrong_state"
    position.refresh_from_db()
    assert position.openings == 3
    assert nothing_happened()


def test_update_with_an_older_version_is_a_conflict(recruiter, company):
    position = PositionFactory(company=company)
    domain.update_position(actor=recruiter, position_id=position.pk, values={"openings": 4}, version=1)
    with pytest.raises(Conflict):
        domain.update_position(actor=recruiter, position_id=position.pk, values={"openings": 5}, version=1)
    position.refresh_from_db()
    assert (position.openings, position.version) == (4, 2)


def test_update_without_a_change_writes_nothing(recruiter, company):
    position = PositionFactory(company=company, published=True)
    domain.update_position(actor=recruiter, position_id=position.pk, values={"openings": position.openings})
    assert nothing_happened()


def test_copy_makes_a_fresh_draft(recruiter, company):
    position = PositionFactory(company=company, published=True, deadline=date(2026, 3, 1))
    copy = domain.copy_position(actor=recruiter, position_id=position.pk)
    assert (copy.status, copy.title, copy.published_at, copy.source_key) == (
        S.DRAFT,
        position.title,
        None,
        "",
    )
    assert copy.deadline == clock.today() + timedelta(days=60)


def test_hard_terms_block_submission_and_name_the_field(recruiter, company):
    position = PositionFactory(company=company, duties="限男性，需缴纳押金", conditions="35岁以下")
    with pytest.raises(Invalid) as refusal:
        domain.submit_position(actor=recruiter, position_id=position.pk)
    assert (refusal.value.code, list(refusal.value.fields)) == ("unlawful", ["duties"])
    assert len(refusal.value.fields["duties"]) == 2
    position.refresh_from_db()
    assert position.status == S.DRAFT
    assert nothing_happened()


def test_what_the_law_misses_blocks_submission(recruiter, company):
    position = PositionFactory(
        company=company, duties="", salary_min=None, salary_max=None, deadline=date(2026, 3, 2)
    )
    with pytest.raises(Invalid) as refusal:
        domain.submit_position(actor=recruiter, position_id=position.pk)
    assert sorted(refusal.value.fields) == ["deadline", "duties", "salary_max", "salary_min"]
    assert nothing_happened()


def test_the_main_path_from_draft_to_published(recruiter, clerk, company):
    position = PositionFactory(company=company)
    domain.submit_position(actor=recruiter, position_id=position.pk)
    domain.decide_position(actor=clerk, position_id=position.pk, publish=True)
    position.refresh_from_db()
    assert (position.status, position.published_at) == (S.PUBLISHED, clock.now())
    assert position.expires_at == domain.end_of(position.deadline)
    assert list(AuditEntry.objects.order_by("id").values_list("verb", "before", "after")) == [
        ("position.submitted", "draft", "in_review"),
        ("position.published", "in_review", "published"),
    ]
    assert list(Notification.objects.order_by("id").values_list("user_id", "kind")) == [
        (clerk.user_id, "position_submitted"),
        (recruiter.user_id, "position_published"),
    ]


def test_sending_back_needs_a_reason_and_tells_it(recruiter, clerk, company):
    position = PositionFactory(company=company, in_review=True)
    with pytest.raises(Invalid):
        domain.decide_position(actor=clerk, position_id=position.pk, publish=False, reason=" ")
    assert nothing_happened()
    domain.decide_position(actor=clerk, position_id=position.pk, publish=False, reason="薪资不实")
    position.refresh_from_db()
    assert (position.status, position.review_reason) == (S.DRAFT, "薪资不实")
    assert Notification.objects.get().params["reason"] == "薪资不实"


@pytest.mark.parametrize("trait", ["submitted", "rejected", "suspended", "expired"])
def test_nothing_of_an_unverified_company_is_published(frozen_now, db, trait):
    company = CompanyFactory(**{trait: True})
    person = actor_of(MembershipFactory(school=company.school).user)
    position = PositionFactory(company=company, in_review=True)
    with pytest.raises(Conflict) as refusal:
        domain.decide_position(actor=person, position_id=position.pk, publish=True)
    assert refusal.value.code == "company_not_verified"
    position.refresh_from_db()
    assert position.status == S.IN_REVIEW
    assert nothing_happened()


def test_only_staff_of_the_whole_vetting_school_moderate(recruiter, company):
    position = PositionFactory(company=company, in_review=True)
    department = DepartmentFactory(school=company.school)
    for person, family in [
        (recruiter, NotAllowed),
        (actor_of(MembershipFactory(school=company.school, department=department).user), NotAllowed),
        (actor_of(MembershipFactory().user), NotFound),
        (actor_of(None), NotFound),
    ]:
        with pytest.raises(family):
            domain.decide_position(actor=person, position_id=position.pk, publish=True)
    position.refresh_from_db()
    assert position.status == S.IN_REVIEW
    assert nothing_happened()


def test_take_down_hides_a_public_position_with_a_reason(recruiter, clerk, company):
    position = PositionFactory(company=company, published=True)
    domain.take_down_position(actor=clerk, position_id=position.pk, reason="举报核实中")
    position.refresh_from_db()
    assert (position.status, position.review_reason) == (S.IN_REVIEW, "举报核实中")
    assert index_entries() == [{"position": position.pk}]
    assert list(Notification.objects.values_list("user_id", "kind")) == [
        (recruiter.user_id, "position_taken_down")
    ]


def test_expire_positions_at_the_exact_moment_and_once(recruiter, company):
    position = PositionFactory(company=company, published=True)
    paused = PositionFactory(company=company, published=True, status=S.PAUSED)
    clock.advance(timedelta(days=60, seconds=-1))
    assert domain.expire_positions() == 0
    clock.advance(timedelta(seconds=1))
    assert domain.expire_positions() == 2
    assert domain.expire_positions() == 0
    for row in (position, paused):
        row.refresh_from_db()
        assert row.status == S.EXPIRED
    assert set(Notification.objects.values_list("user_id", "kind")) == {
        (recruiter.user_id, "position_expired")
    }


def test_templates_are_kept_overwritten_and_forgotten(recruiter, company):
    position = PositionFactory(company=company)
    template = domain.save_template(actor=recruiter, position_id=position.pk, name=" 操作类 ")
    again = domain.save_template(actor=recruiter, position_id=position.pk, name="操作类")
    assert (template.pk, template.name) == (again.pk, "操作类")
    assert (template.values["title"], template.values["deadline"]) == (position.title, None)
    with pytest.raises(Invalid):
        domain.save_template(actor=recruiter, position_id=position.pk, name="")
    stranger = actor_of(RecruiterFactory().user)
    with pytest.raises(NotFound):
        domain.delete_template(actor=stranger, template_id=template.pk)
    domain.delete_template(actor=recruiter, template_id=template.pk)
    assert PositionTemplate.objects.count() == 0
