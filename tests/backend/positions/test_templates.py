"""Templates of positions: kept, overwritten, used and forgotten, on pages and over JSON, within the own company."""

import pytest

from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.companies.models import CompanyDivision
from backend.positions import content, domain
from backend.positions.enums import PositionStatus
from backend.positions.models import Position, PositionTemplate
from backend.positions.queries import templates_visible_to
from tests.backend.refusals import last_trail, refused
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory

PATH = "/api/v1/position-templates/"


@pytest.fixture
def position(company):
    return PositionFactory(
        company=company,
        title="焊工",
        division=company.divisions.create(name="一部"),
        skill_levels={"识图": 2},
        wanted_skills=["PLC"],
        certificates=["焊工中级"],
        starts_on=clock.today(),
    )


@pytest.fixture
def template(recruiter, position):
    return domain.save_template(actor=recruiter, position_id=position.pk, name="焊接类")


def test_a_template_keeps_every_entry_but_the_last_day(template, position):
    assert template.values == {**content.values_of(position), "deadline": None, "starts_on": None}
    assert (template.company_id, template.name, str(template)) == (position.company_id, "焊接类", "焊接类")
    assert last_trail() == (
        "position.template_saved", "", "", "positions.positiontemplate", template.pk,
    )  # fmt: skip


def test_the_same_name_is_overwritten_and_another_is_another(recruiter, template, position):
    position.duties = "新的职责"
    position.save()
    again = domain.save_template(actor=recruiter, position_id=position.pk, name="  焊接类")
    other = domain.save_template(actor=recruiter, position_id=position.pk, name="焊接类2")
    assert (again.pk, other.pk == template.pk) == (template.pk, False)
    assert PositionTemplate.objects.get(pk=template.pk).values["duties"] == "新的职责"


def test_two_companies_have_a_template_of_the_same_name(people, template, company):
    theirs = PositionFactory(company_id=people["rival"].company_id)
    made = domain.save_template(actor=people["rival"], position_id=theirs.pk, name="焊接类")
    assert made.pk != template.pk
    assert PositionTemplate.objects.filter(name="焊接类").count() == 2


@pytest.mark.parametrize("name", ["", "   ", "字" * 81])
def test_a_template_needs_a_name_that_fits(recruiter, position, name):
    with refused(Invalid, "invalid", PositionTemplate, fields=["name"]):
        domain.save_template(actor=recruiter, position_id=position.pk, name=name)


def test_a_name_of_eighty_characters_fits(recruiter, position):
    assert domain.save_template(actor=recruiter, position_id=position.pk, name="字" * 80).name == "字" * 80


OTHERS = {
    "visitor": NotFound, "student": NotFound, "rival": NotFound, "staff": NotAllowed, "operator": NotAllowed,
}  # fmt: skip


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_keeps_a_template_of_a_public_position(people, company, who):
    public = PositionFactory(company=company, published=True)
    family = NotAllowed if who in {"visitor", "student"} else OTHERS[who]
    code = {NotFound: "not_found", NotAllowed: "not_allowed"}[family]
    with refused(family, code, PositionTemplate):
        domain.save_template(actor=people[who], position_id=public.pk, name="x")


def test_templates_are_seen_by_the_own_recruiters_alone(people, template):
    assert {who for who, actor in people.items() if list(templates_visible_to(actor)) == [template]} == {
        "recruiter",
        "owner",
    }
    assert not any(templates_visible_to(people[who]) for who in people if who not in ("recruiter", "owner"))


def test_nobody_else_forgets_a_template(people, template):
    for who in set(people) - {"recruiter", "owner"}:
        with refused(NotFound, "not_found", PositionTemplate):
            domain.delete_template(actor=people[who], template_id=template.pk)
    domain.delete_template(actor=people["owner"], template_id=template.pk)
    assert PositionTemplate.objects.count() == 0
    assert AuditEntry.objects.latest("pk").verb == "position.template_deleted"


# Pages


def test_a_template_is_kept_used_and_forgotten_on_pages(hr_browser, position):
    address = f"/company/positions/{position.pk}/"
    answer = hr_browser.post(f"{address}template/", {"name": "焊接类"})
    assert (answer.status_code, answer["Location"]) == (302, address)
    template = PositionTemplate.objects.get()
    listed = hr_browser.get("/company/positions/").content.decode()
    assert f"/company/positions/new/?template={template.pk}" in listed
    form = hr_browser.get(f"/company/positions/new/?template={template.pk}").context["form"]
    shown = {name: form[name].value() for name in ("title", "occupation", "division", "duties", "deadline")}
    assert shown == {
        "title": "焊工",
        "occupation": position.occupation_id,
        "division": position.division_id,
        "duties": position.duties,
        "deadline": None,
    }
    answer = hr_browser.post(f"/company/templates/{template.pk}/delete/")
    assert (answer.status_code, answer["Location"]) == (302, "/company/positions/")
    assert PositionTemplate.objects.count() == 0


