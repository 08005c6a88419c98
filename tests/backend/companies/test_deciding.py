"""A decision is about what was looked at: another name, code or licence meanwhile makes it a conflict."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.actor import actor_of
from backend.common import files, outbox
from backend.common.errors import Conflict, DomainError, Invalid, NotFound
from backend.companies import domain
from backend.companies.models import Company, VettingDecision, VettingEvidence
from backend.companies.queries import evidence_visible_to
from backend.companies.rules import can_see_evidence
from tests.backend.refusals import contents, refused
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory, credit_code
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
ROWS = (Company, VettingDecision, VettingEvidence)
PDF = b"%PDF-1.7 licence"


def licence(content: bytes = PDF, name: str = "licence.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def office():
    """A submitted company, its owner, and the member of staff who decides."""
    company = CompanyFactory(submitted=True)
    owner = RecruiterFactory(company=company, owner=True)
    staff = MembershipFactory(school=company.school)
    return company, actor_of(owner.user), actor_of(staff.user)


def decide(office, **changed):
    company, _owner, clerk = office
    values = {"outcome": "verified", "seen": company.version, "reason": "x", **changed}
    return domain.decide_vetting(actor=clerk, company_id=company.pk, **values)


CHANGES = {
    "name": {"name": "星河新材料有限公司"},
    "code": {"credit_code": credit_code(99)},
    "address": {"address": "虹口区一路2号"},
    "contact": {"contact_name": "周宁"},
}


@pytest.mark.parametrize("outcome", ["verified", "rejected"])
@pytest.mark.parametrize("change", [*CHANGES, "licence"])
def test_what_changed_while_staff_read_is_not_what_they_decide(office, change, outcome):
    company, owner, clerk = office
    if change == "licence":
        domain.upload_evidence(actor=owner, company_id=company.pk, file=licence())
    else:
        domain.update_company(actor=owner, company_id=company.pk, values=CHANGES[change])
    with refused(Conflict, "changed_meanwhile", *ROWS):
        decide(office, outcome=outcome)
    company.refresh_from_db()
    decide((company, owner, clerk), outcome=outcome)
    company.refresh_from_db()
    assert company.status == outcome


@pytest.mark.parametrize("seen", [None, 0, 2, 99])
def test_a_decision_names_the_present_version(office, seen):
    family, code = (Invalid, "invalid") if seen is None else (Conflict, "changed_meanwhile")
    with refused(family, code, *ROWS):
        decide(office, seen=seen)


def test_a_second_member_of_staff_with_the_same_page_open_is_told(office):
    decide(office)
    with refused(Conflict, "changed_meanwhile", *ROWS):
        decide(office, outcome="rejected")


def test_entries_that_stay_as_they_were_are_no_change(office):
    company, owner, _clerk = office
    domain.update_company(actor=owner, company_id=company.pk, values={"name": company.name})
    assert decide(office).outcome == "verified"


def test_suspending_does_not_wait_for_the_latest_entries(office):
    company, owner, clerk = office
    decide(office)
    domain.update_company(actor=owner, company_id=company.pk, values=CHANGES["address"])
    domain.suspend_company(actor=clerk, company_id=company.pk, reason="投诉")
    company.refresh_from_db()
    assert company.status == "suspended"


@pytest.mark.parametrize("guard", [True, False])
def test_a_name_changed_between_reading_and_writing_is_not_verified(office, guard, monkeypatch):
    """The owner's change lands after the decision has read the version; without the condition it is verified unseen."""
    company, _owner, _clerk = office
    plain = domain.move

    def change_first(row, to, table, *, seen=None, **also):
        Company.objects.filter(pk=company.pk).update(name="别的有限公司", version=company.version + 1)
        return plain(row, to, table, seen=seen if guard else None, **also)

    monkeypatch.setattr(domain, "move", change_first)
    if guard:
        with refused(Conflict, "conflict", *ROWS):
            decide(office)
    else:
        decide(office)
        assert Company.objects.get().status == "verified"


# The page and JSON carry the version


def browser(user) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user)
    return client


def program(user) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user)
    return client


def test_the_page_sends_the_version_it_showed(office):
    company, owner, _clerk = office
    staff = browser(MembershipFactory(school=company.school).user)
    address = f"/staff/companies/{company.pk}/"
    assert '<input type="hidden" name="version" value="1"' in staff.get(address).content.decode()
    domain.update_company(actor=owner, company_id=company.pk, values=CHANGES["name"])
    before = contents(*ROWS)
    answer = staff.post(address, {"outcome": "verified", "version": "1"})
    assert answer.status_code == 409
    assert "changed its entries or licence while you were deciding" in answer.content.decode()
    assert contents(*ROWS) == before
    assert staff.post(address, {"outcome": "verified", "version": "2"})["Location"] == "/staff/companies/"


