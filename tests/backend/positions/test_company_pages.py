"""Pages of the company: its list by status, what each status lets one do, forms that keep what was typed."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from backend.applications.models import Application
from backend.common import clock
from backend.companies.models import Company, CompanyDivision
from backend.positions import domain
from backend.positions.enums import PositionStatus
from backend.positions.interfaces.forms import PositionForm, WordsField
from backend.positions.models import Position
from tests.backend.positions.conftest import BACKEND, signed_in, student_of
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import OccupationFactory

S = PositionStatus
LIST = "/company/positions/"


@pytest.fixture
def browser(company):
    """A recruiter of the company who reads English."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(RecruiterFactory(company=company).user, BACKEND)
    return client


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def entries(**changed):
    return {
        "title": "数控操作员", "kind": "full_time", "occupation": OccupationFactory(code="6-18-01-07").pk,
        "openings": "3", "duties": "操作数控车床。", "conditions": "两班倒，提供住宿。", "education": "associate",
        "majors": "机电一体化技术", "skills": "识图", "experience_months": "0", "graduation_years": "2026",
        "city_code": "310000", "district_code": "", "place": "东方路1号", "salary_min": "5000",
        "salary_max": "8000", "salary_months": "12", "deadline": "2026-06-30", **changed,
    }  # fmt: skip


# The list


@pytest.fixture
def life(company):
    return {
        status: PositionFactory(company=company, published=True, status=status, title=f"岗位{status}")
        for status in S
    }


def shown(answer):
    return {row.status for row in answer.context["rows"]}


@pytest.mark.parametrize("status", S)
def test_each_tab_shows_its_status(browser, life, status):
    answer = browser.get(LIST, {"status": status})
    assert shown(answer) == {status}
    assert [url for _label, url, active, _count in answer.context["tabs"] if active] == [f"?status={status}"]


@pytest.mark.parametrize("status", ["", "nonsense"])
def test_without_a_status_everything_is_shown(browser, life, status):
    assert shown(browser.get(LIST, {"status": status})) == set(S)


def test_the_list_shows_the_latest_change_first_and_nobody_elses(browser, company, life):
    PositionFactory(company=CompanyFactory(verified=True, school=company.school), title="别家的岗位")
    clock.advance(timedelta(hours=1))
    Position.objects.filter(pk=life[S.CLOSED].pk).update(updated_at=clock.now())
    answer = browser.get(LIST)
    assert answer.context["rows"][0] == life[S.CLOSED]
    assert "别家的岗位" not in text_of(answer)


def test_an_empty_list_shows_the_way_to_the_first_position(browser):
    assert 'href="/company/positions/new/"' in text_of(browser.get(LIST))
    assert "No positions yet" in text_of(browser.get(LIST))


@pytest.mark.parametrize("state", ["draft", "submitted", "rejected", "suspended"])
def test_a_company_that_is_not_verified_is_told_so(browser, company, state):
    assert "The company is not verified yet" not in text_of(browser.get(LIST))
    Company.objects.filter(pk=company.pk).update(status=state)
    assert "The company is not verified yet" in text_of(browser.get(LIST))


def test_the_list_has_pages(browser, company):
    PositionFactory.create_batch(23, company=company)
    answers = [browser.get(LIST, {"page": page}) for page in (1, 2, 99)]
    assert [len(answer.context["rows"]) for answer in answers] == [20, 3, 3]
    ids = [row.pk for answer in answers[:2] for row in answer.context["rows"]]
    assert len(set(ids)) == 23


# One position


STEPS = {
    S.DRAFT: {"submit", "close"},
    S.IN_REVIEW: {"withdraw"},
    S.PUBLISHED: {"pause", "close"},
    S.PAUSED: {"resume", "close"},
    S.CLOSED: set(),
    S.EXPIRED: {"submit", "close"},
}
EDITED = {S.DRAFT, S.PUBLISHED, S.PAUSED, S.EXPIRED}


@pytest.mark.parametrize("status", S)
def test_the_page_offers_what_the_status_lets_one_do(browser, life, status):
    row = life[status]
    text = text_of(browser.get(f"{LIST}{row.pk}/"))
    offered = set(re.findall(rf"{LIST}{row.pk}/steps/(\w+)/", text))
    assert offered == STEPS[status]
    assert (f"{LIST}{row.pk}/edit/" in text) == (status in EDITED)
    assert f"{LIST}{row.pk}/copy/" in text


