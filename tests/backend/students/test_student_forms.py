"""Every field of the students' forms at its bounds, and the sentences in both languages."""

import re
from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils import translation

from backend.companies.models import Company
from backend.schools.models import Department, Major, School
from backend.students.interfaces.forms import (
    ClaimForm,
    ExperienceForm,
    FindForm,
    GrantForm,
    ProfileForm,
    RefusalForm,
    RegisterForm,
    ResubmitForm,
    ResumeForm,
    RosterForm,
    VisibilityForm,
)
from backend.students.interfaces.serializers import (
    GrantInput,
    RegisterInput,
    StudentProfileInput,
    VisibilityInput,
)
from backend.students.models import Resume
from tests.factories.accounts import UserFactory
from tests.factories.students import ResumeFactory

pytestmark = pytest.mark.django_db
EXPERIENCE = {"title": "测试员", "organisation": "示例公司", "started_on": "2025-03-01"}


def wrong(form) -> list[str]:
    return sorted(form.errors)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, []),
        ({"skills": "技" * 2000}, []),
        ({"skills": "技" * 2001}, ["skills"]),
        ({"certificates": "a、b，c"}, []),
        ({"about": "字" * 2000}, []),
        ({"about": "字" * 2001}, ["about"]),
        ({"wanted_occupations": "计算机软件工程技术人员"}, []),
        ({"wanted_occupations": "不存在"}, ["wanted_occupations"]),
        ({"wanted_cities": "苏州、上海"}, []),
        ({"wanted_cities": "亚特兰蒂斯"}, ["wanted_cities"]),
        ({"wanted_kinds": ["full_time", "internship", "order_class"]}, []),
        ({"wanted_kinds": ["holiday"]}, ["wanted_kinds"]),
        ({"salary_floor": "0"}, []),
        ({"salary_floor": "1000000"}, []),
        ({"salary_floor": "-1"}, ["salary_floor"]),
        ({"salary_floor": "1000001"}, ["salary_floor"]),
        ({"salary_floor": "viel"}, ["salary_floor"]),
        ({"salary_hope": "1000000"}, []),
        ({"salary_hope": "1000001"}, ["salary_hope"]),
        ({"based_in": "310000"}, []),
        ({"based_in": "420111"}, ["based_in"]),
        ({"available_from": "2026-07-01"}, []),
        ({"available_from": "2026-13-01"}, ["available_from"]),
        ({"available_from": "morgen"}, ["available_from"]),
        ({"phone": "1" * 30}, []),
        ({"phone": "1" * 31}, ["phone"]),
        ({"email": "a@example.org"}, []),
        ({"email": "nobody"}, ["email"]),
        ({"version": "x"}, ["version"]),
        ({"about": "nul\x00byte"}, ["about"]),
    ],
)
def test_the_profile(changed, fields):
    assert wrong(ProfileForm({"skills": "Java", **changed})) == fields


def test_every_district_of_the_campus_can_be_started_from_and_what_was_chosen_before():
    chosen = ProfileForm(initial={"based_in": "320505"}, campus="420100")["based_in"]
    options = [code for code, _label in chosen.field.choices]
    assert options[:2] == ["", "320505"]
    assert {"420111", "420115", "110000", "320500"} < set(options)
    assert wrong(ProfileForm({"based_in": "420111"}, campus="420100")) == []


def test_each_skill_of_the_line_has_its_level_and_what_was_stated_stays_chosen():
    sent = QueryDict(
        "skills=Java,C%2B%2B，Java&skill_levels=3+Java&skill_levels=2+C%2B%2B&skill_levels=9+SQL"
    )
    form = ProfileForm(sent)
    assert form.is_valid()
    assert form.cleaned_data["skill_levels"] == {"Java": 3, "C++": 2}
    page = str(form["skill_levels"])
    assert re.findall(r'<option value="([^"]*)" selected>', page) == ["3 Java", "2 C++"]
    # A skill nobody rated is one that is known.
    unrated = str(ProfileForm(initial={"skills": ["<b>"], "skill_levels": {}})["skill_levels"])
    assert re.findall(r'<option value="([^"]*)" selected>', unrated) == ["1 &lt;b&gt;"]


