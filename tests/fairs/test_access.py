"""Every page and every button of the fair × everybody: who gets in, and that whoever does not leaves no trace."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from backend.accounts.actor import actor_of
from backend.accounts.models import User
from fairs.domain import line
from fairs.models import BoothPosition
from tests import scenes
from tests.factories.accounts import MembershipFactory
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory
from tests.fairs.support import rows, talk_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
NAMES = (
    "anonymous",
    "student",
    "another student",
    "foreign student",
    "recruiter",
    "other recruiter",
    "foreign recruiter",
    "staff",
    "department",
    "partner staff",
    "foreign staff",
    "operator",
)


def build():
    """A live fair with a talk; our student also waits at the second booth."""
    school = SchoolFactory(alliance=AllianceFactory())
    fair = FairFactory(school=school)
    booth, second = BoothFactory(fair=fair), BoothFactory(fair=fair)
    for place in (booth, second):
        BoothPosition.objects.create(
            booth=place, position=PositionFactory(company=place.company, published=True)
        )
    student, recruiter, talk = talk_at(booth)
    ticket = line.join_line(actor=student, booth_id=second.pk)
    people = {
        "anonymous": None,
        "student": student,
        "another student": student_at(fair),
        "foreign student": student_at(FairFactory()),
        "recruiter": recruiter,
        "other recruiter": recruiter_at(second),
        "foreign recruiter": recruiter_at(BoothFactory()),
        "staff": staff_of(fair),
        "department": actor_of(
            MembershipFactory(school=school, department=DepartmentFactory(school=school)).user
        ),
        "partner staff": staff_of(FairFactory(school=SchoolFactory(alliance=school.alliance))),
        "foreign staff": staff_of(FairFactory()),
        "operator": actor_of(MembershipFactory(operator=True).user),
    }
    ids = {"fair": fair.pk, "booth": booth.pk, "talk": talk.pk, "ticket": ticket.pk}
    return people, {who: _signed_in(actor) for who, actor in people.items() if actor}, ids


def _signed_in(actor):
    browser = Client()
    browser.force_login(User.objects.get(pk=actor.user_id))
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


made, world = scenes.fixtures(build)


@pytest.fixture
def browser(client, world):
    """The browser of one of them, who has signed in."""
    _people, sessions, _ids = world

    def become(who):
        client.cookies.clear()
        if who in sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = sessions[who]
        return client

    return become


STUDENTS = {"student", "another student", "foreign student"}
HERE = set(NAMES) - {"foreign student", "foreign recruiter", "foreign staff"}
WATCH = {"staff", "department", "partner staff", "operator"}
BOTH_SIDES = {"student", "recruiter"}
READ = {
    ("list",): set(NAMES),
    ("detail", "fair"): HERE,
    ("hall", "fair"): {"student", "another student"},
    ("hall_rows", "fair"): {"student", "another student"},
    ("lines", "fair"): {"student", "another student"},
    ("lines_rows", "fair"): {"student", "another student"},
    ("meeting", "talk"): BOTH_SIDES,
    ("meeting_talk", "talk"): BOTH_SIDES,
    ("relay", "talk"): BOTH_SIDES,
    ("camera", "fair"): {"student", "another student", "recruiter", "other recruiter"},
    ("camera_relay", "fair"): {"student", "another student", "recruiter", "other recruiter"},
    ("sign_up", "fair"): {"recruiter", "other recruiter"},
    ("booths_mine",): {"recruiter", "other recruiter", "foreign recruiter"},
    ("console", "booth"): {"recruiter"},
    ("console_rows", "booth"): {"recruiter"},
    ("create",): {"staff", "partner staff", "foreign staff"},
    ("edit", "fair"): {"staff"},
    ("booths", "fair"): WATCH,
    ("control", "fair"): WATCH,
    ("control_rows", "fair"): WATCH,
    ("control_course", "fair"): WATCH,
    ("report", "fair"): WATCH,
}
OPEN = {("list",), ("detail", "fair")}


@pytest.mark.parametrize("page", READ)
def test_who_reads_a_page(browser, world, page):
    _people, _sessions, ids = world
    name, *keys = page
    url = reverse(f"fairs:{name}", args=[ids[key] for key in keys])
    seen = {}
    for who in NAMES:
        client = browser(who)
        seen[who] = client.get(url).status_code
    refused = dict.fromkeys(set(NAMES) - READ[page], 404)
    if page not in OPEN:
        refused["anonymous"] = 302
    elif page == ("detail", "fair"):
        refused.pop("anonymous", None)
    if page == ("edit", "fair"):
        refused["partner staff"] = 403
    if page == ("relay", "talk"):
        refused |= dict.fromkeys(WATCH, 403)
    assert seen == dict.fromkeys(READ[page], 200) | refused


@pytest.mark.parametrize("figure", ["registered", "openings", "tickets", "talks"])
def test_who_opens_a_figure_into_its_rows(browser, world, figure):
    _people, _sessions, ids = world
    url = reverse("fairs:report_rows", args=[ids["fair"], figure])
    inside = set()
    for who in NAMES[1:]:
        client = browser(who)
        if client.get(url).status_code == 200:
            inside.add(who)
    assert inside == WATCH
    client = browser("staff")
    assert client.get(reverse("fairs:report_rows", args=[ids["fair"], "salaries"])).status_code == 404


WRITE = {
    ("register", "fair"): ({}, {"student", "another student"}),
    ("join", "booth"): ({}, {"another student"}),
    ("ticket", "ticket", "away"): ({}, {"student"}),
    ("ticket", "ticket", "leave"): ({}, {"student"}),
    ("ticket", "ticket", "accept"): ({}, set()),
    ("meeting_say", "talk"): ({"text": "您好"}, BOTH_SIDES),
    ("meeting_share", "talk"): ({"what": "contact"}, {"student"}),
    ("meeting_end", "talk"): ({"outcome": "declined"}, BOTH_SIDES),
    ("meeting_more", "talk"): ({"what": "ask", "minutes": "5"}, BOTH_SIDES),
    ("camera", "fair"): ({}, {"student", "another student", "recruiter", "other recruiter"}),
    ("sign_up", "fair"): ({}, set()),
    ("console_act", "booth", "pause"): ({}, {"recruiter"}),
    ("console_act", "booth", "call"): ({}, set()),
    ("console_act", "booth", "put-back"): ({}, set()),
    ("console_act", "booth", "fly"): ({}, set()),
    ("move", "fair"): ({"to": "paused"}, {"staff"}),
    ("decide", "booth"): ({"decision": "approve"}, set()),
}


@pytest.mark.parametrize("button", WRITE)
def test_who_presses_a_button(browser, world, button):
    """Each person's press alone: whoever may, writes; of everybody else there is no row."""
    _people, _sessions, ids = world
    name, *keys = button
    values, may = WRITE[button]
    url = reverse(f"fairs:{name}", args=[ids.get(key, key) for key in keys])
    for who in [name for name in NAMES if name not in may]:
        client = browser(who)
        before = rows()
        status = client.post(url, values).status_code
        assert rows() == before, who
        assert status in ({302} if who == "anonymous" else {403, 404, 409, 422, 200}), (who, status)
    for who in [name for name in NAMES if name in may]:
        client = browser(who)
        before = rows()
        client.post(url, values)
        changed = rows() != before
        # Registered already, or the other side was first: then nothing is left to do.
        assert changed or button in {
            ("register", "fair"),
            ("meeting_end", "talk"),
            ("meeting_more", "talk"),
        }, who


