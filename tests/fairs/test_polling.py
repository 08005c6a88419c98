"""Without WebSocket: each live page polls the very part it was delivered with, and shows what a socket would tell."""

import re

import pytest
from django.urls import reverse

from backend.accounts.models import User
from fairs import snapshots
from fairs.domain import booth as booths
from fairs.domain import chat, line, meeting
from fairs.models import BoothPosition
from tests.factories.fairs import BoothFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory
from tests.fairs.support import talk_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
LIVE = {
    "hall": ("student", "hall", "hall_rows", 10),
    "lines": ("student", "lines", "lines_rows", None),
    "console": ("recruiter", "console", "console_rows", 5),
    "control": ("staff", "control", "control_rows", 5),
    "meeting": ("student", "meeting", "meeting_talk", 5),
    "meeting of the recruiter": ("recruiter", "meeting", "meeting_talk", 5),
}


class Scene:
    """A fair with somebody waiting, somebody called, and a talk."""

    def __init__(self, client):
        self.booth = BoothFactory()
        self.fair = self.booth.fair
        self.student, self.recruiter, self.talk = talk_at(self.booth)
        self.staff, self.second = staff_of(self.fair), recruiter_at(self.booth)
        self.other = BoothFactory(fair=self.fair)
        for place in (self.booth, self.other):
            position = PositionFactory(company=place.company, published=True)
            BoothPosition.objects.create(booth=place, position=position)
        self.waiting = student_at(self.fair)
        self.ticket = line.join_line(actor=self.waiting, booth_id=self.booth.pk)
        line.join_line(actor=self.student, booth_id=self.other.pk)
        self._client = client

    def read(self, who, name):
        """The text of a page as somebody sees it; forms carry a token of their own each time."""
        self._client.force_login(User.objects.get(pk=getattr(self, who).user_id))
        keys = {"console": self.booth.pk, "console_rows": self.booth.pk}
        keys |= {"meeting": self.talk.pk, "meeting_talk": self.talk.pk}
        response = self._client.get(
            reverse(f"fairs:{name}", args=[keys.get(name, self.fair.pk)]), headers={"hx-request": "true"}
        )
        assert response.status_code == 200
        return CSRF.sub("", response.content.decode()), response

    def happen(self):
        """Something of everything: a call, a message, a pause, somebody who joins."""
        line.call_next(actor=self.second, booth_id=self.booth.pk)
        chat.send_message(actor=self.recruiter, meeting_id=self.talk.pk, text="请稍等片刻")
        booths.pause_booth(actor=self.staff, booth_id=self.other.pk, paused=True)
        line.join_line(actor=student_at(self.fair), booth_id=self.other.pk)


@pytest.fixture
def scene(client):
    return Scene(client)


@pytest.mark.parametrize("page", LIVE)
def test_the_page_polls_the_part_it_was_delivered_with(scene, page):
    who, whole, part, seconds = LIVE[page]
    text, _response = scene.read(who, whole)
    url = reverse(
        f"fairs:{part}",
        args=[{"console_rows": scene.booth.pk, "meeting_talk": scene.talk.pk}.get(part, scene.fair.pk)],
    )
    polls = re.findall(r'<div id="\w+" hx-get="([^"]+)" hx-trigger="([^"]+)" hx-swap="innerHTML">', text)
    # What is not delivered with the page is read once it is there.
    (poll,) = [found for found in polls if not found[1].startswith("load")]
    assert poll[0].partition("?")[0] == url
    every = int(re.match(r"every (\d+)s", poll[1]).group(1))
    assert every <= 10
    assert seconds in {every, None}
    assert "fairs:changed from:body" in poll[1]
    assert scene.read(who, part)[0].strip() in text


@pytest.mark.parametrize("page", LIVE)
def test_what_happens_meanwhile_is_in_the_next_poll(scene, page):
    who, whole, part, _seconds = LIVE[page]
    before, _response = scene.read(who, part)
    scene.happen()
    after, _response = scene.read(who, part)
    assert after != before
    assert after.strip() in scene.read(who, whole)[0]