@pytest.mark.parametrize(
    ("query", "rows"), [("", 0), ("skills=a、b", 2), (f"skills={'、'.join(map(str, range(40)))}", 30)]
)
def test_rows_follow_the_line_for_whoever_is_signed_in(client, query, rows):
    client.force_login(UserFactory())
    answer = client.get(f"/skills/levels/?{query}&skill_levels=2+b").content.decode()
    assert answer.count("<select") == rows
    assert ('<option value="2 b" selected>' in answer) is ("b" in query)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, []),
        ({"title": ""}, ["title"]),
        ({"title": "职" * 80}, []),
        ({"title": "职" * 81}, ["title"]),
        ({"organisation": ""}, ["organisation"]),
        ({"organisation": "司" * 120}, []),
        ({"organisation": "司" * 121}, ["organisation"]),
        ({"started_on": ""}, ["started_on"]),
        ({"started_on": "2025-02-30"}, ["started_on"]),
        ({"occupation_id": "4-04-05-02"}, []),
        ({"occupation_id": "4-04"}, ["occupation_id"]),
        ({"ended_on": ""}, []),
        ({"ended_on": "2025-08-31"}, []),
        ({"ended_on": "x"}, ["ended_on"]),
        ({"description": "字" * 1500}, []),
        ({"description": "字" * 1501}, ["description"]),
    ],
)
def test_a_period_of_work(changed, fields):
    assert wrong(ExperienceForm(EXPERIENCE | changed)) == fields


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, []),
        ({"school": ""}, ["school"]),
        ({"school": "0"}, ["school"]),
        ({"school": "x"}, ["school"]),
        ({"number": ""}, ["number"]),
        ({"number": "1" * 30}, []),
        ({"number": "1" * 31}, ["number"]),
        ({"name": ""}, ["name"]),
        ({"name": "名" * 60}, []),
        ({"name": "名" * 61}, ["name"]),
    ],
)
def test_a_claim(world, changed, fields):
    data = {"school": world.school.pk, "number": "1", "name": "王"} | changed
    assert wrong(ClaimForm(data, schools=School.objects.all())) == fields


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, []),
        ({"major": ""}, ["major"]),
        ({"education": "any"}, ["education"]),
        ({"education": "doctor"}, []),
        ({"education": ""}, ["education"]),
        ({"graduation_year": "2000"}, []),
        ({"graduation_year": "2100"}, []),
        ({"graduation_year": "1999"}, ["graduation_year"]),
        ({"graduation_year": "2101"}, ["graduation_year"]),
        ({"number": "1" * 31}, ["number"]),
        ({"name": ""}, ["name"]),
    ],
)
def test_a_registration(world, changed, fields):
    data = {
        "major": world.student.major_id,
        "number": "1",
        "name": "王",
        "education": "associate",
        "graduation_year": "2026",
    } | changed
    form = RegisterForm(data, majors=Major.objects.select_related("school"))
    assert wrong(form) == fields
    assert form.fields["major"].label_from_instance(world.student.major) == f"{world.school.name} · 软件技术"


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, []),
        ({"company": ""}, ["company"]),
        ({"fields_open": []}, ["fields_open"]),
        ({"fields_open": ["salary_floor"]}, ["fields_open"]),
        ({"fields_open": ["name", "email", "phone", "resume"]}, []),
        ({"purpose": "advertising"}, ["purpose"]),
        ({"purpose": ""}, ["purpose"]),
        ({"until": ""}, ["until"]),
        ({"until": "2026-02-30"}, ["until"]),
        ({"resume": "999999"}, ["resume"]),
    ],
)
def test_a_consent(world, changed, fields):
    data = {
        "company": world.company.pk,
        "fields_open": ["name"],
        "purpose": "contact",
        "until": "2026-03-31",
    } | changed
    form = GrantForm(data, companies=Company.objects.all(), resumes=Resume.objects.none())
    assert wrong(form) == fields


def test_a_consent_holds_to_the_end_of_the_chosen_day_in_china(world):
    ResumeFactory(student=world.student)
    data = {"company": world.company.pk, "fields_open": ["name"], "purpose": "contact", "until": "2026-03-31"}
    form = GrantForm(data, companies=Company.objects.all(), resumes=Resume.objects.all())
    assert form.is_valid()
    assert form.until_moment == datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)


def test_a_consent_is_offered_for_ninety_days(world, frozen_now):
    form = GrantForm(companies=Company.objects.all(), resumes=Resume.objects.none())
    assert form.initial == {"until": date(2026, 5, 31), "purpose": "contact"}


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"visibility": "hidden"}, []),
        ({"visibility": "anonymous", "seeking": "on"}, []),
        ({"visibility": "fairs", "personalised": "on"}, []),
        ({"visibility": "visible"}, []),
        ({"visibility": "naked"}, ["visibility"]),
        ({"seeking": "on"}, ["visibility"]),
    ],
)
def test_visibility(data, fields):
    assert wrong(VisibilityForm(data)) == fields
    given = VisibilityInput(data={"personalised": False, "seeking": False} | data)
    given.is_valid()
    assert sorted(given.errors) == fields


@pytest.mark.parametrize(
    ("reason", "valid"), [("x", True), ("字" * 500, True), ("字" * 501, False), ("", False), ("  ", False)]
)
def test_a_refusal_needs_its_reason(reason, valid):
    assert RefusalForm({"reason": reason}).is_valid() is valid