@pytest.mark.parametrize("button", WRITE)
def test_a_button_is_not_pressed_by_a_link(browser, world, button):
    _people, _sessions, ids = world
    name, *keys = button
    if name in {"sign_up", "camera"}:
        return
    client = browser("staff")
    before = rows()
    url = reverse(f"fairs:{name}", args=[ids.get(key, key) for key in keys])
    assert client.get(url).status_code == 405
    assert rows() == before


SENTENCES = {
    ("list",): ("student", "线上线下双向选择，排队公开透明。", "in lines that cannot lie"),
    ("detail", "fair"): ("student", "参会企业", "Who comes"),
    ("hall", "fair"): ("another student", "取号排队", "Join the line"),
    ("lines", "fair"): ("student", "您的号", "Your number"),
    ("meeting", "talk"): ("student", "结束洽谈", "End the meeting"),
    ("camera", "fair"): ("student", "开始测试", "Start the test"),
    ("console", "booth"): ("recruiter", "暂停排队", "Pause the line"),
    ("booths_mine",): ("recruiter", "我们的展位", "Our booths"),
    ("control", "fair"): ("staff", "指挥中心", "Control room"),
    ("report", "fair"): ("staff", "求人倍率", "Demand/supply ratio"),
}


@pytest.mark.parametrize("page", SENTENCES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_page_speaks_both_languages(browser, world, page, language):
    people, _sessions, ids = world
    name, *keys = page
    who, chinese, english = SENTENCES[page]
    client = browser(who)
    User.objects.filter(pk=people[who].user_id).update(language=language)
    text = client.get(
        reverse(f"fairs:{name}", args=[ids[key] for key in keys]), headers={"accept-language": language}
    ).content.decode()
    assert (chinese in text, english in text) == (language == "zh-hans", language == "en")