@pytest.mark.parametrize("name", ["", " ", "字" * 81])
def test_a_name_that_does_not_fit_is_said_and_nothing_is_kept(hr_browser, position, name):
    answer = hr_browser.post(f"/company/positions/{position.pk}/template/", {"name": name}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert PositionTemplate.objects.count() == 0


def test_a_template_of_another_company_does_not_exist(hr_browser, template):
    foreign = PositionTemplate.objects.create(company=CompanyFactory(), name="别家的", values=template.values)
    for answer in (
        hr_browser.get(f"/company/positions/new/?template={foreign.pk}"),
        hr_browser.post(f"/company/templates/{foreign.pk}/delete/"),
    ):
        assert answer.status_code == 404
    assert PositionTemplate.objects.filter(pk=foreign.pk).exists()
    assert "别家的" not in hr_browser.get("/company/positions/").content.decode()


@pytest.mark.parametrize("number", ["", "x", "-1", "１", "9" * 19, "1.0"])
def test_a_template_that_is_no_number_gives_an_empty_form(hr_browser, template, number):
    form = hr_browser.get("/company/positions/new/", {"template": number}).context["form"]
    assert form.initial == {}


def test_a_template_whose_division_is_gone_still_gives_a_form(hr_browser, template, position):
    CompanyDivision.objects.all().delete()
    answer = hr_browser.get(f"/company/positions/new/?template={template.pk}")
    assert answer.status_code == 200
    assert "焊工" in answer.content.decode()


# JSON


def test_the_life_of_a_template_over_json(hr_api, position):
    made = hr_api.post(PATH, {"position": position.pk, "name": "焊接类"}, format="json")
    body = made.json()
    assert (made.status_code, body["name"]) == (201, "焊接类")
    assert body["values"]["occupation"] == position.occupation_id
    assert body["values"]["division"] == position.division_id
    assert {"occupation_id", "division_id", "deadline"} & set(body["values"]) == set()
    assert hr_api.get(PATH).json()["results"] == [body]
    assert hr_api.get(f"{PATH}{body['id']}/").json() == body
    assert hr_api.delete(f"{PATH}{body['id']}/").status_code == 204
    assert hr_api.get(PATH).json()["results"] == []


def test_a_position_is_written_from_a_templates_values(hr_api, template, position):
    values = hr_api.get(f"{PATH}{template.pk}/").json()["values"]
    body = {**values, "deadline": "2026-06-30"}
    made = hr_api.post("/api/v1/positions/", body, format="json")
    assert made.status_code == 201
    row = Position.objects.get(pk=made.json()["id"])
    expected = {**content.values_of(position), "deadline": row.deadline, "starts_on": None}
    assert (content.values_of(row), row.status) == (expected, PositionStatus.DRAFT)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["name", "position"]),
        ({"position": 1}, ["name"]),
        ({"position": 0, "name": "x"}, ["position"]),
        ({"position": 2**63, "name": "x"}, ["position"]),
        ({"position": "x", "name": "字" * 81}, ["name", "position"]),
        ({"position": 1, "name": "  "}, ["name"]),
    ],
)
def test_a_wrong_body_names_the_fields(hr_api, position, body, named):
    answer = hr_api.post(PATH, body, format="json")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (422, named)
    assert PositionTemplate.objects.count() == 0


def test_a_template_of_somebody_elses_position_is_not_found(hr_api):
    foreign = PositionFactory(published=True)
    answer = hr_api.post(PATH, {"position": foreign.pk, "name": "x"}, format="json")
    assert (answer.status_code, PositionTemplate.objects.count()) == (404, 0)


def test_the_same_key_keeps_one_template_and_another_body_is_refused(hr_api, position):
    ask = {"path": PATH, "format": "json", "headers": {"Idempotency-Key": "t-1"}}
    first = hr_api.post(data={"position": position.pk, "name": "焊接类"}, **ask)
    second = hr_api.post(data={"position": position.pk, "name": "焊接类"}, **ask)
    other = hr_api.post(data={"position": position.pk, "name": "别的"}, **ask)
    assert (first.json(), second["Idempotent-Replay"]) == (second.json(), "true")
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")
    assert PositionTemplate.objects.count() == 1


def test_staff_have_no_templates(office_api, template):
    assert office_api.get(PATH).status_code == 403
    assert office_api.delete(f"{PATH}{template.pk}/").status_code == 403
    assert PositionTemplate.objects.count() == 1


def test_a_template_of_another_company_is_a_404_over_json(hr_api, template):
    foreign = PositionTemplate.objects.create(company=CompanyFactory(), name="别家的", values={})
    assert hr_api.get(f"{PATH}{foreign.pk}/").status_code == 404
    assert hr_api.delete(f"{PATH}{foreign.pk}/").status_code == 404
    assert [row["id"] for row in hr_api.get(PATH).json()["results"]] == [template.pk]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_templates_takes_the_same_queries(hr_api, company, django_assert_num_queries, rows):
    for number in range(rows):
        PositionTemplate.objects.create(company=company, name=f"模板{number}", values={"title": "x"})
    hr_api.get(PATH)
    with django_assert_num_queries(4):
        answer = hr_api.get(PATH)
    assert len(answer.json()["results"]) == rows