@pytest.mark.parametrize(
    ("number", "name", "fields"),
    [
        ("1", "王", []),
        ("", "王", ["number"]),
        ("1" * 31, "王", ["number"]),
        ("1", "", ["name"]),
        ("1", "名" * 61, ["name"]),
        ("", "", ["name", "number"]),
    ],
)
def test_asking_again(number, name, fields):
    assert wrong(ResubmitForm({"number": number, "name": name})) == fields


def test_files_are_needed():
    empty = {"file": SimpleUploadedFile("a.pdf", b"")}
    full = {"file": SimpleUploadedFile("a.pdf", b"x")}
    assert wrong(ResumeForm({"title": "x"}, {})) == ["file"]
    assert wrong(ResumeForm({"title": "x"}, empty)) == ["file"]
    assert wrong(ResumeForm({"title": ""}, full)) == ["title"]
    assert wrong(ResumeForm({"title": "题" * 81}, full)) == ["title"]
    assert wrong(ResumeForm({"title": "题" * 80}, full)) == []
    assert wrong(RosterForm({}, {})) == ["file"]
    assert wrong(RosterForm({}, full)) == []


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, []),
        ({"text": "王" * 60}, []),
        ({"text": "王" * 61}, ["text"]),
        ({"status": "confirmed"}, []),
        ({"status": "nonsense"}, ["status"]),
        ({"department": "x"}, ["department"]),
        ({"major": "0"}, ["major"]),
        ({"year": "2026"}, []),
        ({"year": "26"}, ["year"]),
    ],
)
def test_finding(world, changed, fields):
    form = FindForm(changed, departments=Department.objects.all(), majors=Major.objects.all())
    assert wrong(form) == fields


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "This field is required."), ("zh-hans", "该字段是必填项。")]
)
def test_sentences_are_in_the_readers_language(language, sentence):
    with translation.override(language):
        assert ExperienceForm({}).errors == {
            name: [sentence] for name in ("title", "organisation", "started_on")
        }


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, []),
        ({"skills": ["技" * 40] * 30}, []),
        ({"skills": ["技" * 41]}, ["skills"]),
        ({"skills": ["x"] * 31}, ["skills"]),
        ({"skills": "Java"}, ["skills"]),
        ({"certificates": [""]}, ["certificates"]),
        ({"wanted_kinds": ["holiday"]}, ["wanted_kinds"]),
        ({"wanted_kinds": ["full_time"] * 4}, ["wanted_kinds"]),
        ({"wanted_cities": ["3205000"]}, ["wanted_cities"]),
        ({"salary_floor": -1}, ["salary_floor"]),
        ({"salary_floor": 1_000_001}, ["salary_floor"]),
        ({"salary_floor": None}, []),
        ({"salary_hope": 1_000_001}, ["salary_hope"]),
        ({"based_in": "4201110"}, ["based_in"]),
        ({"skill_levels": {"Java": 3}}, []),
        ({"skill_levels": {"Java": 0}}, ["skill_levels"]),
        ({"skill_levels": {"Java": 4}}, ["skill_levels"]),
        ({"skill_levels": ["Java"]}, ["skill_levels"]),
        ({"available_from": "soon"}, ["available_from"]),
        ({"phone": "1" * 31}, ["phone"]),
        ({"email": "nobody"}, ["email"]),
        ({"version": 0}, ["version"]),
        ({"version": 2**31}, ["version"]),
        ({"about": "字" * 2001}, ["about"]),
    ],
)
def test_the_profile_as_json(changed, fields):
    given = StudentProfileInput(data=changed)
    given.is_valid()
    assert sorted(given.errors) == fields


@pytest.mark.parametrize(
    ("kind", "changed", "fields"),
    [
        (GrantInput, {}, []),
        (GrantInput, {"company_id": 0}, ["company_id"]),
        (GrantInput, {"company_id": 2**31}, ["company_id"]),
        (GrantInput, {"fields_open": ["salary_floor"]}, ["fields_open"]),
        (GrantInput, {"fields_open": ["name"] * 5}, ["fields_open"]),
        (GrantInput, {"purpose": "x" * 61}, ["purpose"]),
        (GrantInput, {"until": "soon"}, ["until"]),
        (RegisterInput, {"education": "any"}, ["education"]),
        (RegisterInput, {"graduation_year": 1999}, ["graduation_year"]),
        (RegisterInput, {"number": "1" * 31}, ["number"]),
    ],
)
def test_consents_and_registrations_as_json(kind, changed, fields):
    right = {
        GrantInput: {
            "company_id": 1,
            "fields_open": ["name"],
            "purpose": "contact",
            "until": "2026-03-31T00:00Z",
        },
        RegisterInput: {
            "school_id": 1,
            "major_id": 1,
            "number": "1",
            "name": "王",
            "education": "bachelor",
            "graduation_year": 2026,
        },
    }
    given = kind(data=right[kind] | changed)
    given.is_valid()
    assert sorted(given.errors) == fields
