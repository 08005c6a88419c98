"""The demo's schools, students, companies and positions: as many as promised, and hanging together."""

from collections import Counter
from datetime import timedelta
from itertools import combinations

import pytest
from django.db.models import Count, Sum

from backend.accounts.models import Membership
from backend.companies.enums import CompanySize, CompanyStatus
from backend.companies.models import Company, VettingDecision
from backend.companies.rules import credit_code_error
from backend.demo.families import FAMILIES
from backend.demo.market import CITY_PAY, OPENINGS
from backend.demo.names import BRANDS, CITIES
from backend.positions import content
from backend.positions.enums import PositionStatus
from backend.positions.linter import blocking, lint, texts_of
from backend.positions.models import Position
from backend.schools.models import Alliance, Department, Major, School, SchoolClass
from backend.schools.queries import city_name, districts_of
from backend.students.enums import PositionKind, StudentStatus, Visibility
from backend.students.models import Experience, Student
from tests.backend.demo.conftest import FAMILY_OF, FAMILY_OF_JOB

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_its_folder")]


def live():
    return Position.objects.filter(status=PositionStatus.PUBLISHED)


# The trades everything is made of


def test_trades_share_no_occupation_and_name_enough_of_everything():
    codes = [code for family in FAMILIES for code, _, _ in family.jobs]
    assert len(codes) == len(set(codes)) == 143
    assert all(len(family.skills) >= 6 and len(family.duties) == 4 and family.majors for family in FAMILIES)


def test_no_two_trades_share_a_major_or_a_key():
    assert len({family.key for family in FAMILIES}) == len(FAMILIES)
    shared = [(a.key, b.key) for a, b in combinations(FAMILIES, 2) if set(a.majors) & set(b.majors)]
    assert shared == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.key)
def test_a_trade_repeats_nothing_and_pays_within_reason(family):
    for names in (family.majors, family.skills, family.certificates, family.duties, family.stems):
        assert len(names) == len(set(names))
    assert 3_500 <= family.pay <= 12_000
    assert all(0.8 <= weight <= 1.5 for _, _, weight in family.jobs)
    assert (
        blocking(
            lint(
                {"title": " ".join(title for _, title, _ in family.jobs), "duties": "\n".join(family.duties)}
            )
        )
        == []
    )


def test_brands_are_not_repeated():
    assert len(BRANDS) == len(set(BRANDS))


# Schools


def test_three_schools_of_one_alliance():
    alliance = Alliance.objects.get()
    assert list(School.objects.values_list("alliance", flat=True)) == [alliance.pk] * 3
    assert len(set(School.objects.values_list("name", flat=True))) == 3


def test_each_school_teaches_two_thirds_of_the_trades_and_each_trade_is_taught():
    taught = {
        school.pk: {FAMILY_OF[name].key for name in school.majors.values_list("name", flat=True)}
        for school in School.objects.all()
    }
    assert all(abs(len(keys) - len(FAMILIES) * 2 / 3) <= 1 for keys in taught.values())
    assert set.union(*taught.values()) == {family.key for family in FAMILIES}
    assert Counter(key for keys in taught.values() for key in keys) == {family.key: 2 for family in FAMILIES}


def test_a_major_lies_in_the_department_of_its_trade_and_leads_to_its_occupations():
    for major in Major.objects.select_related("department"):
        family = FAMILY_OF[major.name]
        assert (major.department.name, major.department.school_id) == (family.department, major.school_id)
        assert major.skills == list(family.skills)
        assert major.occupation_codes == [code for code, _, _ in family.jobs]


def test_every_department_has_majors_and_every_major_two_classes():
    assert not Department.objects.filter(majors__isnull=True).exists()
    assert set(Major.objects.annotate(n=Count("classes")).values_list("n", flat=True)) == {2}
    assert len(set(SchoolClass.objects.values_list("graduation_year", flat=True))) == 1


# Students


def test_students_number_and_spread(demo):
    assert Student.objects.count() == 1934
    per_major = Student.objects.values("major").annotate(n=Count("id")).values_list("n", flat=True)
    assert max(per_major) - min(per_major) <= 1
    assert set(Student.objects.values_list("status", flat=True)) == {StudentStatus.CONFIRMED}
    assert set(Student.objects.values_list("visibility", flat=True)) == set(Visibility.values)
    seeking = Student.objects.filter(seeking=True).count() / 1934
    assert 0.91 < seeking < 0.97