@pytest.mark.parametrize("step", ["submit", "withdraw", "pause", "resume", "close"])
@pytest.mark.parametrize("status", S)
def test_what_is_offered_is_done_and_what_is_not_is_refused(browser, life, status, step):
    row = life[status]
    answer = browser.post(f"{LIST}{row.pk}/steps/{step}/", HTTP_REFERER=f"{LIST}{row.pk}/")
    row.refresh_from_db()
    if step in STEPS[status]:
        assert (answer.status_code, answer["Location"]) == (302, f"{LIST}{row.pk}/")
        assert row.status != status
    else:
        assert answer.status_code == 409
        assert (row.status, row.version) == (status, 1)


@pytest.mark.parametrize("step", ["nonsense", "publish", "expire", "update"])
def test_a_step_nobody_knows_is_not_found(browser, life, step):
    assert browser.post(f"{LIST}{life[S.DRAFT].pk}/steps/{step}/").status_code == 404


def test_a_step_is_taken_by_post_alone(browser, life):
    assert browser.get(f"{LIST}{life[S.DRAFT].pk}/steps/submit/").status_code == 405
    life[S.DRAFT].refresh_from_db()
    assert life[S.DRAFT].status == S.DRAFT


def test_the_page_says_what_is_missing_and_what_may_not_stand_there(browser, company):
    row = PositionFactory(
        company=company, duties="", conditions="限男性", salary_min=None, salary_max=None,
        review_reason="Imported: no duties",
    )  # fmt: skip
    text = text_of(browser.get(f"{LIST}{row.pk}/"))
    for said in (
        "Still missing",
        "Duties",
        "Basic pay from",
        "限男性",
        "Imported: no duties",
        "Pay by agreement",
    ):
        assert said in text


def test_the_page_shows_the_history_newest_first(browser, recruiter, clerk, company):
    row = PositionFactory(company=company)
    domain.submit_position(actor=recruiter, position_id=row.pk)
    clock.advance(timedelta(minutes=5))
    domain.decide_position(actor=clerk, position_id=row.pk, publish=False, reason="请写明班次")
    events = browser.get(f"{LIST}{row.pk}/").context["events"]
    assert [(str(event["title"]), event["text"]) for event in events] == [
        ("Sent back", "请写明班次"),
        ("Submitted for review", ""),
    ]


def test_the_page_counts_applicants_by_stage(browser, company):
    row = PositionFactory(company=company, published=True, majors=[])
    ApplicationFactory.create_batch(2, position=row, student__school=company.school)
    ApplicationFactory(position=row, student__school=company.school, status="declined")
    text = text_of(browser.get(f"{LIST}{row.pk}/"))
    assert f"/applications/?position={row.pk}&amp;status=new" in text
    assert f"/applications/?position={row.pk}&amp;status=declined" in text
    assert Application.objects.count() == 3


def test_texts_are_shown_as_text_with_their_lines(browser, company):
    row = PositionFactory(company=company, duties="<b>粗</b>\n第二行", title='<script>"x"</script>')
    text = text_of(browser.get(f"{LIST}{row.pk}/"))
    assert "&lt;b&gt;粗&lt;/b&gt;<br>第二行" in text
    assert "<script>&quot;" not in text
    assert '<script>"x"' not in text


# Forms


def test_a_draft_is_written_and_its_page_opened(browser):
    answer = browser.post(f"{LIST}new/", entries(district_code="310115"))
    row = Position.objects.get()
    assert answer["Location"] == f"{LIST}{row.pk}/"
    assert (row.district_code, row.division_id, row.openings) == ("310115", None, 3)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_is_asked_besides_is_written_and_shown_to_everybody(browser, company, language):
    asked = {
        "skills": "识图、PLC", "skill_levels": ["2 PLC", "3 焊接"], "wanted_skills": "UG",
        "certificates": "数控车工中级", "starts_on": "2026-07-06",
    }  # fmt: skip
    browser.post(f"{LIST}new/", entries(**asked))
    row = Position.objects.get()
    assert (row.skill_levels, row.wanted_skills, row.certificates, row.starts_on) == (
        {"PLC": 2}, ["UG"], ["数控车工中级"], date(2026, 7, 6),
    )  # fmt: skip
    levels = re.findall(r'value="(\d [^"]+)" selected', text_of(browser.get(f"{LIST}{row.pk}/edit/")))
    assert levels == ["1 识图", "2 PLC"]
    Position.objects.update(
        status=S.PUBLISHED, published_at=clock.now(), expires_at=domain.end_of(row.deadline)
    )
    page = text_of(Client(headers={"accept-language": language}).get(f"/positions/{row.pk}/"))
    level = "PLC (works with it)" if language == "en" else "PLC（熟练）"
    assert all(said in page for said in (level, "UG", "数控车工中级", "2026-07-06"))


