"""Announcements reach exactly whom they are for, by event and by page, and only staff who run the fair make them."""

import pytest

from backend.accounts.actor import actor_of
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from fairs.domain import announcements, line
from fairs.models import Announcement
from tests.factories.accounts import MembershipFactory
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.schools import DepartmentFactory
from tests.fairs.support import heard_anywhere, refused, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def hall():
    """A fair with two booths in zone X and one in Y, and its staff."""
    fair = FairFactory()
    booths = [BoothFactory(fair=fair, zone=zone) for zone in "XXY"]
    BoothFactory(fair=fair, zone="X", requested=True)
    BoothFactory(zone="X")
    return fair, booths, staff_of(fair)


def say(staff, fair, scope="all", **more):
    return announcements.announce(
        actor=staff, fair_id=fair.pk, scope=scope, **{"text_zh": " 请到主席台 ", "text_en": "", **more}
    )


@pytest.mark.parametrize(
    ("scope", "streams"), [("all", ["fair"]), ("zone", ["line 0", "line 1"]), ("booth", ["line 2"])]
)
def test_the_event_goes_to_those_streams_and_no_other(hall, scope, streams):
    fair, booths, staff = hall
    row = say(staff, fair, scope, zone="X", booth_id=booths[2].pk)
    names = {"fair": f"fair-{fair.pk}", **{f"line {n}": f"line-{booth.pk}" for n, booth in enumerate(booths)}}
    wanted = {names[name] for name in streams}
    assert heard_anywhere() == wanted
    kind = "hall_announced" if scope == "all" else "line_announced"
    assert all(told(name) == [(kind, {"announcement": row.pk, "standing": True})] for name in wanted)
    announcements.withdraw(actor=staff, fair_id=fair.pk, announcement_id=row.pk)
    assert heard_anywhere() == wanted
    assert all(
        told(name, after=1) == [(kind, {"announcement": row.pk, "standing": False})] for name in wanted
    )
    target = "booths" if scope == "booth" else "fairs"
    assert trail() == [
        (f"{target}.announced", "", scope, staff.user_id),
        (f"{target}.announcement_withdrawn", scope, "", staff.user_id),
    ]
    with refused(Conflict, "withdrawn_already"):
        announcements.withdraw(actor=staff, fair_id=fair.pk, announcement_id=row.pk)


def test_who_reads_what(hall):
    fair, booths, staff = hall
    in_x, in_both, nowhere = (student_at(fair) for _ in range(3))
    line.join_line(actor=in_x, booth_id=booths[0].pk)
    for booth in (booths[1], booths[2]):
        line.join_line(actor=in_both, booth_id=booth.pk)
    everybody, zone, one = (
        say(staff, fair, scope, zone="X", booth_id=booths[2].pk, text_en=scope)
        for scope in ("all", "zone", "booth")
    )
    gone = say(staff, fair)
    announcements.withdraw(actor=staff, fair_id=fair.pk, announcement_id=gone.pk)
    say(staff_of(other := FairFactory(school=fair.school)), other)
    people = {
        "in x": in_x,
        "in both": in_both,
        "nowhere": nowhere,
        "booth 1": recruiter_at(booths[1]),
        "booth 2": recruiter_at(booths[2]),
        "staff": staff,
    }
    shown = {who: {row.scope for row in announcements.shown_to(actor, fair)} for who, actor in people.items()}
    assert shown == {
        "in x": {"all", "zone"},
        "in both": {"all", "zone", "booth"},
        "nowhere": {"all"},
        "booth 1": {"all", "zone"},
        "booth 2": {"all", "booth"},
        "staff": {"all", "zone", "booth"},
    }
    # Whoever has left the line has nothing to do with it any more; the newest comes first.
    line.leave_line(actor=in_x, ticket_id=line.Ticket.objects.get(student_id=in_x.student_id).pk)
    assert list(announcements.shown_to(in_x, fair)) == [everybody]
    assert list(announcements.shown_to(staff, fair)) == [one, zone, everybody]
    assert (zone.text("zh-hans"), zone.text("en"), gone.text("en")) == ("请到主席台", "zone", "请到主席台")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text_zh": " "}, "text_zh"),
        ({"text_en": "x" * 301}, "text_en"),
        ({"text_en": "\0"}, "text_en"),
        ({"scope": "school"}, "scope"),
        ({"scope": "zone", "zone": ""}, "zone"),
        ({"scope": "zone", "zone": "Z"}, "zone"),
        ({"scope": "booth"}, "booth"),
    ],
)
def test_what_is_wrong_is_named(hall, values, field):
    fair, _booths, staff = hall
    with refused(Invalid, "invalid") as refusal:
        say(staff, fair, **values)
    assert list(refusal.value.fields) == [field]


def test_a_booth_of_another_fair_is_none_of_this_one(hall):
    fair, _booths, staff = hall
    elsewhere = BoothFactory(fair=FairFactory(school=fair.school))
    with refused(Invalid, "invalid"):
        say(staff, fair, "booth", booth_id=elsewhere.pk)
    row = say(staff_of(other := FairFactory()), other)
    with refused(NotFound, "not_found"):
        announcements.withdraw(actor=staff, fair_id=fair.pk, announcement_id=row.pk)


def test_only_staff_of_the_whole_school_announce(hall):
    fair, booths, _staff = hall
    department = MembershipFactory(school=fair.school, department=DepartmentFactory(school=fair.school))
    for actor, error in (
        (student_at(fair), NotAllowed),
        (recruiter_at(booths[0]), NotAllowed),
        (actor_of(department.user), NotAllowed),
        (staff_of(FairFactory()), NotFound),
    ):
        with refused(error, error.code):
            say(actor, fair)


def test_twenty_stand_at_once_for_everybody_and_at_each_booth(hall, monkeypatch):
    fair, booths, staff = hall
    monkeypatch.setattr(announcements, "MOST", 1)
    for scope in ("all", "zone"):
        first = say(staff, fair, scope, zone="X")
        with refused(Conflict, "too_many_announcements"):
            say(staff, fair, scope, zone="X")
    with refused(Conflict, "too_many_announcements"):
        say(staff, fair, "booth", booth_id=booths[0].pk)
    say(staff, fair, "booth", booth_id=booths[2].pk)
    announcements.withdraw(actor=staff, fair_id=fair.pk, announcement_id=first.pk)
    say(staff, fair, "booth", booth_id=booths[0].pk)
    assert Announcement.objects.count() == 4
