"""Imported positions go to the company itself: by its code, or by its name where staff say so, and to nobody else."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from backend.accounts.actor import actor_of
from backend.applications.queries import applications_visible_to
from backend.audit.models import AuditEntry
from backend.common import clock, outbox
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.companies import domain as companies
from backend.companies.models import Company, VettingDecision
from backend.notifications.models import Notification
from backend.positions import content, domain, indexing
from backend.positions.claims import BY_CODE, BY_NAME, claim_positions, claims_visible_to, hand_over_positions
from backend.positions.enums import PositionStatus
from backend.positions.imports import run
from backend.positions.imports.cells import RESIDUAL
from backend.positions.models import Position
from backend.students.models import DisclosureGrant
from backend.students.queries import profile_for
from search import api
from search.query import Filters, PositionQuery
from tests.backend.positions.conftest import imported
from tests.backend.racing import race
from tests.backend.refusals import refused
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory, credit_code
from tests.factories.positions import PositionFactory
from tests.factories.schools import OccupationFactory, SchoolFactory
from tests.factories.students import DisclosureGrantFactory

CODE = credit_code(777)


def seen(actor):
    return [(claim.company, claim.source, claim.positions, claim.by) for claim in claims_visible_to(actor)]


def test_an_owner_takes_over_what_has_the_own_code(owner, company, coded):
    rows = list(Position.objects.order_by("pk"))
    assert claim_positions(actor=owner, source_id=coded.pk) == 3
    moved = list(Position.objects.order_by("pk"))
    assert [row.company_id for row in moved] == [company.pk] * 3
    assert [content.values_of(row) for row in moved] == [content.values_of(row) for row in rows]
    assert [(row.status, row.source_key) for row in moved] == [(row.status, row.source_key) for row in rows]
    trail = AuditEntry.objects.get(verb="company.positions_claimed")
    assert (trail.target_id, trail.data) == (company.pk, {"source": coded.pk, "positions": 3, "by": "code"})


def test_staff_hand_over_what_has_the_name_alone(clerk, company, named):
    assert hand_over_positions(actor=clerk, company_id=company.pk, source_id=named.pk) == 1
    assert Position.objects.get().company_id == company.pk
    assert AuditEntry.objects.get(verb="company.positions_claimed").data["by"] == "name"


def test_the_name_alone_is_not_enough_for_an_owner(owner, company, named):
    assert seen(owner) == [(company, named, 1, BY_NAME)]
    with refused(NotFound, "not_found", Position, Company):
        claim_positions(actor=owner, source_id=named.pk)


def test_a_colleague_who_owns_nothing_may_not(recruiter, coded):
    with refused(NotAllowed, "owners_only", Position, Company):
        claim_positions(actor=recruiter, source_id=coded.pk)


@pytest.mark.parametrize("who", ["visitor", "student", "staff", "ally staff", "operator", "system"])
def test_nobody_without_a_company_takes_over(people, coded, who):
    with refused(NotFound, "not_found", Position, Company):
        claim_positions(actor=people[who], source_id=coded.pk)


@pytest.mark.parametrize(
    ("who", "family"),
    [
        ("visitor", NotAllowed),
        ("student", NotAllowed),
        ("strange student", NotFound),
        ("recruiter", NotAllowed),
        ("owner", NotAllowed),
        ("rival", NotFound),
        ("department staff", NotAllowed),
        ("ally staff", NotAllowed),
        ("strange staff", NotFound),
    ],
)
def test_only_the_vetting_schools_staff_hand_over(people, company, named, who, family):
    code = "not_found" if family is NotFound else "vetting_school_only"
    with refused(family, code, Position, Company):
        hand_over_positions(actor=people[who], company_id=company.pk, source_id=named.pk)


def test_the_operator_hands_over_too(people, company, named):
    assert hand_over_positions(actor=people["operator"], company_id=company.pk, source_id=named.pk) == 1


@pytest.mark.parametrize("state", ["draft", "submitted", "rejected", "suspended", "expired"])
def test_a_company_that_is_not_vetted_gains_nothing(owner, clerk, company, coded, state):
    bad = CompanyFactory.build(school=company.school, **({state: True} if state != "draft" else {}))
    Company.objects.filter(pk=company.pk).update(status=bad.status, vetted_until=bad.vetted_until)
    assert (seen(owner), seen(clerk)) == ([], [])
    with refused(Conflict, "company_not_verified", Position, Company):
        claim_positions(actor=owner, source_id=coded.pk)
    with refused(Conflict, "company_not_verified", Position, Company):
        hand_over_positions(actor=clerk, company_id=company.pk, source_id=coded.pk)


STRANGERS = {
    "another code": {"credit_code": credit_code(1), "name": "甲公司"},
    "the name, but a code of its own": {"credit_code": credit_code(2)},
    "another school": {"school": None},
    "no import": {"source": ""},
    "another name": {"name": "晨光制造有限公司（北京）"},
}


@pytest.mark.parametrize("case", STRANGERS)
def test_what_is_another_company_is_not_offered_and_not_moved(owner, clerk, company, case):
    fields = dict(STRANGERS[case])
    if "school" in fields:
        fields["school"] = SchoolFactory()
    source = imported(company, **fields)
    PositionFactory(company=source, in_review=True)
    assert (seen(owner), seen(clerk)) == ([], [])
    with refused(NotFound, "not_found", Position, Company):
        claim_positions(actor=owner, source_id=source.pk)
    with refused(NotFound, "not_found", Position, Company):
        hand_over_positions(actor=clerk, company_id=company.pk, source_id=source.pk)


def test_an_imported_company_somebody_belongs_to_is_nobodys_to_take(owner, clerk, company, coded):
    person = RecruiterFactory(company=coded)
    assert (seen(owner), seen(clerk)) == ([], [])
    with refused(NotFound, "not_found", Position):
        claim_positions(actor=owner, source_id=coded.pk)
    person.ended_at = clock.now()
    person.save()
    assert seen(owner) == [(company, coded, 3, BY_CODE)]


def test_the_letters_of_a_name_may_differ_in_case(clerk, company):
    Company.objects.filter(pk=company.pk).update(name="Fairview Precision LTD")
    source = imported(company, name="FAIRVIEW Precision Ltd")
    PositionFactory(company=source)
    company.refresh_from_db()
    assert seen(clerk) == [(company, source, 1, BY_NAME)]


def test_each_sees_what_waits_for_them(people, company, coded, named):
    both = [(company, coded, 3, BY_CODE), (company, named, 1, BY_NAME)]
    assert {who: seen(actor) for who, actor in people.items() if seen(actor)} == {
        "recruiter": both,
        "owner": both,
        "staff": both,
        "operator": both,
    }


def test_an_import_without_positions_is_not_offered(owner, company):
    imported(company, credit_code=company.credit_code)
    assert seen(owner) == []


@pytest.mark.parametrize("pairs", [1, 3])
def test_what_waits_is_found_in_three_queries(people, company, django_assert_num_queries, pairs):
    for number in range(pairs):
        mine = CompanyFactory(verified=True, school=company.school, name=f"甲{number}公司")
        PositionFactory(company=imported(mine))
    with django_assert_num_queries(3):
        found = claims_visible_to(people["staff"])
    assert len(found) == pairs


def test_a_second_time_there_is_nothing_left(owner, coded):
    claim_positions(actor=owner, source_id=coded.pk)
    with refused(NotFound, "not_found", Position, Company):
        claim_positions(actor=owner, source_id=coded.pk)


def test_the_imported_row_is_taken_out_of_sight_with_a_reason(owner, company, coded):
    claim_positions(actor=owner, source_id=coded.pk)
    coded.refresh_from_db()
    decision = VettingDecision.objects.get(company=coded)
    assert (coded.status, coded.vetted_until, decision.outcome) == ("suspended", None, "suspended")
    assert decision.reason


def test_an_imported_row_that_was_never_public_stays_as_it_is(clerk, company, named):
    before = Company.objects.values().get(pk=named.pk)
    hand_over_positions(actor=clerk, company_id=company.pk, source_id=named.pk)
    assert Company.objects.values().get(pk=named.pk) == before


def test_a_posting_the_company_holds_already_stays_behind(owner, company, coded):
    PositionFactory(company=company, source="import", source_key=PositionStatus.IN_REVIEW.value)
    assert seen(owner) == [(company, coded, 2, BY_CODE)]
    assert claim_positions(actor=owner, source_id=coded.pk) == 2
    assert Position.objects.get(company=coded).status == PositionStatus.IN_REVIEW


def test_what_stays_behind_is_not_offered_again_and_again(owner, clerk, company, coded, named):
    """Or the list would never end, and each press would leave a line in the trail and move nothing."""
    for source in (coded, named):
        Position.objects.filter(company=source).update(source_key=F("title"), title="同一岗位")
    for row in Position.objects.filter(company__in=(coded, named)):
        PositionFactory(company=company, source="import", source_key=row.source_key)
    assert (seen(owner), seen(clerk)) == ([], [])
    for source in (coded, named):
        with refused(NotFound, "not_found", Position, Company, AuditEntry, Notification):
            hand_over_positions(actor=clerk, company_id=company.pk, source_id=source.pk)


def test_a_division_of_the_imported_row_does_not_go_along(owner, company, coded):
    division = coded.divisions.create(name="一部")
    Position.objects.filter(company=coded).update(division=division)
    claim_positions(actor=owner, source_id=coded.pk)
    assert set(Position.objects.values_list("division_id", flat=True)) == {None}


def ids_found():
    query = PositionQuery(filters=Filters(school_ids=None), size=100, now=clock.now())
    return set(api.find_positions(query).ids)


def test_what_was_public_stays_findable_under_the_companys_own_name(owner, company, coded):
    public = Position.objects.get(company=coded, status=PositionStatus.PUBLISHED)
    indexing.look_again([public.pk])
    outbox.drain()
    (before,) = indexing.as_they_are([public.pk])[0]
    claim_positions(actor=owner, source_id=coded.pk)
    outbox.drain()
    (after,) = indexing.as_they_are([public.pk])[0]
    assert ids_found() == {public.pk}
    assert (before.company_id, after.company_id, after.company) == (coded.pk, company.pk, company.name)
    # The sum of the two row versions must grow, though the company's own row is younger than the imported one.
    assert after.version > before.version
    assert not any(api.verify(indexing.all_standings, clock.now()).values())


def test_a_position_that_waited_in_review_is_the_companys_to_change(owner, company, coded):
    claim_positions(actor=owner, source_id=coded.pk)
    row = Position.objects.get(status=PositionStatus.IN_REVIEW)
    domain.withdraw_position(actor=owner, position_id=row.pk)
    domain.update_position(actor=owner, position_id=row.pk, values={"openings": 7})
    domain.submit_position(actor=owner, position_id=row.pk)
    row.refresh_from_db()
    assert (row.status, row.openings) == (PositionStatus.IN_REVIEW, 7)


def test_applicants_and_their_consent_go_with_the_positions(owner, company, coded):
    row = Position.objects.get(company=coded, status=PositionStatus.PUBLISHED)
    application = ApplicationFactory(position=row, student__school=company.school)
    grant = DisclosureGrantFactory(
        student=application.student, company=coded, purpose=f"application:{application.pk}"
    )
    over = DisclosureGrantFactory(
        student=application.student, company=coded, purpose="fair", revoked_at=clock.now()
    )
    assert list(applications_visible_to(owner)) == []
    claim_positions(actor=owner, source_id=coded.pk)
    assert list(applications_visible_to(owner)) == [application]
    assert profile_for(owner, application.student).phone == application.student.phone
    assert DisclosureGrant.objects.get(pk=grant.pk).company_id == company.pk
    assert DisclosureGrant.objects.get(pk=over.pk).company_id == coded.pk


def test_consent_does_not_go_to_what_has_the_name_alone(clerk, owner, company, named):
    row = Position.objects.get(company=named)
    application = ApplicationFactory(position=row, student__school=company.school)
    grant = DisclosureGrantFactory(student=application.student, company=named, purpose="fair")
    hand_over_positions(actor=clerk, company_id=company.pk, source_id=named.pk)
    assert list(applications_visible_to(owner)) == [application]
    assert DisclosureGrant.objects.get(pk=grant.pk).company_id == named.pk
    assert profile_for(owner, application.student).phone == ""


def test_a_consent_the_company_has_already_is_not_given_twice(owner, company, coded):
    kept = DisclosureGrantFactory(company=company, purpose="fair")
    double = DisclosureGrantFactory(student=kept.student, company=coded, purpose="fair")
    claim_positions(actor=owner, source_id=coded.pk)
    assert DisclosureGrant.objects.get(pk=double.pk).company_id == coded.pk


def test_the_other_side_is_told_once(owner, clerk, company, coded, named):
    claim_positions(actor=owner, source_id=coded.pk)
    hand_over_positions(actor=clerk, company_id=company.pk, source_id=named.pk)
    rows = Notification.objects.filter(kind="positions_claimed").order_by("pk")
    assert list(rows.values_list("user_id", "url")) == [
        (clerk.user_id, f"/staff/companies/{company.pk}/"),
        (owner.user_id, "/company/positions/"),
    ]
    with translation.override("en"):
        assert rows[0].text == f"3 imported positions now belong to {company.name}."
    with translation.override("zh-hans"):
        assert rows[1].text == f"1 个导入的岗位现已归属{company.name}。"


def test_a_later_import_is_told_of_too(owner, clerk, company, coded):
    """Neither row need have changed in between; the trail's line tells one handing over from the next."""
    for _time in range(2):
        claim_positions(actor=owner, source_id=coded.pk)
        Company.objects.filter(pk=coded.pk).update(status="draft")
        PositionFactory(company=coded, source="import", source_key="later")
    trail = AuditEntry.objects.filter(verb="company.positions_claimed").order_by("pk")
    told = Notification.objects.filter(kind="positions_claimed", user_id=clerk.user_id).order_by("pk")
    assert [entry.data["positions"] for entry in trail] == [3, 1]
    assert list(told.values_list("dedupe_key", "params__number")) == [
        (f"positions-claimed:{trail[0].pk}", 3),
        (f"positions-claimed:{trail[1].pk}", 1),
    ]


