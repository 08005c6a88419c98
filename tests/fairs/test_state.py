"""State + events = state: for every command, whoever watches carries the snapshot forward to what a fresh one says."""

from datetime import timedelta
from functools import reduce

import pytest

from backend.common import clock, outbox
from backend.companies.models import CompanyDivision
from fairs import snapshots
from fairs.domain import booth as booths
from fairs.domain import chat, digest, extension, group, handover, line, meeting
from fairs.domain import fair as fairs
from fairs.domain.invitation import invite
from fairs.models import Event, FairRegistration, Ticket
from fairs.protocol import MESSAGES, commands, events
from fairs.protocol.state import apply
from fairs.realtime import handlers
from tests import scenes
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.fairs.support import talk_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


class Scene:
    """A booth with one waiting, one away, one called, one talking; a second booth; everybody watches."""

    def __init__(self):
        self.fair = FairFactory()
        self.booth, self.other = BoothFactory(fair=self.fair), BoothFactory(fair=self.fair)
        self.staff, self.recruiter = staff_of(self.fair), recruiter_at(self.booth)
        self.caller, self.free = recruiter_at(self.booth), recruiter_at(self.booth)
        self.talker, _recruiter, self.talk = talk_at(self.booth, recruiter=self.recruiter)
        self.called, self.away, self.waiting, self.newcomer = (student_at(self.fair) for _ in range(4))
        self.call = line.join_line(actor=self.called, booth_id=self.booth.pk)
        line.call_next(actor=self.caller, booth_id=self.booth.pk)
        self.gone = line.join_line(actor=self.away, booth_id=self.booth.pk)
        line.step_away(actor=self.away, ticket_id=self.gone.pk)
        self.place = line.join_line(actor=self.waiting, booth_id=self.booth.pk)
        self.behind = student_at(self.fair)
        self.last = line.join_line(actor=self.behind, booth_id=self.booth.pk)
        division = CompanyDivision.objects.create(company=self.booth.company, name="软件部")
        self.beside = BoothFactory(fair=self.fair, company=self.booth.company, division=division)
        said = {"booth_id": self.beside.pk, "reason": "软件岗位在那边"}
        handover.ask_handover(actor=self.recruiter, ticket_id=self.last.pk, **said)
        line.join_line(actor=self.waiting, booth_id=self.other.pk)
        self.seen = FairRegistration.objects.get(student_id=student_at(self.fair).student_id)
        FairRegistration.objects.update(entered_at=clock.now())
        asked = FairRegistration.objects.get(student_id=self.newcomer.student_id)
        self.invited = invite(actor=self.recruiter, booth_id=self.booth.pk, registration_id=asked.pk)
        self.lead, self.joined = recruiter_at(self.beside), [student_at(self.fair) for _ in range(4)]
        tickets = [line.join_line(actor=actor, booth_id=self.beside.pk) for actor in self.joined]
        self.group = group.open_group(actor=self.lead, booth_id=self.beside.pk, size=3)
        meeting.accept_call(actor=self.joined[0], ticket_id=tickets[0].pk)
        line.leave_line(actor=self.joined[2], ticket_id=tickets[2].pk)
        self.in_group, self.asked_in, self.asked_ticket = *self.joined[:2], tickets[1]
        self.deliver()
        self.before = {key: snapshots.take(*key) for key in self.watched()}

    def watched(self):
        students = [self.talker, self.called, self.away, self.waiting, self.behind, self.newcomer]
        students += [self.in_group, self.asked_in]
        booth, other, fair = self.booth.pk, self.other.pk, self.fair.pk
        return [
            *[(actor, f"fair-{fair}") for actor in (self.staff, self.recruiter, self.waiting)],
            *[
                (actor, f"line-{number}")
                for actor in [*students, self.recruiter]
                for number in (booth, other, self.beside.pk)
            ],
            *[(actor, f"booth-{booth}") for actor in (self.recruiter, self.staff)],
            *[(actor, f"booth-{self.beside.pk}") for actor in (self.recruiter, self.staff)],
            *[(actor, f"group-{self.group.pk}") for actor in (self.in_group, self.recruiter)],
            *[(actor, f"person-{actor.user_id}") for actor in [*students, self.recruiter]],
            *[(actor, f"meeting-{self.talk.pk}") for actor in (self.talker, self.recruiter)],
        ]

    def deliver(self):
        """Two seconds later the digest is out."""
        clock.advance(timedelta(seconds=2))
        outbox.run_once(only=[digest.TOPIC])

    def folded(self, key):
        seq, state = self.before[key]
        rows = list(Event.objects.filter(stream__name=key[1], seq__gt=seq).order_by("seq"))
        assert [row.seq for row in rows] == list(range(seq + 1, seq + 1 + len(rows)))
        return seq + len(rows), reduce(apply, [events.read(row.kind, row.payload) for row in rows], state)


