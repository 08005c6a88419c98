"""Changing a position: every entry, in every state; versions; copies; and two recruiters at once."""

import threading
from datetime import date, timedelta

import pytest

from backend.accounts.actor import actor_of
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.models import OutboxEntry
from backend.companies.models import CompanyDivision
from backend.notifications.models import Notification
from backend.positions import content, domain, rules
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from tests.backend.racing import race
from tests.backend.refusals import last_trail, refused
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import OccupationFactory

S = PositionStatus

CHANGES = {
    "title": "铣工",
    "kind": "internship",
    "occupation_id": "6-18-01-02",
    "division_id": "division",
    "openings": 9,
    "duties": "操作铣床。",
    "conditions": "白班。",
    "education": "bachelor",
    "majors": ["数控技术"],
    "skills": [],
    "skill_levels": {"识图": 2},
    "wanted_skills": ["三坐标测量"],
    "certificates": ["数控车工中级"],
    "experience_months": 24,
    "graduation_years": [2027],
    "city_code": "320500",
    "district_code": "310115",
    "place": "南浔路2号",
    "salary_min": 5500,
    "salary_max": 9000,
    "salary_months": 13,
    "deadline": date(2026, 7, 1),
    "starts_on": date(2026, 7, 6),
}


def change(field, company):
    """The new value of one entry."""
    if field == "division_id":
        return CompanyDivision.objects.create(company=company, name="一部").pk
    if field == "occupation_id":
        return OccupationFactory(code=CHANGES[field]).pk
    return CHANGES[field]


def index_entries():
    return list(OutboxEntry.objects.filter(topic="positions.index").values_list("payload", flat=True))


def test_every_entry_is_changed_here():
    assert list(CHANGES) == list(content.FIELDS)


@pytest.mark.parametrize("status", [S.DRAFT, S.PUBLISHED, S.PAUSED, S.EXPIRED])
@pytest.mark.parametrize("field", CHANGES)
def test_each_entry_is_written_alone_and_reviewed_again_if_staff_looked_at_it(
    recruiter, company, field, status
):
    row = PositionFactory(company=company, published=True, status=status)
    before, new = content.values_of(row), change(field, company)
    domain.update_position(actor=recruiter, position_id=row.pk, values={field: new})
    row.refresh_from_db()
    assert content.values_of(row) == {**before, field: new}
    public = status in (S.PUBLISHED, S.PAUSED)
    reviewed = public and field in rules.MATERIAL
    assert row.status == (S.IN_REVIEW if reviewed else status)
    assert index_entries() == ([{"position": row.pk}] if public else [])
    updated = AuditEntry.objects.get(verb="position.updated")
    assert (updated.data, updated.actor_user_id) == ({"fields": [field]}, recruiter.user_id)


def test_several_entries_at_once_are_one_change(recruiter, company):
    row = PositionFactory(company=company)
    values = {"openings": 9, "place": "南浔路2号", "title": row.title}
    domain.update_position(actor=recruiter, position_id=row.pk, values=values)
    assert AuditEntry.objects.get().data == {"fields": ["openings", "place"]}
    row.refresh_from_db()
    assert row.version == 2


def test_the_change_of_a_public_position_is_told_to_the_whole_schools_staff(recruiter, clerk, company):
    MembershipFactory(school=company.school, ended=True)
    row = PositionFactory(company=company, published=True)
    domain.update_position(actor=recruiter, position_id=row.pk, values={"place": "南浔路2号"})
    assert list(Notification.objects.values_list("user_id", "kind", "url", "params")) == [
        (
            clerk.user_id,
            "position_submitted",
            f"/staff/positions/{row.pk}/",
            {"position": row.title, "company": company.name},
        )
    ]
    assert last_trail()[:3] == ("position.changed", "published", "in_review")


WRONG = {
    "openings": {"openings": 0},
    "title": {"title": ""},
    "deadline": {"deadline": date(2026, 3, 2)},
    "city_code": {"city_code": "x"},
    "salary_max": {"salary_max": 1},
}