def test_imported_companies_of_others_are_not_read(people, company, named):
    """A school imports thousands: only those with a code or a name that is asked for leave the database."""
    strangers = [imported(company, name=f"外{number}") for number in range(3)]
    for source in strangers:
        PositionFactory(company=source)
    with CaptureQueriesContext(connection) as asked:
        claims_visible_to(people["staff"])
    (query,) = [one["sql"] for one in asked if "Membership" in one["sql"] or "membership" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert [row[0] for row in cursor.fetchall()] == [named.pk]


@pytest.mark.django_db(transaction=True)
def test_two_owners_at_once_take_over_once(company):
    people = [actor_of(RecruiterFactory(company=company, owner=True).user) for _ in range(2)]
    source = imported(company, credit_code=company.credit_code)
    PositionFactory.create_batch(3, company=source, in_review=True)
    results = race(lambda n: claim_positions(actor=people[n], source_id=source.pk))
    assert sum(result for result in results if isinstance(result, int)) == 3
    assert Position.objects.filter(company=company).count() == 3
    assert set(Position.objects.values_list("version", flat=True)) == {2}


# From the spreadsheet to the company's own desk


HEADERS = "岗位名称,企业名称,统一社会信用代码,城市,薪资,工作简介"
DUTIES = "岗位职责：记账、报税和整理凭证。任职要求：细心。"


def import_rows(school, *rows, **options):
    OccupationFactory(code=RESIDUAL, name="不便分类的其他从业人员")
    OccupationFactory(code="2-06-03-00", name="会计专业人员")
    text = "\n".join([HEADERS, *rows])
    return run.import_table(actor=None, school_id=school.pk, file=io.BytesIO(text.encode()), **options)


def test_the_whole_way_from_a_spreadsheet_to_the_company(company, clerk, owner):
    """The company registers with the code of the row an import made, is vetted, and takes its positions over."""
    school = company.school
    import_rows(school, f"会计,新风财务,{CODE},苏州,5-8千,{DUTIES}")
    user = MembershipFactory(ended=True).user
    values = {
        "name": "新风财务有限公司", "credit_code": CODE.lower(), "industry": "财务", "size": "1-19",
        "city_code": "320500", "contact_name": "林岚", "contact_phone": "0512-00000000",
    }  # fmt: skip
    mine = companies.register_company(actor=actor_of(user), school_id=school.pk, values=values)
    person = actor_of(user)
    assert (seen(person), Company.objects.filter(credit_code=CODE).count()) == ([], 2)
    Company.objects.filter(pk=mine.pk).update(status="submitted")
    companies.decide_vetting(actor=clerk, company_id=mine.pk, outcome="verified", seen=mine.version)
    ((_company, source, number, by),) = seen(person)
    assert (number, by) == (1, BY_CODE)
    claim_positions(actor=person, source_id=source.pk)
    assert Position.objects.get().company_id == mine.pk


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        (CODE, CODE),
        (f" {CODE.lower()} ", CODE),
        (CODE[:-1], ""),
        (CODE[:-1] + ("A" if CODE[-1] != "A" else "B"), ""),
        ("", ""),
        ("无", ""),
    ],
)
def test_a_well_formed_code_is_kept_and_a_wrong_one_costs_no_row(company, cell, stored):
    outcome = import_rows(company.school, f"会计,乙公司,{cell},苏州,5-8千,{DUTIES}")
    assert (outcome.stored, Company.objects.get(source="import").credit_code) == (1, stored)