made, scene = scenes.fixtures(Scene)


COMMANDS = {
    "join_line": ("newcomer", lambda s: {"booth": s.booth.pk}, {"line", "booth", "person", "fair"}),
    "step_away": ("waiting", lambda s: {"ticket": s.place.pk}, {"booth", "person", "fair"}),
    "come_back": ("away", lambda s: {"ticket": s.gone.pk}, {"booth", "person", "fair"}),
    "leave_line": ("waiting", lambda s: {"ticket": s.place.pk}, {"line", "booth", "person", "fair"}),
    "accept_call": ("called", lambda s: {"ticket": s.call.pk}, {"booth", "person", "fair"}),
    "call_next": ("free", lambda s: {"booth": s.booth.pk}, {"line", "booth", "person", "fair"}),
    "put_back": ("caller", lambda s: {"ticket": s.call.pk}, {"line", "booth", "person", "fair"}),
    "pause_booth": (
        "recruiter",
        lambda s: {"booth": s.booth.pk, "paused": True, "message": "午休"},
        {"line", "fair"},
    ),
    "ask_handover": (
        "recruiter",
        lambda s: {"ticket": s.place.pk, "booth": s.beside.pk, "reason": "软件岗位在那边"},
        {"booth", "person"},
    ),
    "answer_handover": (
        "behind",
        lambda s: {"ticket": s.last.pk, "agree": True},
        {"line", "booth", "person", "fair"},
    ),
    "hand_meeting": (
        "recruiter",
        lambda s: {"meeting": s.talk.pk, "user": s.free.user_id},
        {"booth", "meeting"},
    ),
    "swap_line": (
        "away",
        lambda s: {"ticket": s.gone.pk, "booth": s.other.pk},
        {"line", "booth", "person", "fair"},
    ),
    "send_message": ("talker", lambda s: {"meeting": s.talk.pk, "text": "您好"}, {"meeting"}),
    "end_meeting": (
        "recruiter",
        lambda s: {"meeting": s.talk.pk, "outcome": "offer", "message": "欢迎"},
        {"meeting", "booth", "person", "fair"},
    ),
    "signal": (
        "talker",
        lambda s: {"meeting": s.talk.pk, "call": "c-1", "what": "ring", "data": ""},
        {"meeting"},
    ),
    "ask_extension": ("recruiter", lambda s: {"meeting": s.talk.pk, "minutes": 5}, {"meeting"}),
    "answer_extension": ("talker", lambda s: {"meeting": s.talk.pk, "agreed": True}, {"meeting"}),
    "invite": (
        "recruiter",
        lambda s: {"booth": s.booth.pk, "registration": s.seen.pk, "text": "来聊聊"},
        {"booth", "person"},
    ),
    "answer_invitation": (
        "newcomer",
        lambda s: {"invitation": s.invited.pk, "accept": True},
        {"line", "booth", "person", "fair"},
    ),
    "say_to_team": ("recruiter", lambda s: {"booth": s.booth.pk, "text": "我去吃饭"}, {"booth"}),
    "open_group": (
        "free",
        lambda s: {"booth": s.booth.pk, "size": 2, "topic": "校招宣讲"},
        {"line", "booth", "person", "fair"},
    ),
    "fill_group": ("lead", lambda s: {"group": s.group.pk}, {"line", "booth", "person", "fair"}),
    "decline_group": (
        "asked_in",
        lambda s: {"ticket": s.asked_ticket.pk},
        {"line", "booth", "person", "fair"},
    ),
    "say_to_group": ("in_group", lambda s: {"group": s.group.pk, "text": "您好"}, {"group"}),
    "end_group": (
        "recruiter",
        lambda s: {"group": s.group.pk, "outcome": "interview", "message": "周五见"},
        {"group", "meeting", "line", "booth", "person", "fair"},
    ),
    "report_person": ("talker", lambda s: {"meeting": s.talk.pk, "reason": "rude", "text": ""}, set()),
    "block_person": ("talker", lambda s: {"meeting": s.talk.pk}, {"meeting", "booth", "person", "fair"}),
}

# What has to have happened before a command.
FIRST = {
    "answer_extension": lambda s: extension.ask_extension(actor=s.recruiter, meeting_id=s.talk.pk, minutes=5)
}