def test_a_student_is_of_the_school_of_the_major_and_in_one_of_its_classes():
    rows = Student.objects.select_related("major", "school_class")
    wrong = [
        row.pk
        for row in rows
        if row.school_id != row.major.school_id
        or row.school_class.major_id != row.major_id
        or row.graduation_year != row.school_class.graduation_year
    ]
    assert wrong == []


def test_students_can_and_want_what_their_trade_is():
    wrong = []
    for row in Student.objects.select_related("major"):
        family = FAMILY_OF[row.major.name]
        fits = (
            set(row.skills) <= set(family.skills)
            and 3 <= len(set(row.skills)) == len(row.skills) <= 6
            and set(row.certificates) <= set(family.certificates)
            and set(row.wanted_occupations) <= {code for code, _, _ in family.jobs}
            and row.wanted_occupations
            and family.pay * 0.74 <= row.salary_floor <= family.pay * 1.06
            and row.salary_floor % 100 == 0
            and row.major.name in row.about
        )
        if not fits:
            wrong.append(row.pk)
    assert wrong == []


def test_everybody_would_work_at_home_and_at_places_that_exist():
    for cities in Student.objects.values_list("wanted_cities", flat=True):
        assert "420100" in cities
        assert all(city_name(code) != code for code in cities)


def test_numbers_and_addresses_are_unique_and_nobody_elses():
    rows = list(Student.objects.values_list("number", "email", "phone"))
    for column in zip(*rows, strict=True):
        assert len(set(column)) == len(column)
    assert all(email.endswith(".invalid") for _, email, _ in rows)
    # No mobile number in China begins with 100.
    assert all(phone.startswith("100") and len(phone) == 11 for _, _, phone in rows)


def test_names_are_two_or_three_characters():
    assert {len(name) for name in Student.objects.values_list("name", flat=True)} == {2, 3}


def test_experience_lies_in_the_past_and_in_the_trade(demo):
    rows = list(Experience.objects.select_related("student__major"))
    assert 0.4 < len(rows) / 1934 < 0.5
    today = demo.now.date()
    for row in rows:
        family = FAMILY_OF[row.student.major.name]
        assert row.started_on < row.ended_on < today
        assert row.title == f"{family.jobs[0][1]}实习生"
        assert row.description in family.duties


def test_each_student_has_an_account_at_the_own_school():
    rows = Membership.objects.filter(role="student").select_related("student", "user")
    assert rows.count() == 1934
    assert [row.pk for row in rows if row.school_id != row.student.school_id] == []
    renamed = [row for row in rows if row.user.email != row.student.email]
    assert [row.user.email for row in renamed] == ["student@demo.fairway.invalid"]


# Companies


def test_companies_in_every_state_of_vetting(demo):
    assert Counter(Company.objects.values_list("status", flat=True)) == {
        CompanyStatus.VERIFIED: 162,
        CompanyStatus.SUBMITTED: 5,
        CompanyStatus.REJECTED: 1,
        CompanyStatus.SUSPENDED: 1,
        CompanyStatus.DRAFT: 1,
    }
    assert len(set(Company.objects.values_list("name", flat=True))) == 170
    waiting = Company.objects.filter(status=CompanyStatus.SUBMITTED).values_list("school__code", flat=True)
    assert sorted(Counter(waiting).values()) == [1, 2, 2]


def test_only_the_verified_are_vetted_for_less_than_half_a_year(demo):
    for row in Company.objects.all():
        decided = list(VettingDecision.objects.filter(company=row).values_list("outcome", "valid_until"))
        if row.status == CompanyStatus.VERIFIED:
            assert timedelta(days=39) < row.vetted_until - demo.now < timedelta(days=181)
            assert decided == [("verified", row.vetted_until)]
        else:
            assert (row.vetted_until, decided) == (None, [])


def test_credit_codes_are_well_formed_and_of_the_companys_city():
    rows = list(Company.objects.values_list("credit_code", "city_code"))
    assert [code for code, _ in rows if credit_code_error(code)] == []
    assert [code for code, city in rows if code[2:8] != city] == []
    assert len({code for code, _ in rows}) == 170


def test_a_company_is_of_a_trade_at_home_and_told_about():
    trades = {family.industry for family in FAMILIES}
    homes = {code: name for code, name, _ in CITIES}
    for row in Company.objects.all():
        assert row.industry in trades
        assert row.name.startswith(homes[row.city_code])
        assert row.address.startswith(f"{homes[row.city_code]}市")
        assert row.name in row.about
        assert row.contact_phone.startswith("101")
        assert row.size in CompanySize.values


