"""Snapshots: who may follow which stream, and what each of them shows."""

from datetime import timedelta

import pytest

from backend.accounts.actor import ANONYMOUS, SYSTEM, actor_of
from backend.accounts.models import Membership
from backend.common import clock
from backend.common.errors import NotFound
from fairs import snapshots
from fairs.domain import booth as booths
from fairs.domain import chat, digest, line, meeting
from fairs.models import Event, Stream
from tests import scenes
from tests.factories.accounts import MembershipFactory
from tests.factories.fairs import BoothFactory, FairFactory, TicketFactory, recruiter_at, staff_of, student_at
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory
from tests.fairs.support import called_fields, talk_at, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def build():
    """A live fair of an alliance with a talk going on; streams by name, people by name."""
    school = SchoolFactory(alliance=AllianceFactory())
    fair = FairFactory(school=school)
    booth = BoothFactory(fair=fair)
    student, recruiter, talk = talk_at(booth)
    partner = FairFactory(school=SchoolFactory(alliance=school.alliance))
    people = {
        "student": student,
        "recruiter": recruiter,
        "colleague": recruiter_at(booth),
        "another student": student_at(fair),
        "partner student": student_at(partner),
        "foreign student": student_at(FairFactory()),
        "other recruiter": recruiter_at(BoothFactory(fair=fair)),
        "foreign recruiter": recruiter_at(BoothFactory()),
        "staff": staff_of(fair),
        "department": actor_of(
            MembershipFactory(school=school, department=DepartmentFactory(school=school)).user
        ),
        "partner staff": staff_of(partner),
        "foreign staff": staff_of(FairFactory()),
        "operator": actor_of(MembershipFactory(operator=True).user),
        "former": actor_of(MembershipFactory(ended=True).user),
    }
    streams = {
        "fair": f"fair-{fair.pk}",
        "line": f"line-{booth.pk}",
        "booth": f"booth-{booth.pk}",
        "person": f"person-{student.user_id}",
        "meeting": f"meeting-{talk.pk}",
    }
    return people, streams, booth, talk


made, world = scenes.fixtures(build)


INSIDE = {
    "student",
    "recruiter",
    "colleague",
    "another student",
    "partner student",
    "other recruiter",
    "staff",
    "department",
    "partner staff",
    "operator",
    "former",
}
FOLLOW = {
    "fair": INSIDE,
    "line": INSIDE,
    "booth": {"recruiter", "colleague", "staff", "department", "partner staff", "operator"},
    "person": {"student"},
    "meeting": {"student", "recruiter", "colleague"},
}


@pytest.mark.parametrize("audience", FOLLOW)
def test_who_may_follow_what(world, audience):
    people, streams, _booth, _talk = world
    may = {name for name, actor in people.items() if snapshots.may_follow(actor, streams[audience])}
    assert may == FOLLOW[audience]
    for name, actor in people.items():
        if name not in may:
            with pytest.raises(NotFound):
                snapshots.take(actor, streams[audience])


@pytest.mark.parametrize("audience", FOLLOW)
def test_a_refused_snapshot_makes_no_stream(world, audience):
    people, streams, _booth, _talk = world
    Stream.objects.all().delete()
    with pytest.raises(NotFound):
        snapshots.take(people["foreign student"], streams[audience])
    assert Stream.objects.count() == 0


@pytest.mark.parametrize(
    "name",
    [
        "",
        "fair",
        "fair-",
        "-1",
        "fair--1",
        "fair-01",
        "fair-1-2",
        "fair-1.0",
        "fair-²",
        "fair-１",
        "hall-1",
        "fair-" + "9" * 19,
    ],
)
def test_what_is_no_stream_is_nobodys(world, name):
    people, _streams, _booth, _talk = world
    assert [who for who, actor in people.items() if snapshots.may_follow(actor, name)] == []
    assert snapshots.may_follow(SYSTEM, name) is False


@pytest.mark.parametrize("audience", ["fair", "line", "booth", "meeting", "person"])
def test_nobody_signed_in_has_no_stream_of_their_own(world, audience):
    _people, streams, _booth, _talk = world
    assert snapshots.may_follow(ANONYMOUS, streams[audience]) is (audience in {"fair", "line"})


@pytest.mark.parametrize(
    ("status", "follows"),
    [
        ("draft", {"staff", "department", "operator"}),
        ("archived", {"staff", "department", "operator"}),
        ("closed", INSIDE),
        ("paused", INSIDE),
    ],
)
def test_a_fair_that_is_not_public_is_its_schools(world, status, follows):
    people, streams, booth, _talk = world
    type(booth.fair).objects.filter(pk=booth.fair_id).update(status=status)
    may = {name for name, actor in people.items() if snapshots.may_follow(actor, streams["fair"])}
    assert may == follows