WRONG = {
    "starts_on": {"starts_on": "2026-03-01"},
    "certificates": {"certificates": "、".join(["证" * 61])},
    "title": {"title": ""},
    "openings": {"openings": "0"},
    "salary_max": {"salary_min": "9000"},
    "deadline": {"deadline": "2026-03-02"},
    "graduation_years": {"graduation_years": "soon"},
    "skills": {"skills": "、".join(["识" * 61])},
    "occupation": {"occupation": "9-99"},
    "city_code": {"city_code": "999999"},
    "district_code": {"district_code": "110101"},
    "salary_min": {"salary_min": ""},
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_entry_is_named_beside_its_field_and_the_rest_is_kept(browser, field):
    sent = entries(**{"place": "南浔路77号", **WRONG[field]})
    answer = browser.post(f"{LIST}new/", sent)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert "南浔路77号" in text_of(answer)
    assert f'id="id_{field}"' in text_of(answer)
    assert Position.objects.count() == 0


def test_divisions_are_the_companys_own(browser, company):
    own = CompanyDivision.objects.create(company=company, name="一部")
    foreign = CompanyDivision.objects.create(company=CompanyFactory(), name="别家的部门")
    text = text_of(browser.get(f"{LIST}new/"))
    assert ("一部" in text, "别家的部门" in text) == (True, False)
    answer = browser.post(f"{LIST}new/", entries(division=foreign.pk))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["division"])
    browser.post(f"{LIST}new/", entries(division=own.pk))
    assert Position.objects.get().division_id == own.pk


def test_editing_shows_what_is_stored_and_writes_what_was_changed(browser, company):
    welder = OccupationFactory(code="6-18-01-07")
    row = PositionFactory(company=company, published=True, majors=["数控技术", "软件"], occupation=welder)
    page = text_of(browser.get(f"{LIST}{row.pk}/edit/"))
    assert 'value="数控技术、软件"' in page
    assert 'name="version" value="1"' in page
    form = browser.get(f"{LIST}{row.pk}/edit/").context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent |= {"majors": "数控技术", "graduation_years": "", "skills": "数控编程、识图", "version": "1"}
    sent = {name: value for name, value in sent.items() if value is not None}
    answer = browser.post(f"{LIST}{row.pk}/edit/", sent)
    row.refresh_from_db()
    assert (answer.status_code, row.majors, row.status) == (302, ["数控技术"], S.IN_REVIEW)


def test_a_form_that_is_behind_is_refused_and_shows_the_present_state(browser, company):
    row = PositionFactory(company=company, version=4)
    answer = browser.post(f"{LIST}{row.pk}/edit/", entries(version="3"))
    assert answer.status_code == 409
    row.refresh_from_db()
    assert (row.version, row.duties == "操作数控车床。") == (4, False)


@pytest.mark.parametrize("version", ["x", "１", "²", "0", "-1", "9" * 30, "9" * 5000])
def test_a_version_that_is_no_number_is_named_with_what_it_may_be(browser, company, version):
    row = PositionFactory(company=company, version=4)
    before = contents(Position)
    answer = browser.post(f"{LIST}{row.pk}/edit/", entries(version=version))
    assert (answer.status_code, contents(Position)) == (422, before)
    assert f"“version” takes a whole number from 1 to {2**63 - 1}." in answer.content.decode()


@pytest.mark.parametrize("version", ["", None])
def test_a_form_without_a_version_writes(browser, company, version):
    row = PositionFactory(company=company, version=4)
    sent = entries(**({"version": version} if version is not None else {}))
    assert browser.post(f"{LIST}{row.pk}/edit/", sent).status_code == 302
    row.refresh_from_db()
    assert row.version == 5


@pytest.mark.parametrize("status", [S.IN_REVIEW, S.CLOSED])
def test_what_may_not_be_edited_is_refused(browser, life, status):
    before = contents(Position)
    answer = browser.post(f"{LIST}{life[status].pk}/edit/", entries())
    assert (answer.status_code, contents(Position)) == (409, before)