def test_companies_of_a_file_are_told_apart_by_code_then_by_name(company):
    other = credit_code(778)
    outcome = import_rows(
        company.school,
        f"会计,甲公司,{CODE},苏州,5-8千,{DUTIES}",
        f"出纳,甲公司（苏州）,{CODE},苏州,5-8千,{DUTIES}",
        f"文员,甲公司,,苏州,5-8千,{DUTIES}",
        f"司机,甲公司,{other},苏州,5-8千,{DUTIES}",
        f"保安,乙公司,,苏州,5-8千,{DUTIES}",
        f"保洁,乙公司,,苏州,5-8千,{DUTIES}",
    )
    assert (outcome.stored, outcome.companies) == (6, 3)
    rows = Company.objects.filter(source="import").order_by("pk").values_list("name", "credit_code")
    assert list(rows) == [("甲公司", CODE), ("甲公司", other), ("乙公司", "")]
    found = dict(Position.objects.values_list("title", "company__credit_code"))
    assert (found["会计"], found["出纳"], found["司机"], found["保洁"]) == (CODE, CODE, other, "")


def test_a_later_file_goes_to_the_company_that_registered_itself(company):
    imported(company, verified=True)
    import_rows(company.school, f"会计,{company.name},,苏州,5-8千,{DUTIES}")
    assert Position.objects.get().company_id == company.pk


def test_a_later_file_goes_by_code_whatever_the_name(company):
    import_rows(company.school, f"会计,改过的名字,{company.credit_code},苏州,5-8千,{DUTIES}")
    assert Position.objects.get().company_id == company.pk
    assert not Company.objects.filter(source="import").exists()


def test_somebody_who_only_typed_the_name_gets_nothing_of_a_verified_import(company, clerk):
    """A company that registered under the name but was never vetted: what staff answer for stays where it is."""
    source = imported(company, name="大公司", verified=True)
    CompanyFactory(name="大公司", school=company.school, submitted=True)
    outcome = import_rows(company.school, f"会计,大公司,,苏州,5-8千,{DUTIES}", verified_by=clerk)
    assert (Position.objects.get().company_id, outcome.published) == (source.pk, 1)


def test_the_vetting_that_ends_this_second_ends_the_claim(owner, company, coded):
    clock.advance(timedelta(days=183))
    with refused(Conflict, "company_not_verified", Position):
        claim_positions(actor=owner, source_id=coded.pk)