def test_every_command_is_tried():
    assert set(COMMANDS) == set(commands.ALL)


@pytest.mark.parametrize("name", COMMANDS)
def test_state_and_events_are_state(scene, name):
    who, args, audiences = COMMANDS[name]
    actor = getattr(scene, who)
    FIRST.get(name, lambda _scene: None)(scene)
    newest = dict(Event.objects.order_by("pk").values_list("stream__name", "seq"))
    answer = handlers.run(actor.user_id, "c1", commands.parse(name, args(scene)))
    assert answer["ok"] is True
    scene.deliver()
    changed = {
        stream.partition("-")[0]
        for stream, seq in Event.objects.order_by("pk").values_list("stream__name", "seq")
        if seq > newest.get(stream, 0)
    }
    assert changed == audiences
    for key in scene.watched():
        seq, state = scene.folded(key)
        fresh_seq, fresh = snapshots.take_all([key])[key]
        drawn_at = {
            "join_line": scene.booth,
            "answer_invitation": scene.booth,
            "swap_line": scene.other,
            "answer_handover": scene.beside,
        }.get(name)
        if drawn_at and key == (actor, f"line-{drawn_at.pk}"):
            # One's own number is in the answer and on one's own stream, not on the line's.
            assert fresh["number"] == Ticket.objects.get(pk=answer["result"]["ticket"]).number
            fresh = {**fresh, "number": None, "place": None}
        assert (key[1], seq, state) == (key[1], fresh_seq, fresh)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_refused_command_is_told_to_nobody_and_answered_the_same_again(scene, name):
    _who, args, _audiences = COMMANDS[name]
    stranger = student_at(FairFactory())
    before = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    command = commands.parse(name, args(scene))
    first = handlers.run(stranger.user_id, "c1", command)
    assert (first["ok"], first["error"]) == (False, "not_found")
    assert handlers.run(stranger.user_id, "c1", command) == first
    assert list(Event.objects.order_by("pk").values_list("pk", flat=True)) == before


@pytest.mark.parametrize("name", COMMANDS)
def test_a_repeated_id_gets_the_first_answer_and_does_nothing_more(scene, name):
    who, args, _audiences = COMMANDS[name]
    command = commands.parse(name, args(scene))
    user = getattr(scene, who).user_id
    FIRST.get(name, lambda _scene: None)(scene)
    first = handlers.run(user, "c1", command)
    count = Event.objects.count()
    assert handlers.run(user, "c1", command) == first
    assert Event.objects.count() == count
    other = handlers.run(user, "c2", commands.parse("join_line", {"booth": 10**9}))
    assert other["error"] == "not_found"


class TestOutsideTheSocket:
    """Writes that no command makes: the same promise holds."""

    @pytest.mark.parametrize("what", ["close", "pause", "expire", "answer", "share", "staff pause", "refuse"])
    def test_state_and_events_are_state(self, scene, what):
        if what in {"close", "pause"}:
            to = "closed" if what == "close" else "paused"
            fairs.move_fair(actor=scene.staff, fair_id=scene.fair.pk, to=to)
        elif what == "expire":
            clock.advance(timedelta(minutes=5))
            assert line.expire_calls() == 2
        elif what == "answer":
            meeting.end_meeting(actor=scene.talker, meeting_id=scene.talk.pk)
            meeting.answer_meeting(actor=scene.recruiter, meeting_id=scene.talk.pk, outcome="declined")
        elif what == "refuse":
            extension.ask_extension(actor=scene.talker, meeting_id=scene.talk.pk, minutes=5)
            extension.answer_extension(actor=scene.recruiter, meeting_id=scene.talk.pk, agreed=False)
        elif what == "share":
            chat.share_contact(actor=scene.talker, meeting_id=scene.talk.pk)
        else:
            booths.pause_booth(actor=scene.staff, booth_id=scene.other.pk, paused=True)
        scene.deliver()
        for key in scene.watched():
            assert scene.folded(key) == snapshots.take_all([key])[key]

    def test_a_long_talk_keeps_its_newest_messages(self, scene):
        for n in range(MESSAGES + 5):
            chat.send_message(actor=scene.talker, meeting_id=scene.talk.pk, text=str(n))
        key = (scene.talker, f"meeting-{scene.talk.pk}")
        seq, state = scene.folded(key)
        assert (seq, state) == snapshots.take(*key)
        assert [row[3] for row in state["messages"]] == [str(n) for n in range(5, MESSAGES + 5)]
