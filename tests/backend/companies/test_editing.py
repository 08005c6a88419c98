"""Entries of a company at their bounds, who may change them, and what each change sets off."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import translation

from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.audit.models import AuditEntry
from backend.audit.queries import history_of
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.common.models import OutboxEntry
from backend.companies import domain, evidence
from backend.companies.interfaces.forms import (
    CompanyForm,
    DecisionForm,
    DivisionForm,
    EvidenceForm,
    RegistrationForm,
)
from backend.companies.interfaces.labels import TONES, VERBS, history_events, tone_of
from backend.companies.models import Company, CompanyDivision, VettingDecision, VettingEvidence
from backend.notifications.models import Notification
from tests.backend.refusals import contents, last_trail, refused
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.applications import recruiter_actor, staff_actor, student_actor
from tests.factories.companies import CompanyFactory, RecruiterFactory, credit_code
from tests.factories.schools import SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
ROWS = (Company, CompanyDivision, VettingEvidence, VettingDecision, Membership)
ENTRIES = {
    "name": "星河精密有限公司",
    "credit_code": credit_code(4711),
    "industry": "制造业",
    "size": "100-499",
    "city_code": "310000",
}


def owner_of(company: Company) -> Actor:
    return recruiter_actor(company, is_owner=True, user_id=UserFactory().pk)


def register(**changed) -> Company:
    return domain.register_company(
        actor=Actor(user_id=UserFactory().pk), school_id=SchoolFactory().pk, values=ENTRIES | changed
    )


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("name", "企" * 120, "企" * 120),
        ("name", "  星河  ", "星河"),
        ("name", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("credit_code", credit_code(7).lower(), credit_code(7)),
        ("credit_code", f" {credit_code(8)} ", credit_code(8)),
        ("industry", "业" * 60, "业" * 60),
        ("size", "1-19", "1-19"),
        ("size", "1000+", "1000+"),
        ("city_code", "320500", "320500"),
        ("address", "路" * 200, "路" * 200),
        ("website", "https://example.org/招聘", "https://example.org/招聘"),
        ("website", "http://example.org", "http://example.org"),
        ("website", "", ""),
        ("website", None, ""),
        ("about", "字" * 3000, "字" * 3000),
        ("contact_name", "名" * 60, "名" * 60),
        ("contact_phone", " 021-00000000转123456 ", "021-00000000转123456"),
        ("contact_phone", "+86 139 - 0000 - 1111", "+86 139 - 0000 - 1111"),
        ("contact_phone", "", ""),
    ],
)
def test_an_entry_is_kept_as(field, given, kept):
    company = register(**{field: given})
    company.refresh_from_db()
    assert getattr(company, field) == kept
    assert last_trail() == ("company.registered", "", "draft", "companies.company", company.pk)


NO_TELEPHONE = (
    "This is no telephone number: write the 11 digits of a mobile, a landline with its area code, "
    "or + and the code of the country."
)
WRONG = [
    ("name", "企" * 121, "At most 120 characters."),
    ("name", "   ", "This entry is needed."),
    ("credit_code", "", "The code has 18 characters, this one has 0."),
    ("industry", "", "This entry is needed."),
    ("industry", "业" * 61, "At most 60 characters."),
    ("size", "", "Choose a size from the list."),
    ("size", "100", "Choose a size from the list."),
    ("city_code", "", "Choose a city from the list."),
    ("city_code", "31000", "Choose a city from the list."),
    ("city_code", "31000a", "Choose a city from the list."),
    ("address", "路" * 201, "At most 200 characters."),
    ("website", "example.org", "A web address begins with https:// or http://."),
    ("website", "ftp://example.org", "A web address begins with https:// or http://."),
    ("website", "javascript:alert(1)", "A web address begins with https:// or http://."),
    ("website", "https://" + "x" * 200, "At most 200 characters."),
    ("about", "字" * 3001, "At most 3000 characters."),
    ("contact_name", "名" * 61, "At most 60 characters."),
    ("contact_phone", "1" * 31, "At most 30 characters."),
    ("contact_phone", "1", NO_TELEPHONE),
    ("contact_phone", "王敏", NO_TELEPHONE),
]


@pytest.mark.parametrize(("field", "value", "sentence"), WRONG)
def test_a_wrong_entry_is_named_when_registering_and_when_changing(field, value, sentence):
    school, user = SchoolFactory(), UserFactory()
    company = CompanyFactory(verified=True)
    owner = owner_of(company)
    with translation.override("en"):
        with refused(Invalid, "invalid", *ROWS, fields=[field]) as first:
            domain.register_company(
                actor=Actor(user_id=user.pk), school_id=school.pk, values=ENTRIES | {field: value}
            )
        with refused(Invalid, "invalid", *ROWS, fields=[field]):
            domain.update_company(actor=owner, company_id=company.pk, values={field: value})
        assert [str(text) for text in first.value.fields[field]] == [sentence]


@pytest.mark.parametrize("field", sorted({field for field, _value, _text in WRONG}))
def test_each_sentence_is_there_in_chinese(field):
    value = next(value for name, value, _text in WRONG if name == field)
    user, school = UserFactory(), SchoolFactory()
    with translation.override("zh-hans"), refused(Invalid, "invalid", *ROWS) as caught:
        domain.register_company(
            actor=Actor(user_id=user.pk), school_id=school.pk, values=ENTRIES | {field: value}
        )
    with translation.override("zh-hans"):
        assert not any(str(text).isascii() for text in caught.value.fields[field])


def test_every_wrong_entry_is_named_at_once():
    user, school = UserFactory(), SchoolFactory()
    with refused(Invalid, "invalid", *ROWS, fields=["name", "credit_code", "industry", "size", "city_code"]):
        domain.register_company(actor=Actor(user_id=user.pk), school_id=school.pk, values={})


def outsiders(company: Company) -> dict[str, tuple[Actor, type[Exception], str]]:
    """Who may not write, and how each is answered."""
    return {
        "anonymous": (ANONYMOUS, NotFound, "not_found"),
        "member": (recruiter_actor(company), NotAllowed, "owners_only"),
        "staff": (staff_actor(company.school), NotAllowed, "owners_only"),
        "operator": (Actor(role=Role.OPERATOR), NotAllowed, "owners_only"),
        "student": (student_actor(StudentFactory(school=company.school)), NotFound, "not_found"),
        "other owner": (recruiter_actor(CompanyFactory(), is_owner=True), NotFound, "not_found"),
        "far staff": (staff_actor(SchoolFactory()), NotFound, "not_found"),
    }


@pytest.mark.parametrize(
    "who", ["anonymous", "member", "staff", "operator", "student", "other owner", "far staff"]
)
def test_nobody_but_owners_writes_anything(who):
    company = CompanyFactory()
    division = CompanyDivision.objects.create(company=company, name="一部")
    actor, family, code = outsiders(company)[who]
    licence = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
    for write in (
        lambda: domain.update_company(actor=actor, company_id=company.pk, values={"about": "x"}),
        lambda: domain.upload_evidence(actor=actor, company_id=company.pk, file=licence),
        lambda: domain.submit_company(actor=actor, company_id=company.pk),
        lambda: domain.add_division(actor=actor, company_id=company.pk, name="二部"),
        lambda: domain.remove_division(actor=actor, company_id=company.pk, division_id=division.pk),
    ):
        with refused(family, code, *ROWS):
            write()


@pytest.mark.parametrize("status", ["draft", "submitted", "rejected", "suspended"])
@pytest.mark.parametrize(
    "change", [{"name": "新名有限公司"}, {"credit_code": credit_code(999_099)}, {"about": "新"}]
)
def test_a_change_moves_only_verified_companies(status, change):
    company = CompanyFactory(**({} if status == "draft" else {status: True}))
    changed = domain.update_company(actor=owner_of(company), company_id=company.pk, values=change)
    company.refresh_from_db()
    assert (company.status, company.version, changed.pk) == (status, 2, company.pk)
    assert last_trail()[0] == "company.updated"
    assert list(Notification.objects.values_list("kind", flat=True)) == []


def test_a_change_names_its_fields_in_the_trail_but_not_their_values():
    company = CompanyFactory()
    domain.update_company(
        actor=owner_of(company), company_id=company.pk, values={"contact_phone": "13900001111", "about": "新"}
    )
    assert AuditEntry.objects.get().data == {"fields": ["about", "contact_phone"]}


def test_unknown_entries_are_left_out():
    company = CompanyFactory()
    before = contents(Company)
    domain.update_company(
        actor=owner_of(company),
        company_id=company.pk,
        values={"status": "verified", "school_id": 1, "version": 9},
    )
    assert contents(Company) == before


def test_a_code_of_a_neighbour_cannot_be_taken():
    company = CompanyFactory()
    neighbour = CompanyFactory(school=company.school)
    owner = owner_of(company)
    with refused(Invalid, "company_known", *ROWS, fields=["credit_code"]):
        domain.update_company(
            actor=owner, company_id=company.pk, values={"credit_code": neighbour.credit_code}
        )


@pytest.mark.parametrize(
    "row",
    [
        lambda: CompanyFactory(status="unknown"),
        lambda: CompanyFactory(status="verified", vetted_until=None),
        lambda: CompanyFactory(school=(first := CompanyFactory()).school, credit_code=first.credit_code),
        lambda: CompanyDivision.objects.bulk_create(
            [CompanyDivision(company=CompanyFactory(), name="一")] * 2
        ),
    ],
    ids=["unknown status", "verified without an end", "code twice", "division twice"],
)
def test_the_database_refuses(row):
    with pytest.raises((IntegrityError, ValueError)), transaction.atomic():
        row()


def test_imported_companies_may_lack_a_code_together():
    school = SchoolFactory()
    CompanyFactory.create_batch(2, school=school, credit_code="")
    assert Company.objects.filter(school=school, credit_code="").count() == 2


@pytest.mark.parametrize(
    ("head", "content_type", "ending"),
    [
        (b"%PDF-", "application/pdf", ".pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
        (b"\xff\xd8\xff\xdb", "image/jpeg", ".jpg"),
    ],
)
def test_a_licence_is_what_its_first_bytes_say(head, content_type, ending):
    found, name = evidence.checked(SimpleUploadedFile("../../etc/passwd", head + b"rest"))
    assert (found, name.endswith(ending), len(name)) == (content_type, True, 32 + len(ending))
    assert "/" not in name


@pytest.mark.parametrize(
    "content",
    [
        b" %PDF-1.7",
        b"\x89PNG",
        b"\xff\xd8",
        b"GIF89a",
        b"<svg onload=alert(1)>",
        b"PK\x03\x04",
        b"MZ",
        b"\x00" * 20,
    ],
)
def test_other_content_is_no_licence(content):
    assert evidence.content_type_of(content) is None
    with pytest.raises(Invalid) as caught:
        evidence.checked(SimpleUploadedFile("licence.pdf", content))
    assert list(caught.value.fields) == ["file"]


@pytest.mark.parametrize(("size", "fits"), [(5, True), (99, True), (100, True), (101, False), (0, False)])
def test_the_size_of_a_licence(settings, size, fits):
    settings.UPLOAD_MAX_BYTES = 100
    file = SimpleUploadedFile("a.pdf", (b"%PDF-" + b"x" * 200)[:size])
    if fits:
        assert evidence.checked(file)[0] == "application/pdf"
        return
    with pytest.raises(Invalid):
        evidence.checked(file)


def test_two_licences_of_one_name_are_two_files():
    company = CompanyFactory()
    owner = owner_of(company)
    for content in (b"%PDF-1", b"%PDF-2"):
        domain.upload_evidence(
            actor=owner, company_id=company.pk, file=SimpleUploadedFile("执照.pdf", content)
        )
    rows = list(VettingEvidence.objects.order_by("pk"))
    assert [row.original_name for row in rows] == ["执照.pdf", "执照.pdf"]
    assert rows[0].file.name != rows[1].file.name
    contents_read = []
    for row in rows:
        with row.file.open() as stored:
            contents_read.append(stored.read())
    assert contents_read == [b"%PDF-1", b"%PDF-2"]


@pytest.mark.parametrize(
    ("days", "told"),
    [(31, []), (30, ["30"]), (29, ["30"]), (8, ["30"]), (7, ["7"]), (1, ["7"]), (0, [])],
)
def test_notice_before_the_end_at_each_distance(days, told):
    owner = RecruiterFactory(owner=True, company__verified=True)
    Company.objects.update(vetted_until=clock.now() + timedelta(days=days))
    for _ in range(2):
        domain.announce_expiring()
    keys = Notification.objects.filter(user=owner.user).values_list("dedupe_key", flat=True)
    assert [key.rsplit(":", 1)[1] for key in keys] == told


@pytest.mark.parametrize("trait", ["submitted", "rejected", "suspended"])
def test_only_verified_companies_expire(trait):
    CompanyFactory(**{trait: True})
    before = contents(*ROWS)
    assert (domain.expire_vettings(), domain.announce_expiring()) == (0, 0)
    assert contents(*ROWS) == before


def test_several_expire_in_one_round_each_with_its_trace():
    companies = CompanyFactory.create_batch(3, expired=True)
    CompanyFactory(verified=True)
    assert domain.expire_vettings() == 3
    assert set(Company.objects.filter(status="submitted")) == set(companies)
    assert OutboxEntry.objects.filter(topic=domain.REACHABILITY_TOPIC).count() == 3


def test_the_mail_about_a_decision_is_in_the_readers_language():
    company = CompanyFactory(submitted=True)
    readers = {
        language: RecruiterFactory(company=company, owner=True, user__language=language).user
        for language in ("en", "zh-hans")
    }
    domain.decide_vetting(
        actor=staff_actor(company.school, user_id=MembershipFactory(school=company.school).user_id),
        company_id=company.pk,
        seen=1,
        outcome="rejected",
        reason="执照看不清",
    )
    texts = {}
    for language, user in readers.items():
        with translation.override(language):
            texts[language] = Notification.objects.get(user=user).text
    assert texts == {
        "en": f"{company.name} was sent back: 执照看不清",
        "zh-hans": texts["zh-hans"],
    }
    assert "执照看不清" in texts["zh-hans"]
    assert "sent back" not in texts["zh-hans"]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"name": ""}, ["name"]),
        ({"name": "企" * 121}, ["name"]),
        ({"credit_code": ""}, ["credit_code"]),
        ({"credit_code": "1" * 19}, ["credit_code"]),
        ({"size": "x"}, ["size"]),
        ({"city_code": "999999"}, ["city_code"]),
        ({"city_code": ""}, ["city_code"]),
        ({"website": "example.org"}, []),
        ({"website": "javascript:alert(1)"}, ["website"]),
        ({"website": "not an address"}, ["website"]),
        ({"about": "字" * 3001}, ["about"]),
        ({"contact_phone": "1" * 31}, ["contact_phone"]),
    ],
)
def test_the_form_of_a_company(changed, wrong):
    form = CompanyForm(ENTRIES | changed, instance=Company())
    assert sorted(form.errors) == wrong
    with_school = RegistrationForm(ENTRIES | changed)
    assert sorted(with_school.errors) == sorted([*wrong, "school"])


def test_the_form_writes_nothing_into_its_instance():
    company = CompanyFactory(name="旧名")
    form = CompanyForm(ENTRIES, instance=company)
    assert form.is_valid()
    assert company.name == "旧名"
    assert form.cleaned_data["name"] == ENTRIES["name"]


@pytest.mark.parametrize(
    ("outcomes", "data", "wrong"),
    [
        (("verified", "rejected"), {"outcome": "verified"}, []),
        (("verified", "rejected"), {"outcome": "suspended"}, ["outcome"]),
        (("suspended",), {"outcome": "verified"}, ["outcome"]),
        ((), {"outcome": "verified"}, ["outcome"]),
        (("verified",), {}, ["outcome"]),
        (("verified",), {"outcome": "verified", "reason": "字" * 1000}, []),
        (("verified",), {"outcome": "verified", "reason": "字" * 1001}, ["reason"]),
    ],
)
def test_the_form_of_a_decision(outcomes, data, wrong):
    assert sorted(DecisionForm(data, outcomes=outcomes).errors) == wrong


def test_the_only_possible_decision_is_chosen_already():
    assert DecisionForm(outcomes=("suspended",)).fields["outcome"].initial == "suspended"
    assert DecisionForm(outcomes=("verified", "rejected")).fields["outcome"].initial is None


def test_small_forms():
    assert sorted(DivisionForm({"name": ""}).errors) == ["name"]
    assert sorted(DivisionForm({"name": "部" * 81}).errors) == ["name"]
    assert sorted(EvidenceForm({}, {}).errors) == ["file"]


def test_every_status_has_a_colour_and_every_verb_a_word():
    assert {tone_of(status) for status in TONES} == {"neutral", "info", "success", "warning", "danger"}
    company = CompanyFactory()
    domain.update_company(actor=owner_of(company), company_id=company.pk, values={"about": "新"})
    events = history_events(history_of(company))
    assert [event["title"] for event in events] == [VERBS["company.updated"]]