def test_editing_a_draft_says_saved_and_a_public_one_that_it_is_reviewed(browser, life):
    said = []
    for status in (S.DRAFT, S.PUBLISHED):
        answer = browser.post(f"{LIST}{life[status].pk}/edit/", entries(), follow=True)
        said += [(message.level_tag, str(message)) for message in answer.context["messages"]]
    assert said == [
        ("success", "Saved."),
        ("warning", "Saved. The change is reviewed before the position is public again."),
    ]


def test_a_copy_opens_in_the_form(browser, life):
    answer = browser.post(f"{LIST}{life[S.CLOSED].pk}/copy/")
    made = Position.objects.latest("pk")
    assert answer["Location"] == f"{LIST}{made.pk}/edit/"
    assert (made.title, made.status) == (life[S.CLOSED].title, S.DRAFT)


ADDRESSES = ["", "edit/", "copy/", "template/", "steps/close/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_of_another_companys_position_do_not_exist(browser, company, address):
    foreign = PositionFactory(company=CompanyFactory(verified=True, school=company.school), published=True)
    before = contents(Position)
    method = browser.get if address in ("", "edit/") else browser.post
    assert method(f"{LIST}{foreign.pk}/{address}").status_code == 404
    assert contents(Position) == before


@pytest.mark.parametrize("address", ["", "new/", "{pk}/", "{pk}/edit/"])
def test_students_and_staff_have_no_such_pages(company, address):
    row = PositionFactory(company=company, published=True)
    student = signed_in(student_of(company.school))
    staff = signed_in(MembershipFactory(school=company.school).user)
    path = LIST + address.format(pk=row.pk)
    assert [client.get(path).status_code for client in (student, staff, Client())] == [404, 404, 302]


def test_while_typing_findings_and_nothing_else_come_back(browser):
    answer = browser.post(f"{LIST}lint/", {"title": "焊工", "duties": "35岁以下", "evil": "限男性"})
    text = text_of(answer)
    assert ("35岁以下" in text, "限男性" in text, "<html" in text) == (True, False, False)
    assert "No forbidden terms found." in text_of(browser.post(f"{LIST}lint/", {"title": "焊工"}))
    assert "限男性" not in text_of(browser.post(f"{LIST}lint/", {"duties": "字" * 4000 + "限男性"}))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("识图，PLC;数控、 焊接 \n打磨；", ["识图", "PLC", "数控", "焊接", "打磨"]),
        ("", []),
        (None, []),
        (" ，、", []),
        ("C++, C#", ["C++", "C#"]),
    ],
)
def test_words_are_parted_by_commas_of_either_width(typed, words):
    assert WordsField(required=False).clean(typed) == words


def test_words_that_did_not_change_are_no_change():
    field = WordsField()
    assert field.prepare_value(["识图", "PLC"]) == "识图、PLC"
    assert field.prepare_value("识图，") == "识图，"
    assert not field.has_changed(["识图"], "识图")
    assert field.has_changed(["识图"], "识图、PLC")
    assert not field.has_changed(None, "")


def test_the_form_never_touches_the_row_it_shows(company):
    row = PositionFactory(company=company)
    form = PositionForm(entries(title="改过"), instance=row, company_id=company.pk)
    assert form.is_valid()
    assert (row.title == "改过", form.values()["title"]) == (False, "改过")


@pytest.mark.parametrize(("rows", "queries"), [(1, 10), (3, 10)])
def test_the_list_takes_the_same_queries(browser, company, django_assert_num_queries, rows, queries):
    PositionFactory.create_batch(rows, company=company, published=True)
    browser.get(LIST)
    with django_assert_num_queries(queries):
        answer = browser.get(LIST)
    assert len(answer.context["rows"]) == rows


@pytest.mark.parametrize("steps", [1, 3])
def test_the_page_of_a_position_takes_the_same_queries(
    browser, recruiter, company, django_assert_num_queries, steps
):
    row = PositionFactory(company=company)
    for number in range(steps):
        domain.update_position(actor=recruiter, position_id=row.pk, values={"openings": 5 + number})
    ApplicationFactory.create_batch(steps, position=row, student__school=company.school)
    browser.get(f"{LIST}{row.pk}/")
    with django_assert_num_queries(7):
        answer = browser.get(f"{LIST}{row.pk}/")
    assert len(answer.context["events"]) == steps
