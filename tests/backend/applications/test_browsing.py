"""Pages of students, recruiters and staff: what each sees, what each can press, and what a page costs."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from backend.applications import domain
from backend.applications.enums import TRANSITIONS, ApplicationStatus
from backend.applications.models import Application, ApplicationNote, InterviewSlot, Offer
from backend.common import clock
from backend.students.models import DisclosureGrant, ProfileView
from tests.backend.applications.conftest import LIST, browser, text_of
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, InterviewSlotFactory, OfferFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.students import ResumeFactory

S = ApplicationStatus


def put(application, status, **fields):
    Application.objects.filter(pk=application.pk).update(status=status, **fields)
    if status == S.OFFER:
        OfferFactory(application=application)


def page(application):
    return f"{LIST}{application.pk}/"


def forms_on(answer):
    """Where the forms of the page's own part lead."""
    return set(
        re.findall(r'<form method="post" action="/(?:applications|slots)/\d+/(\w+)/', answer.content.decode())
    )


# What each stage offers


@pytest.mark.parametrize("status", S)
def test_a_student_is_offered_what_the_stage_lets_a_student_do(browsers, application, status):
    put(application, status)
    answer = browsers["student"].get(page(application))
    expected = {"withdraw"} if S.WITHDRAWN in TRANSITIONS[status] else set()
    expected |= {"accept", "refuse"} if status == S.OFFER else set()
    assert forms_on(answer) == expected


@pytest.mark.parametrize("status", [status for status in S if status != S.NEW])
def test_a_recruiter_is_offered_what_the_stage_lets_a_company_do(browsers, application, status):
    put(application, status)
    answer = browsers["recruiter"].get(page(application))
    text = text_of(answer)
    steps = {"viewed", "shortlisted", "interview", "declined"} & set(TRANSITIONS[status])
    assert set(re.findall(r'name="to" value="(\w+)"', text)) == steps
    assert (f"{page(application)}offer/" in text) == (S.OFFER in TRANSITIONS[status])
    assert {"note", "rate"} <= forms_on(answer)


@pytest.mark.parametrize("status", S)
def test_staff_look_and_press_nothing(browsers, application, status):
    put(application, status)
    answer = browsers["staff"].get(page(application))
    assert (answer.status_code, forms_on(answer)) == (200, set())
    assert application.student.name in text_of(answer)


def test_the_student_reads_every_step_with_time_words_and_whose_it_was(browsers, application, people):
    for to, message in (("viewed", ""), ("shortlisted", "恭喜入围"), ("interview", "请选择时间")):
        clock.advance(timedelta(hours=1))
        domain.move_application(
            actor=people["recruiter"], application_id=application.pk, to=to, message=message
        )
    answer = browsers["student"].get(page(application))
    events = [(str(event["title"]), event["text"], str(event["by"])) for event in answer.context["events"]]
    assert events == [
        ("Viewed", "", "Recruiter"),
        ("Shortlisted", "恭喜入围", "Recruiter"),
        ("Interview", "请选择时间", "Recruiter"),
    ]
    assert "恭喜入围" in text_of(answer)


def test_notes_and_rating_are_on_the_companys_page_alone(browsers, application):
    ApplicationNote.objects.create(application=application, text="面试表现一般")
    Application.objects.update(rating=2)
    seen = {who: "面试表现一般" in text_of(client.get(page(application))) for who, client in browsers.items()}
    assert seen == {"student": False, "recruiter": True, "staff": False}


def test_a_note_to_the_company_is_shown_as_text(browsers, application):
    Application.objects.update(note="<b>您好</b>\n第二行")
    for client in browsers.values():
        assert "&lt;b&gt;您好&lt;/b&gt;<br>第二行" in text_of(client.get(page(application)))


def test_contact_data_are_shown_by_consent_and_gone_with_it(browsers, application, people):
    phone = application.student.phone
    assert phone not in text_of(browsers["recruiter"].get(page(application)))
    grant = DisclosureGrant.objects.create(
        student=application.student, company=application.position.company, fields=["name", "phone"],
        purpose=f"application:{application.pk}", expires_at=clock.now() + timedelta(days=9),
    )  # fmt: skip
    assert phone in text_of(browsers["recruiter"].get(page(application)))
    domain.withdraw(actor=people["student"], application_id=application.pk)
    grant.refresh_from_db()
    answer = browsers["recruiter"].get(page(application))
    assert (grant.revoked_at, phone in text_of(answer)) == (clock.now(), False)
    assert answer.context["profile"] is None