def test_a_refused_form_keeps_the_version_it_came_with(office):
    company, owner, _clerk = office
    staff = browser(MembershipFactory(school=company.school).user)
    domain.update_company(actor=owner, company_id=company.pk, values=CHANGES["name"])
    answer = staff.post(f"/staff/companies/{company.pk}/", {"outcome": "rejected", "version": "2"})
    assert (answer.status_code, 'name="version" value="2"' in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("version", [None, "", "x", 0, -1])
def test_json_wants_the_version(office, version):
    company = office[0]
    client = program(MembershipFactory(school=company.school).user)
    before = contents(*ROWS)
    answer = client.post(
        f"/api/v1/companies/{company.pk}/decisions/",
        {"outcome": "verified", "version": version},
        format="json",
    )
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["version"])
    assert contents(*ROWS) == before


def test_json_reads_the_version_and_decides_on_it(office):
    company, owner, _clerk = office
    client = program(MembershipFactory(school=company.school).user)
    read = client.get(f"/api/v1/companies/{company.pk}/").json()["version"]
    domain.update_company(actor=owner, company_id=company.pk, values=CHANGES["code"])
    send = {"outcome": "verified", "version": read}
    answer = client.post(f"/api/v1/companies/{company.pk}/decisions/", send, format="json")
    assert (answer.status_code, answer.json()["error"]) == (409, "changed_meanwhile")
    send["version"] = client.get(f"/api/v1/companies/{company.pk}/").json()["version"]
    assert client.post(f"/api/v1/companies/{company.pk}/decisions/", send, format="json").status_code == 201


# Licences: how many, and over JSON


def fill(company: Company, owner) -> None:
    for number in range(domain.MOST_LICENCES):
        domain.upload_evidence(actor=owner, company_id=company.pk, file=licence(name=f"{number}.pdf"))


def test_ten_documents_wait_for_a_decision_at_most(office):
    company, owner, _clerk = office
    fill(company, owner)
    with refused(Invalid, "too_many_licences", *ROWS, fields=["file"]):
        domain.upload_evidence(actor=owner, company_id=company.pk, file=licence())


def test_after_a_decision_the_oldest_makes_way(office):
    company, owner, clerk = office
    fill(company, owner)
    oldest = company.evidence.earliest("pk")
    company.refresh_from_db()
    decide((company, owner, clerk), outcome="rejected")
    domain.upload_evidence(actor=owner, company_id=company.pk, file=licence(name="new.pdf"))
    outbox.run_once([files.TOPIC])
    names = list(company.evidence.order_by("pk").values_list("original_name", flat=True))
    assert names == [f"{number}.pdf" for number in range(1, 10)] + ["new.pdf"]
    assert not oldest.file.storage.exists(oldest.file.name)
    with company.evidence.latest("pk").file.open() as kept:
        assert kept.read() == PDF


def test_other_companies_documents_do_not_count(office):
    fill(office[0], office[1])
    other = RecruiterFactory(owner=True)
    domain.upload_evidence(actor=actor_of(other.user), company_id=other.company_id, file=licence())
    assert other.company.evidence.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_once_do_not_pass_the_limit_together(office):
    company, owner, _clerk = office
    fill(company, owner)
    company.evidence.latest("pk").delete()
    gate, answers = threading.Barrier(3), []

    def upload() -> None:
        gate.wait()
        try:
            domain.upload_evidence(actor=owner, company_id=company.pk, file=licence())
            answers.append("stored")
        except DomainError as error:
            answers.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=upload) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["stored", "too_many_licences", "too_many_licences"]
    assert company.evidence.count() == domain.MOST_LICENCES


READERS = {
    "nobody": 401,
    "newcomer": 403,
    "student": 403,
    "dean": 404,
    "allied staff": 404,
    "strange recruiter": 404,
    "colleague": 200,
    "staff": 200,
    "operator": 200,
}


def reader(who: str, company: Company):
    """A user who is this to the company; None for nobody."""
    school = company.school
    makers = {
        "nobody": lambda: None,
        "newcomer": UserFactory,
        "student": lambda: MembershipFactory(of_student=True, student__school=school).user,
        "dean": lambda: MembershipFactory(school=school, department=DepartmentFactory(school=school)).user,
        "allied staff": lambda: MembershipFactory(school=ally_of(school)).user,
        "strange recruiter": lambda: (
            RecruiterFactory(company=CompanyFactory(school=school, verified=True)).user
        ),
        "colleague": lambda: RecruiterFactory(company=company).user,
        "staff": lambda: MembershipFactory(school=school).user,
        "operator": lambda: MembershipFactory(operator=True).user,
    }
    return makers[who]()