@pytest.mark.parametrize("named", WRONG)
@pytest.mark.parametrize("status", [S.DRAFT, S.PUBLISHED])
def test_a_wrong_entry_is_named_and_changes_nothing(recruiter, company, status, named):
    row = PositionFactory(company=company, published=True, status=status)
    with refused(Invalid, "invalid", Position, fields=[named]):
        domain.update_position(actor=recruiter, position_id=row.pk, values=WRONG[named])


def test_another_city_needs_a_district_of_its_own(recruiter, company):
    row = PositionFactory(company=company, district_code="310115")
    with refused(Invalid, "invalid", Position, fields=["district_code"]):
        domain.update_position(actor=recruiter, position_id=row.pk, values={"city_code": "320500"})
    domain.update_position(
        actor=recruiter, position_id=row.pk, values={"city_code": "320500", "district_code": ""}
    )
    row.refresh_from_db()
    assert (row.city_code, row.district_code) == ("320500", "")


def test_an_imported_posting_without_pay_is_edited_only_with_it(recruiter, company):
    row = PositionFactory(company=company, salary_min=None, salary_max=None, source="import", source_key="k")
    with refused(Invalid, "invalid", Position, fields=["salary_max", "salary_min"]):
        domain.update_position(actor=recruiter, position_id=row.pk, values={"openings": 9})
    values = {"openings": 9, "salary_min": 5000, "salary_max": 8000}
    domain.update_position(actor=recruiter, position_id=row.pk, values=values)
    row.refresh_from_db()
    assert (row.openings, row.salary_min, row.source_key) == (9, 5000, "k")


@pytest.mark.parametrize("version", [0, 6, 8, 700])
def test_only_the_version_in_the_database_is_the_version_somebody_saw(recruiter, company, version):
    row = PositionFactory(company=company, version=7)
    with refused(Conflict, "conflict", Position):
        domain.update_position(actor=recruiter, position_id=row.pk, values={"openings": 9}, version=version)
    domain.update_position(actor=recruiter, position_id=row.pk, values={"openings": 9}, version=7)
    row.refresh_from_db()
    assert (row.openings, row.version) == (9, 8)


def test_an_older_version_is_refused_before_its_entries_are_looked_at(recruiter, company):
    row = PositionFactory(company=company, version=7)
    with refused(Conflict, "conflict", Position):
        domain.update_position(actor=recruiter, position_id=row.pk, values={"openings": 0}, version=6)


def test_a_later_last_day_keeps_a_public_position_open_longer(recruiter, company):
    row = PositionFactory(company=company, published=True)
    domain.update_position(actor=recruiter, position_id=row.pk, values={"deadline": date(2026, 12, 24)})
    clock.advance(domain.end_of(date(2026, 12, 24)) - clock.now() - timedelta(seconds=1))
    assert domain.expire_positions() == 0
    clock.advance(timedelta(seconds=1))
    assert domain.expire_positions() == 1


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        (date(2026, 4, 1), "2026-04-01T16:00:00+00:00"),
        (date(2026, 12, 31), "2026-12-31T16:00:00+00:00"),
        (date(2028, 2, 29), "2028-02-29T16:00:00+00:00"),
    ],
)
def test_a_day_ends_at_midnight_in_shanghai(day, moment):
    assert domain.end_of(day).astimezone(clock.now().tzinfo).isoformat() == moment


# Copies


@pytest.mark.parametrize("status", S)
def test_a_copy_is_a_draft_with_the_same_entries_whatever_the_original(recruiter, company, status):
    row = PositionFactory(
        company=company, published=True, status=status, review_reason="x", source="import", source_key="k"
    )
    copy = domain.copy_position(actor=recruiter, position_id=row.pk)
    copy.refresh_from_db()
    assert content.values_of(copy) == content.values_of(row)
    assert (copy.status, copy.review_reason, copy.source, copy.source_key, copy.version) == (
        S.DRAFT, "", "", "", 1,
    )  # fmt: skip
    assert (copy.published_at, copy.expires_at, copy.company_id) == (None, None, company.pk)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_id, entry.data) == ("position.created", copy.pk, {"copy_of": row.pk})