def test_a_look_of_the_company_is_counted_and_a_look_of_others_is_not(browsers, application):
    browsers["student"].get(page(application))
    browsers["staff"].get(page(application))
    assert ProfileView.objects.count() == 0
    for _ in range(2):
        browsers["recruiter"].get(page(application))
    assert list(ProfileView.objects.values_list("company_id", "where", "count")) == [
        (application.position.company_id, "application", 2)
    ]


def test_a_look_at_what_was_withdrawn_is_none(browsers, application):
    put(application, S.WITHDRAWN, due_at=None)
    browsers["recruiter"].get(page(application))
    assert ProfileView.objects.count() == 0


# Applying


def test_the_form_offers_the_own_resumes_and_takes_one(browsers, application):
    resume = ResumeFactory(student=application.student, title="我的第一份")
    ResumeFactory(title="别人的")
    ResumeFactory(student=application.student, title="已删除", deleted_at=clock.now())
    position = PositionFactory(published=True, company=application.position.company, majors=[])
    client = browsers["student"]
    text = text_of(client.get(f"/positions/{position.pk}/apply/"))
    assert ("我的第一份" in text, "别人的" in text, "已删除" in text) == (True, False, False)
    client.post(f"/positions/{position.pk}/apply/", {"resume_id": resume.pk, "note": "您好"})
    made = Application.objects.get(position=position)
    assert (made.resume, made.note, made.status) == (resume, "您好", S.NEW)


@pytest.mark.parametrize("data", [{"resume_id": "987654"}, {"resume_id": "x"}, {"note": "字" * 1001}])
def test_a_wrong_entry_is_shown_and_nothing_is_sent(browsers, application, data):
    position = PositionFactory(published=True, company=application.position.company, majors=[])
    before = contents(Application)
    answer = browsers["student"].post(f"/positions/{position.pk}/apply/", data)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, list(data))
    assert contents(Application) == before


def test_somebody_who_has_applied_is_led_to_the_application(browsers, application):
    answer = browsers["student"].get(f"/positions/{application.position_id}/apply/")
    assert (answer.status_code, answer["Location"]) == (302, page(application))


FAILING = {
    "education": ({"education": "doctor"}, "Asks for at least: Doctor. Your profile says: Associate degree."),
    "graduation_year": ({"graduation_years": [2030]}, "Asks for graduation in 2030. Yours is 2026."),
    "major": ({"majors": ["护理"]}, "Asks for the majors 护理."),
}


@pytest.mark.parametrize("field", FAILING)
def test_what_stands_in_the_way_is_said_on_the_position_and_no_way_to_apply_is_shown(
    browsers, application, field
):
    change, sentence = FAILING[field]
    fields = {"majors": [], **change}
    position = PositionFactory(published=True, company=application.position.company, **fields)
    text = text_of(browsers["student"].get(f"/positions/{position.pk}/"))
    assert sentence in text
    assert f"/positions/{position.pk}/apply/" not in text
    tried = browsers["student"].post(f"/positions/{position.pk}/apply/", {"note": ""})
    assert (tried.status_code, sentence in text_of(tried)) == (422, True)
    assert not Application.objects.filter(position=position).exists()


def test_who_qualifies_is_led_to_the_form_and_who_has_applied_to_the_application(browsers, application):
    position = PositionFactory(published=True, company=application.position.company, majors=[])
    text = text_of(browsers["student"].get(f"/positions/{position.pk}/"))
    assert ("You qualify" in text, f"/positions/{position.pk}/apply/" in text) == (True, True)
    text = text_of(browsers["student"].get(f"/positions/{application.position_id}/"))
    assert (page(application) in text, "You qualify" in text) == (True, False)


# Interview times


@pytest.fixture
def invited(application):
    put(application, S.INTERVIEW)
    return application