class TestSameAsTheSnapshot:
    """What the polled part shows is what the socket's snapshot says."""

    def test_the_hall(self, scene):
        scene.happen()
        _text, response = scene.read("student", "hall_rows")
        shown = {
            str(b.pk): [b.figures.waiting, b.figures.meetings, b.paused] for b in response.context["rows"]
        }
        _seq, state = snapshots.take(scene.student, f"fair-{scene.fair.pk}")
        assert (response.context["fair"].status, shown) == (state["status"], state["booths"])

    def test_the_control_room(self, scene):
        scene.happen()
        _text, response = scene.read("staff", "control_rows")
        shown = {
            str(row.booth.pk): [row.figures.waiting, row.figures.meetings, row.booth.paused]
            for row in response.context["rows"]
        }
        assert shown == snapshots.take(scene.staff, f"fair-{scene.fair.pk}")[1]["booths"]

    def test_the_console(self, scene):
        scene.happen()
        _text, response = scene.read("recruiter", "console_rows")
        tickets = [*response.context["busy"], *response.context["waiting"]]
        shown = {str(t.pk): [t.number, t.status] for t in tickets}
        assert shown == snapshots.take(scene.recruiter, f"booth-{scene.booth.pk}")[1]["tickets"]

    def test_my_lines(self, scene):
        scene.happen()
        _text, response = scene.read("student", "lines_rows")
        live = response.context["live"]
        shown = {
            str(t.pk): [
                t.booth_id,
                t.number,
                t.status,
                t.answer_by.isoformat() if t.status == "called" else None,
                t.meeting.pk if hasattr(t, "meeting") else None,
            ]
            for t in live
        }
        assert shown == snapshots.take(scene.student, f"person-{scene.student.user_id}")[1]["tickets"]
        for ticket in live:
            _seq, state = snapshots.take(scene.student, f"line-{ticket.booth_id}")
            assert (ticket.number, ticket.place, ticket.booth.paused) == (
                state["number"],
                state["place"],
                state["paused"],
            )

    @pytest.mark.parametrize("who", ["student", "recruiter"])
    def test_a_meeting_until_after_its_end(self, scene, who):
        scene.happen()
        meeting.end_meeting(
            actor=scene.recruiter, meeting_id=scene.talk.pk, outcome="interview", message="周五见"
        )
        text, response = scene.read(who, "meeting_talk")
        _seq, state = snapshots.take(getattr(scene, who), f"meeting-{scene.talk.pk}")
        shown = [[m.pk, m.by_student, m.kind, m.text, m.at.isoformat()] for m in response.context["lines"]]
        assert shown == state["messages"]
        assert (response.context["open"], state["status"]) == (False, "ended")
        assert state["message"] in text

    def test_a_page_names_the_streams_its_socket_follows(self, scene):
        for page, (who, whole, _part, _seconds) in LIVE.items():
            text, _response = scene.read(who, whole)
            streams, quiet = re.search(r'data-streams="([^"]+)" data-quiet="([^"]*)"', text).groups()
            actor = getattr(scene, who)
            assert [s for s in f"{streams} {quiet}".split() if not snapshots.may_follow(actor, s)] == [], page


def test_every_step_of_a_talk_works_without_a_script(scene, client):
    """Join, call, come, talk, end by plain forms, each page read again instead of a socket."""

    def as_(actor):
        client.force_login(User.objects.get(pk=actor.user_id))

    newcomer = student_at(scene.fair)
    line.leave_line(actor=scene.waiting, ticket_id=scene.ticket.pk)
    as_(newcomer)
    client.post(reverse("fairs:join", args=[scene.booth.pk]))
    page = client.get(reverse("fairs:lines", args=[scene.fair.pk]))
    (mine,) = page.context["live"]
    assert (mine.status, mine.place) == ("waiting", 1)
    as_(scene.second)
    client.post(reverse("fairs:console_act", args=[scene.booth.pk, "call"]))
    as_(newcomer)
    page = client.get(reverse("fairs:lines", args=[scene.fair.pk]))
    accept = reverse("fairs:ticket", args=[mine.pk, "accept"])
    assert accept in page.content.decode()
    talk = client.post(accept).url
    assert client.post(f"{talk}say/", {"text": "我来了"}).url == talk
    as_(scene.second)
    assert "我来了" in client.get(talk).content.decode()
    client.post(f"{talk}end/", {"outcome": "declined", "message": "谢谢参加"})
    as_(newcomer)
    assert "谢谢参加" in client.get(talk).content.decode()
    page = client.get(reverse("fairs:lines", args=[scene.fair.pk]))
    assert [(t.status, t.meeting.outcome) for t in page.context["rows"]] == [("served", "declined")]