@pytest.mark.parametrize(("days", "kept"), [(-9, False), (0, False), (1, True)])
def test_a_copy_gets_a_new_last_day_where_the_old_one_is_over(recruiter, company, days, kept):
    day = clock.today() + timedelta(days=days)
    row = PositionFactory(company=company, deadline=day)
    copy = domain.copy_position(actor=recruiter, position_id=row.pk)
    assert copy.deadline == (day if kept else clock.today() + timedelta(days=60))


@pytest.mark.parametrize(("days", "kept"), [(-1, False), (0, True), (9, True)])
def test_a_copy_says_nothing_of_a_first_day_that_is_over(recruiter, company, days, kept):
    day = clock.today() + timedelta(days=days)
    row = PositionFactory(company=company, starts_on=day)
    copy = domain.copy_position(actor=recruiter, position_id=row.pk)
    assert copy.starts_on == (day if kept else None)


def test_a_copy_changes_nothing_of_the_original_and_is_not_indexed(recruiter, company):
    row = PositionFactory(company=company, published=True)
    before = Position.objects.values().get(pk=row.pk)
    domain.copy_position(actor=recruiter, position_id=row.pk)
    assert Position.objects.values().get(pk=row.pk) == before
    assert index_entries() == []
    assert Notification.objects.count() == 0


def test_a_copy_of_somebody_elses_does_not_exist_for_recruiters_and_is_not_for_staff(
    recruiter, clerk, company
):
    foreign = PositionFactory(company=CompanyFactory(verified=True, school=company.school), published=True)
    with refused(NotFound, "not_found", Position):
        domain.copy_position(actor=recruiter, position_id=foreign.pk)
    with refused(NotAllowed, "not_allowed", Position):
        domain.copy_position(actor=clerk, position_id=foreign.pk)


def test_a_draft_of_a_company_that_is_not_vetted_yet_can_be_written_and_submitted(frozen_now, db):
    person = actor_of(RecruiterFactory(company=CompanyFactory(submitted=True)).user)
    row = PositionFactory(company_id=person.company_id)
    assert domain.submit_position(actor=person, position_id=row.pk).status == S.IN_REVIEW


# Two recruiters at once, on real connections


def both_read_then_write(row, write):
    """Both read the entries before either writes; what each got."""
    read = threading.Barrier(2)

    def change_openings(index):
        mine = Position.objects.get(pk=row.pk)
        read.wait(10)
        return write(mine, 10 + index)

    return race(change_openings)


def guarded(mine, openings):
    domain._write(mine, {"openings": openings})
    return openings


def unguarded(mine, openings):
    mine.openings = openings
    mine.save(update_fields=["openings"])
    return openings


@pytest.mark.django_db(transaction=True)
def test_of_two_recruiters_who_read_the_same_entries_one_writes(company):
    row = PositionFactory(company=company)
    results = both_read_then_write(row, guarded)
    kept = [result for result in results if isinstance(result, int)]
    row.refresh_from_db()
    assert (len(kept), [type(result) for result in results if result not in kept]) == (1, [Conflict])
    assert (row.openings, row.version) == (kept[0], 2)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_version_one_write_is_lost(company):
    row = PositionFactory(company=company)
    assert both_read_then_write(row, unguarded) == [10, 11]
    row.refresh_from_db()
    assert (row.openings in (10, 11), row.version) == (True, 1)


@pytest.mark.django_db(transaction=True)
def test_two_saves_of_the_same_version_over_the_domain_keep_one(company):
    person = actor_of(RecruiterFactory(company=company).user)
    row = PositionFactory(company=company)
    results = race(
        lambda n: (
            domain.update_position(
                actor=person, position_id=row.pk, values={"openings": 20 + n}, version=1
            ).openings
        ),
        threads=3,
    )
    kept = [result for result in results if isinstance(result, int)]
    row.refresh_from_db()
    assert (len(kept), row.openings, row.version) == (1, kept[0], 2)
    assert AuditEntry.objects.count() == 1