def test_a_student_picks_changes_and_cancels_on_the_page(browsers, invited):
    first, second = InterviewSlotFactory.create_batch(2, position=invited.position)
    client = browsers["student"]
    assert client.get(page(invited)).context["slot"] is None
    answer = client.post(f"/slots/{first.pk}/book/")
    assert (answer.status_code, answer["Location"]) == (302, page(invited))
    context = client.get(page(invited)).context
    assert (context["slot"], list(context["free_slots"])) == (first, [second])
    clock.advance(timedelta(seconds=1))
    client.post(f"/slots/{second.pk}/book/")
    assert client.get(page(invited)).context["slot"] == second
    client.post(f"/slots/{second.pk}/cancel/")
    assert client.get(page(invited)).context["slot"] is None


def test_a_student_without_times_is_told_to_wait(browsers, invited):
    assert "The company has not offered times yet." in text_of(browsers["student"].get(page(invited)))


def test_a_time_somebody_else_took_is_said(browsers, invited):
    rival = ApplicationFactory(
        interview=True, position=invited.position, student__school=invited.student.school
    )
    slot = InterviewSlotFactory(position=invited.position, application=rival)
    answer = browsers["student"].post(f"/slots/{slot.pk}/book/")
    assert answer.status_code == 409
    assert "Somebody was faster: this time is taken." in text_of(answer)


def test_a_company_offers_sees_and_takes_back_times(browsers, invited):
    address = f"/positions/{invited.position_id}/slots/"
    sent = {"first": "2026-03-05T09:00", "minutes": "20", "number": "3", "place": "线上"}
    answer = browsers["recruiter"].post(address, sent)
    assert (answer.status_code, answer["Location"]) == (302, address)
    rows = list(InterviewSlot.objects.order_by("starts_at"))
    assert [(row.starts_at.isoformat(), row.ends_at - row.starts_at) for row in rows] == [
        (f"2026-03-05T0{hour}:{minute}:00+00:00", timedelta(minutes=20))
        for hour, minute in ((1, "00"), (1, "20"), (1, "40"))
    ]
    browsers["student"].post(f"/slots/{rows[0].pk}/book/")
    text = text_of(browsers["recruiter"].get(address))
    assert (invited.student.name in text, f"/slots/{rows[1].pk}/close/" in text) == (True, True)
    assert f"/slots/{rows[0].pk}/close/" not in text
    answer = browsers["recruiter"].post(f"/slots/{rows[1].pk}/close/")
    assert (answer["Location"], InterviewSlot.objects.count()) == (address, 2)
    assert browsers["recruiter"].post(f"/slots/{rows[0].pk}/close/").status_code == 409
    answer = browsers["recruiter"].post(f"/slots/{rows[0].pk}/cancel/")
    assert (answer["Location"], InterviewSlot.objects.filter(application=invited).count()) == (address, 0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"first": ""}, "first"),
        ({"minutes": "4"}, "minutes"),
        ({"minutes": "241"}, "minutes"),
        ({"number": "0"}, "number"),
        ({"number": "101"}, "number"),
        ({"place": ""}, "place"),
        ({"place": "字" * 201}, "place"),
        ({"first": "2026-03-01T09:00"}, "__all__"),
    ],
)
def test_wrong_times_are_shown_beside_the_field(browsers, invited, change, field):
    sent = {"first": "2026-03-05T09:00", "minutes": "20", "number": "3", "place": "线上", **change}
    answer = browsers["recruiter"].post(f"/positions/{invited.position_id}/slots/", sent)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert InterviewSlot.objects.count() == 0


def test_the_calendar_file_is_for_the_two_who_meet(browsers, invited):
    slot = InterviewSlotFactory(position=invited.position, application=invited, place="A 座; 301, 左侧")
    free = InterviewSlotFactory(position=invited.position)
    address = f"/slots/{slot.pk}/interview.ics"
    answers = {who: client.get(address).status_code for who, client in browsers.items()}
    assert answers == {"student": 200, "recruiter": 200, "staff": 404}
    assert browsers["recruiter"].get(f"/slots/{free.pk}/interview.ics").status_code == 404
    assert Client().get(address).status_code == 302
    file = browsers["student"].get(address)
    assert file["Content-Disposition"] == 'attachment; filename="interview.ics"'
    (event,) = Calendar.from_ical(file.content).walk("VEVENT")
    assert (str(event["location"]), event.decoded("dtend")) == ("A 座; 301, 左侧", slot.ends_at)
    assert str(event["url"]) == f"http://testserver{page(invited)}"