def test_companies_come_to_the_three_schools_alike():
    counts = Company.objects.values("school").annotate(n=Count("id")).values_list("n", flat=True)
    assert sorted(counts) == [56, 57, 57]


def test_each_company_has_an_owner_and_a_member():
    rows = Membership.objects.filter(role="recruiter").values_list("company", "is_owner")
    people = Counter(rows)
    assert set(people.values()) == {1}
    assert len(people) == 340


# Positions


def test_openings_and_occupations_are_exactly_as_many_as_promised():
    assert OPENINGS == 5900
    assert live().aggregate(total=Sum("openings"))["total"] == 5900
    assert live().values("occupation").distinct().count() == 143
    assert live().order_by("openings").first().openings >= 1
    assert live().order_by("-openings").first().openings > 20


def test_only_verified_companies_have_positions():
    statuses = Position.objects.values_list("company__status", flat=True).distinct()
    assert list(statuses) == [CompanyStatus.VERIFIED]
    assert live().values("company").distinct().count() == 162


def test_lists_of_every_state_have_something(demo):
    counts = Counter(Position.objects.values_list("status", flat=True))
    others = {status: counts[status] for status in counts if status != PositionStatus.PUBLISHED}
    assert others == {
        PositionStatus.DRAFT: 12,
        PositionStatus.IN_REVIEW: 12,
        PositionStatus.PAUSED: 12,
        PositionStatus.CLOSED: 12,
    }
    assert set(counts) | {PositionStatus.EXPIRED} == set(PositionStatus.values)


def test_what_was_never_public_has_no_day_of_publication():
    hidden = Position.objects.filter(status__in=[PositionStatus.DRAFT, PositionStatus.IN_REVIEW])
    assert set(hidden.values_list("published_at", "expires_at")) == {(None, None)}


def test_open_positions_were_published_and_end_later(demo):
    for row in live():
        assert row.created_at < row.published_at < demo.now < row.expires_at
        assert demo.now.date() < row.deadline <= row.expires_at.date()


def test_a_position_asks_for_what_its_trade_is():
    for row in Position.objects.all():
        family = FAMILY_OF_JOB[row.occupation_id]
        assert len(row.skills) == 3
        assert set(row.skills) <= set(family.skills)
        assert set(row.majors) <= set(family.majors)
        assert all(duty.split(". ", 1)[1].rstrip("。") in family.duties for duty in row.duties.splitlines())
        assert row.skills[0] in row.conditions


def test_titles_say_what_is_an_internship():
    for row in Position.objects.all():
        assert ("实习" in row.title) == (row.kind == PositionKind.INTERNSHIP)


def test_kinds_are_mostly_full_time_and_none_is_missing():
    kinds = Counter(Position.objects.values_list("kind", flat=True))
    assert set(kinds) == set(PositionKind.values)
    assert kinds[PositionKind.FULL_TIME] > 0.65 * sum(kinds.values())


def test_pay_follows_trade_city_and_kind():
    weights = {code: weight for family in FAMILIES for code, _, weight in family.jobs}
    for row in Position.objects.all():
        usual = (
            FAMILY_OF_JOB[row.occupation_id].pay * weights[row.occupation_id] * CITY_PAY.get(row.city_code, 1)
        )
        usual *= 0.6 if row.kind == PositionKind.INTERNSHIP else 1
        assert 0.85 * usual - 100 <= row.salary_min <= 1.1 * usual + 100
        assert 1.1 * row.salary_min < row.salary_max < 1.7 * row.salary_min
        assert row.salary_months in (12, 13, 14)


def test_a_position_lies_in_a_district_of_the_companys_city():
    districts = {code: {district for district, _ in districts_of(code)} for code, _, _ in CITIES}
    for row in Position.objects.select_related("company"):
        assert row.city_code == row.company.city_code
        assert row.district_code in districts[row.city_code]
        assert city_name(row.district_code) in row.place


def test_every_position_satisfies_the_rules_that_a_company_must():
    wrong = {}
    for row in live().select_related("company", "occupation"):
        if problems := content.missing(row):
            wrong[row.pk] = problems
        if found := blocking(lint(texts_of(row))):
            wrong[row.pk] = found
    assert wrong == {}


def test_the_ratio_of_the_whole_demo_is_what_the_readme_of_a_fair_would_say(demo):
    seekers = Student.objects.filter(seeking=True).count()
    assert round(5900 / 1934, 2) == 3.05
    assert 3.1 < 5900 / seekers < 3.4