def ally_of(school):
    """Another school of the same alliance."""
    alliance, ally = AllianceFactory(), SchoolFactory()
    type(ally).objects.filter(pk__in=[ally.pk, school.pk]).update(alliance=alliance)
    return ally


@pytest.mark.parametrize("who", READERS)
def test_documents_are_for_those_who_decide_and_the_companys_own(office, who):
    company, owner, _clerk = office
    row = domain.upload_evidence(actor=owner, company_id=company.pk, file=licence(name="执照.pdf"))
    user = reader(who, company)
    client = APIClient()
    if user is not None:
        client.force_login(user)
    for address in (f"/api/v1/evidence/{row.pk}/", f"/api/v1/evidence/{row.pk}/file/"):
        answer = client.get(address)
        assert answer.status_code == READERS[who], address
        b"".join(answer)
    listed = client.get("/api/v1/evidence/")
    ids = [one["id"] for one in listed.json().get("results", [])]
    assert ids == ([row.pk] if READERS[who] == 200 else [])
    if user is not None:
        actor = actor_of(user)
        assert list(evidence_visible_to(actor)) == ([row] if can_see_evidence(actor, company) else [])


def test_the_file_comes_as_an_attachment_under_its_name(office):
    company, owner, _clerk = office
    row = domain.upload_evidence(actor=owner, company_id=company.pk, file=licence(name="a.pdf"))
    answer = program(reader("staff", company)).get(f"/api/v1/evidence/{row.pk}/file/")
    assert b"".join(answer.streaming_content) == PDF
    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "application/pdf",
        'attachment; filename="a.pdf"',
    )


def test_uploading_over_json(office):
    company, owner, _clerk = office
    client = program(UserFactory._meta.model.objects.get(pk=owner.user_id))
    answer = client.post(
        "/api/v1/evidence/", {"file": licence()}, format="multipart", HTTP_IDEMPOTENCY_KEY="k"
    )
    row = VettingEvidence.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": row.pk,
            "company": company.pk,
            "original_name": "licence.pdf",
            "content_type": "application/pdf",
            "size": len(PDF),
            "created_at": "2026-03-02T09:00:00+08:00",
        },
    )
    again = client.post(
        "/api/v1/evidence/", {"file": licence()}, format="multipart", HTTP_IDEMPOTENCY_KEY="k"
    )
    assert (again.status_code, again.json()["id"], VettingEvidence.objects.count()) == (201, row.pk, 1)


@pytest.mark.parametrize(
    ("who", "file", "status"),
    [
        ("owner", None, 422),
        ("owner", licence(b""), 422),
        ("owner", licence(b"GIF89a", "a.pdf"), 422),
        ("colleague", licence(), 403),
        ("staff", licence(), 403),
        ("operator", licence(), 403),
        ("nobody", licence(), 401),
    ],
)
def test_json_refuses_uploads_without_a_trace(office, who, file, status):
    company, owner, _clerk = office
    user = UserFactory._meta.model.objects.get(pk=owner.user_id) if who == "owner" else reader(who, company)
    client = APIClient()
    if user is not None:
        client.force_login(user)
    before = contents(*ROWS)
    answer = client.post("/api/v1/evidence/", {"file": file} if file else {}, format="multipart")
    assert answer.status_code == status
    assert contents(*ROWS) == before


def test_staff_narrow_the_documents_to_one_company(office):
    company, owner, _clerk = office
    domain.upload_evidence(actor=owner, company_id=company.pk, file=licence())
    second = RecruiterFactory(owner=True, company=CompanyFactory(school=company.school))
    domain.upload_evidence(actor=actor_of(second.user), company_id=second.company_id, file=licence())
    client = program(reader("staff", company))
    listed = client.get("/api/v1/evidence/", {"company": company.pk}).json()["results"]
    assert [row["company"] for row in listed] == [company.pk]
    assert len(client.get("/api/v1/evidence/").json()["results"]) == 2


def test_a_companys_document_of_another_school_does_not_exist_on_the_page(office):
    company, owner, _clerk = office
    row = domain.upload_evidence(actor=owner, company_id=company.pk, file=licence())
    for who, status in (("strange recruiter", 404), ("allied staff", 404), ("staff", 200)):
        answer = browser(reader(who, company)).get(f"/company/evidence/{row.pk}/")
        assert (answer.status_code, PDF in b"".join(answer)) == (status, status == 200)
    with pytest.raises(NotFound):
        domain.upload_evidence(
            actor=actor_of(reader("strange recruiter", company)), company_id=company.pk, file=licence()
        )