# Offers


def test_an_offer_with_its_terms_is_on_both_pages(browsers, application):
    put(application, S.INTERVIEW)
    sent = {"salary": "6800", "starts_on": "2026-07-01", "deadline": "2026-03-09T18:00", "text": "包<b>食宿"}
    answer = browsers["recruiter"].post(f"{page(application)}offer/", sent)
    assert (answer.status_code, answer["Location"]) == (302, page(application))
    row = Offer.objects.get()
    assert (row.salary, row.deadline.isoformat()) == (6800, "2026-03-09T10:00:00+00:00")
    for who in ("student", "recruiter", "staff"):
        text = text_of(browsers[who].get(page(application)))
        assert ("6800" in text, "2026-03-09 18:00" in text, "包&lt;b&gt;食宿" in text) == (True, True, True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"salary": "0"}, "salary"),
        ({"salary": ""}, "salary"),
        ({"salary": "-5"}, "salary"),
        ({"starts_on": "2026-03-01"}, "starts_on"),
        ({"starts_on": "x"}, "starts_on"),
        ({"deadline": "2026-03-02T08:59"}, "deadline"),
        ({"text": "字" * 3001}, "text"),
    ],
)
def test_wrong_terms_are_shown_beside_the_field(browsers, application, change, field):
    put(application, S.INTERVIEW)
    before = contents(Application, Offer)
    sent = {"salary": "6800", "starts_on": "2026-07-01", "deadline": "2026-03-09T18:00", **change}
    answer = browsers["recruiter"].post(f"{page(application)}offer/", sent)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert contents(Application, Offer) == before


@pytest.mark.parametrize("who", ["student", "staff"])
def test_an_offer_is_made_by_the_company_alone(browsers, application, who):
    put(application, S.INTERVIEW)
    assert browsers[who].get(f"{page(application)}offer/").status_code == 403
    assert Offer.objects.count() == 0


def test_an_offer_past_its_deadline_says_so(browsers, application):
    put(application, S.OFFER)
    clock.advance(timedelta(days=4))
    answer = browsers["student"].post(f"{page(application)}accept/")
    assert (answer.status_code, "The deadline of this offer has passed." in text_of(answer)) == (409, True)


# What pages cost


PAGE_COSTS = {"student": 8, "recruiter": 12, "staff": 7}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("who", PAGE_COSTS)
def test_the_page_of_an_application_takes_the_same_queries(browsers, invited, who, rows):
    for number in range(rows):
        invited.steps.create(status="viewed", by_role="recruiter", message=str(number))
        author = RecruiterFactory(company=invited.position.company).user
        ApplicationNote.objects.create(application=invited, text=str(number), author=author)
        InterviewSlotFactory(position=invited.position)
    browsers[who].get(page(invited))
    with CaptureQueriesContext(connection) as asked:
        assert browsers[who].get(page(invited)).status_code == 200
    # What only frames a transaction reads nothing.
    frames = ("SAVEPOINT", "RELEASE")
    assert len([row for row in asked if not row["sql"].startswith(frames)]) == PAGE_COSTS[who]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_interview_times_takes_the_same_queries(
    browsers, invited, django_assert_num_queries, rows
):
    company = invited.position.company
    for _ in range(rows):
        other = ApplicationFactory(interview=True, position=invited.position, student__school=company.school)
        InterviewSlotFactory(position=invited.position, application=other)
    address = f"/positions/{invited.position_id}/slots/"
    browsers["recruiter"].get(address)
    with django_assert_num_queries(7):
        assert len(browsers["recruiter"].get(address).context["page"]) == rows


def test_a_stranger_of_any_role_reaches_nothing(application):
    strangers = [
        browser(MembershipFactory(of_student=True).user),
        browser(RecruiterFactory(company__verified=True).user),
        browser(MembershipFactory().user),
    ]
    before = contents(Application)
    for client in strangers:
        assert client.get(page(application)).status_code == 404
        for name in ("withdraw", "move", "note", "rate", "accept", "refuse"):
            data = {"to": "declined", "text": "x", "rating": "3"}
            assert client.post(f"{page(application)}{name}/", data).status_code == 404
    assert contents(Application) == before