class TestStates:
    def test_the_hall(self, world):
        people, streams, booth, _talk = world
        other = booth.fair.booths.exclude(pk=booth.pk).get()
        TicketFactory(booth=booth)
        TicketFactory(booth=booth, status="away")
        TicketFactory(booth=other, status="called", **called_fields())
        booths.pause_booth(actor=people["staff"], booth_id=other.pk, paused=True)
        expected = {"status": "live", "booths": {str(booth.pk): [2, 1, False], str(other.pk): [0, 0, True]}}
        for who in ("student", "recruiter", "staff", "operator"):
            assert snapshots.take(people[who], streams["fair"])[1] == expected

    def test_the_hall_says_nothing_of_a_suspended_company_to_anybody(self, world):
        people, streams, booth, _talk = world
        booth.company.status = "suspended"
        booth.company.save()
        for who in ("another student", "staff", "colleague"):
            assert str(booth.pk) not in snapshots.take(people[who], streams["fair"])[1]["booths"]
        digest.publish([{"fair": booth.fair_id, "booth": booth.pk}])
        assert told(streams["fair"]) == []

    def test_a_line_with_and_without_a_place_of_ones_own(self, world):
        people, streams, booth, _talk = world
        for who in ("another student", "partner student"):
            actor = people[who]
            if who == "partner student":
                booth.fair.registrations.create(student_id=actor.student_id)
            line.join_line(actor=actor, booth_id=booth.pk)
        take = {who: snapshots.take(people[who], streams["line"])[1] for who in people if who in INSIDE}
        assert take["another student"] == {
            "length": 2,
            "paused": False,
            "message": "",
            "number": 2,
            "place": 1,
        }
        assert take["partner student"] == {
            "length": 2,
            "paused": False,
            "message": "",
            "number": 3,
            "place": 2,
        }
        # In a meeting one has a number and no place; others have neither.
        assert take["student"] == {"length": 2, "paused": False, "message": "", "number": 1, "place": None}
        assert take["recruiter"] == {
            "length": 2,
            "paused": False,
            "message": "",
            "number": None,
            "place": None,
        }

    def test_a_booth_shows_numbers_and_statuses_and_no_name(self, world):
        people, streams, booth, talk = world
        waiting = TicketFactory(booth=booth, number=8)
        TicketFactory(booth=booth, number=9, status="left")
        TicketFactory(number=10)
        assert snapshots.take(people["recruiter"], streams["booth"])[1] == {
            "tickets": {str(talk.ticket_id): [1, "meeting"], str(waiting.pk): [8, "waiting"]},
            "invitations": [],
            "said": None,
            "groups": [],
        }

    def test_a_person_sees_their_tickets_calls_and_meetings(self, world):
        people, streams, booth, talk = world
        other = booth.fair.booths.exclude(pk=booth.pk).get()
        second = line.join_line(actor=people["student"], booth_id=other.pk)
        assert snapshots.take(people["student"], streams["person"])[1] == {
            "tickets": {
                str(talk.ticket_id): [booth.pk, 1, "meeting", None, talk.pk],
                str(second.pk): [other.pk, 1, "waiting", None, None],
            },
            "invitations": {},
            "handovers": {},
            "groups": {},
        }
        meeting.end_meeting(actor=people["recruiter"], meeting_id=talk.pk, outcome="offer")
        called = line.call_next(actor=people["other recruiter"], booth_id=other.pk)
        assert snapshots.take(people["student"], streams["person"])[1] == {
            "tickets": {str(second.pk): [other.pk, 1, "called", called.answer_by.isoformat(), None]},
            "invitations": {},
            "handovers": {},
            "groups": {},
        }

    @pytest.mark.parametrize("who", ["recruiter", "staff", "operator", "former"])
    def test_who_is_no_student_has_no_tickets(self, world, who):
        actor = world[0][who]
        assert snapshots.take(actor, f"person-{actor.user_id}")[1] == {
            "tickets": {},
            "invitations": {},
            "handovers": {},
            "groups": {},
        }

    def test_a_meeting_shows_what_was_said_to_both_and_the_note_to_nobody(self, world):
        people, streams, _booth, talk = world
        one = chat.send_message(actor=people["student"], meeting_id=talk.pk, text="您好")
        clock.advance(timedelta(seconds=5))
        two = chat.send_message(actor=people["recruiter"], meeting_id=talk.pk, text="你好")
        meeting.end_meeting(
            actor=people["recruiter"], meeting_id=talk.pk, outcome="declined", message="抱歉", note="内部"
        )
        expected = {
            "status": "ended",
            "outcome": "declined",
            "message": "抱歉",
            "ends_at": talk.ends_at.isoformat(),
            "asked": None,
            "messages": [
                [one.pk, True, "text", "您好", one.at.isoformat()],
                [two.pk, False, "text", "你好", two.at.isoformat()],
            ],
        }
        for who in ("student", "recruiter", "colleague"):
            assert snapshots.take(people[who], streams["meeting"])[1] == expected


def test_a_snapshot_stands_at_the_last_event(world):
    people, streams, booth, _talk = world
    last = Event.objects.filter(stream__name=streams["line"]).count()
    assert snapshots.take(people["student"], streams["line"])[0] == last == 2
    TicketFactory(booth=booth)  # written past the journal: no event, no number
    assert snapshots.take(people["student"], streams["line"])[0] == 2


def test_rights_are_read_afresh_each_time(world):
    people, streams, _booth, _talk = world
    Membership.objects.filter(user_id=people["recruiter"].user_id).update(ended_at=clock.now())
    from backend.accounts.models import User

    now = actor_of(User.objects.get(pk=people["recruiter"].user_id))
    assert (snapshots.may_follow(now, streams["booth"]), snapshots.may_follow(now, streams["meeting"])) == (
        False,
        False,
    )
