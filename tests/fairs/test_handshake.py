"""Who gets a socket at all: origins on every route, sessions, and rights that end while the socket is open."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import Membership, User
from backend.common import clock
from backend.config.asgi import application
from backend.students.models import Student
from fairs.domain import journal, line
from fairs.models import Ticket
from fairs.protocol.events import LineLeft
from fairs.realtime import hub, reader
from fairs.realtime.routing import websocket_urlpatterns
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.schools import AllianceFactory, SchoolFactory
from tests.fairs.group_hall import Hall
from tests.fairs.tab import PATIENCE, Tab, cookie_of, line_with, tab

pytestmark = pytest.mark.django_db(transaction=True)
ROUTES = [f"/{route.pattern}" for route in websocket_urlpatterns]
FOREIGN = [
    b"http://evil.example",
    b"https://localhost.evil.example",
    b"http://evil.example/localhost",
    b"null",
    b"file://",
    b"",
    None,
]


@pytest.fixture
def hall():
    return line_with()


def _wire(app, route, origin, cookie):
    headers = [(b"host", b"localhost"), (b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode())]
    if origin is not None:
        headers.append((b"origin", origin))
    return WebsocketCommunicator(app, route, headers=headers)


class TestOrigin:
    def test_there_is_one_route(self):
        assert ROUTES == ["/ws/fairs/"]

    @pytest.mark.parametrize("route", ROUTES)
    @pytest.mark.parametrize("origin", FOREIGN)
    async def test_a_foreign_origin_is_refused_even_with_a_session(self, hall, route, origin):
        cookie = await sync_to_async(cookie_of)(hall[1][0])
        wire = _wire(application, route, origin, cookie)
        assert await wire.connect(timeout=PATIENCE) == (False, 1000)
        assert len(hub.current().connections) == 0

    async def test_control_without_the_validator_a_foreign_page_gets_in(self, hall):
        cookie = await sync_to_async(cookie_of)(hall[1][0])
        bare = CookieMiddleware(URLRouter(websocket_urlpatterns))
        wire = _wire(bare, ROUTES[0], FOREIGN[0], cookie)
        assert (await wire.connect(timeout=PATIENCE))[0] is True
        await wire.disconnect()


class TestSession:
    @pytest.mark.parametrize("cookie", ["", "x", "f" * 32])
    async def test_a_made_up_session_is_nobody(self, hall, cookie):
        opened = Tab(cookie, b"http://localhost")
        await opened.wire.connect(timeout=PATIENCE)
        assert await opened.closed() == 4401

    async def test_a_session_that_ended_before_is_nobody(self, hall, client):
        def gone():
            value = cookie_of(hall[1][0])
            client.cookies[settings.SESSION_COOKIE_NAME] = value
            client.logout()
            return value

        opened = Tab(await sync_to_async(gone)(), b"http://localhost")
        await opened.wire.connect(timeout=PATIENCE)
        assert await opened.closed() == 4401

    async def test_frames_after_the_refusal_do_nothing(self, hall):
        async with tab() as opened:
            assert await opened.closed() == 4401
            await opened.hello(**{f"line_{hall[0].pk}": 0})
            assert await opened.silent()

    async def test_a_closed_socket_gives_everything_back(self, hall):
        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            here = hub.current()
            assert (len(here.connections), set(here.rings), len(here._tasks) >= 2) == (
                1,
                {f"line-{booth.pk}"},
                True,
            )
        assert (len(here.connections), here.rings, here._tasks) == (0, {}, [])

    async def test_a_closed_socket_makes_room_for_another(self, hall):
        cookie = await sync_to_async(cookie_of)(hall[1][0])
        opened = [Tab(cookie, b"http://localhost") for _ in range(9)]
        for one in opened[:8]:
            await one.wire.connect(timeout=PATIENCE)
        await opened[0].wire.disconnect()
        await opened[8].wire.connect(timeout=PATIENCE)
        await opened[8].hello()
        assert (await opened[8].read())["type"] == "welcome"
        for one in opened[1:]:
            await one.wire.disconnect()

    async def test_a_server_that_goes_down_lets_nobody_in(self, hall):
        async with tab(hall[1][0]) as opened:
            await opened.following()
            hub.current().draining = True
            async with tab(hall[1][1]) as later:
                assert await later.closed() == 4503
            await hub.current().drain(0)
            assert await opened.closed() == 4503

    async def test_eight_sockets_of_one_person_are_nobody_elses(self, hall):
        cookie = await sync_to_async(cookie_of)(hall[1][0])
        opened = [Tab(cookie, b"http://localhost") for _ in range(8)]
        for one in opened:
            await one.wire.connect(timeout=PATIENCE)
        async with tab(hall[1][1]) as other:
            await other.hello()
            assert (await other.read())["type"] == "welcome"
        for one in opened:
            await one.wire.disconnect()


def _log_out(actor, booth):
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


def _suspend_company(actor, booth):
    booth.company.status = "suspended"
    booth.company.save()


def _let_vetting_expire(actor, booth):
    booth.company.vetted_until = clock.now() + timedelta(seconds=1)
    booth.company.save()


def _end_membership(actor, booth):
    Membership.objects.filter(user_id=actor.user_id).update(ended_at=clock.now())


def _deactivate(actor, booth):
    User.objects.filter(pk=actor.user_id).update(is_active=False)


def _leave_school(actor, booth):
    Student.objects.filter(pk=actor.student_id).update(status="left")


def _suspend_school(actor, booth):
    type(booth.fair.school).objects.filter(pk=booth.fair.school_id).update(
        suspended_at=clock.now(), suspended_reason="x"
    )


def _refuse_booth(actor, booth):
    type(booth).objects.filter(pk=booth.pk).update(status="refused")


def _back_to_draft(actor, booth):
    type(booth.fair).objects.filter(pk=booth.fair_id).update(status="draft")


def _archive(actor, booth):
    type(booth.fair).objects.filter(pk=booth.fair_id).update(status="archived")


def _keep_to_its_school(actor, booth):
    type(booth.fair).objects.filter(pk=booth.fair_id).update(entry="school")


def _neighbour(fair):
    """A student of another school of the alliance, not registered."""
    fair.school.alliance = AllianceFactory()
    fair.school.save()
    return student_at(FairFactory(school=SchoolFactory(alliance=fair.school.alliance)))


LOST = [
    ("student", "line", _log_out, 4401),
    ("student", "line", _deactivate, 4401),
    ("student", "line", _end_membership, None),
    ("student", "line", _suspend_company, "refused"),
    ("student", "line", _refuse_booth, "refused"),
    ("student", "line", _let_vetting_expire, "refused"),
    ("student", "line", _suspend_school, 4403),
    ("recruiter", "booth", _suspend_school, 4403),
    ("staff", "fair", _suspend_school, 4403),
    ("student", "fair", _back_to_draft, "refused"),
    ("student", "fair", _archive, "refused"),
    ("student", "fair", _suspend_company, None),
    ("neighbour", "fair", _keep_to_its_school, "refused"),
    ("neighbour", "line", _keep_to_its_school, "refused"),
    ("student", "line", _keep_to_its_school, None),
    ("recruiter", "fair", _archive, "refused"),
    ("staff", "fair", _archive, None),
    ("staff", "line", _suspend_company, None),
    ("recruiter", "booth", _archive, None),
    ("student", "person", _end_membership, None),
    ("student", "person", _leave_school, None),
    ("recruiter", "line", _suspend_company, None),
    ("recruiter", "booth", _end_membership, 4403),
    ("recruiter", "booth", _let_vetting_expire, 4403),
    ("recruiter", "person", _log_out, 4401),
    ("staff", "booth", _end_membership, 4403),
    ("staff", "booth", _deactivate, 4401),
    ("staff", "fair", _log_out, 4401),
]


class TestLostRights:
    """Each role × stream × way to lose a right: closed with its code, told that the stream is lost, or left alone."""

    @pytest.mark.parametrize(("who", "audience", "lose", "code"), LOST)
    async def test_within_five_seconds(self, frozen_now, who, audience, lose, code):
        def prepare():
            booth = BoothFactory()
            at_fair = {"student": student_at, "neighbour": _neighbour, "staff": staff_of}
            actor = at_fair.get(who, lambda _fair: recruiter_at(booth))(booth.fair)
            numbers = {"line": booth.pk, "booth": booth.pk, "fair": booth.fair_id, "person": actor.user_id}
            return booth, actor, f"{audience}_{numbers[audience]}"

        booth, actor, stream = await sync_to_async(prepare)()
        async with tab(actor) as opened:
            await opened.following(**{stream: 0})
            await sync_to_async(lose)(actor, booth)
            clock.advance(timedelta(seconds=5))
            if code == "refused":
                named = stream.replace("_", "-")
                assert await opened.read() == {"type": "refused", "stream": named, "error": "not_found"}
                await sync_to_async(journal.append)(named, LineLeft(number=1, place=1))
            elif code is not None:
                assert await opened.closed() == code
                return
            await hub.current().check_rights()
            assert await opened.silent(0.05)
            await opened.hello()
            assert (await opened.read())["type"] == "welcome"

    async def test_before_the_clock_has_come_to_it_nothing_is_asked(self, hall, frozen_now):
        booth, _people, recruiter = hall
        async with tab(recruiter) as opened:
            await opened.following(**{f"booth_{booth.pk}": 0})
            await sync_to_async(_end_membership)(recruiter, booth)
            clock.advance(timedelta(seconds=3))
            assert await opened.silent(0.6)  # two ticks of the hub
            clock.advance(timedelta(seconds=1))
            assert await opened.closed() == 4403

    async def test_after_the_loss_no_event_slips_through(self, hall, frozen_now):
        booth, people, recruiter = hall
        async with tab(recruiter) as opened:
            await opened.following(**{f"booth_{booth.pk}": 0})
            await sync_to_async(_end_membership)(recruiter, booth)
            await hub.current().check_rights()
            await sync_to_async(line.join_line)(actor=people[0], booth_id=booth.pk)
            out = await opened.wire.receive_output(timeout=PATIENCE)
            assert (out["type"], out["code"]) == ("websocket.close", 4403)
            assert await opened.silent()

    async def test_a_new_hello_is_judged_by_fresh_rows(self, hall):
        booth, _people, recruiter = hall
        async with tab(recruiter) as opened:
            await opened.following()
            await sync_to_async(_end_membership)(recruiter, booth)
            await opened.hello(**{f"booth_{booth.pk}": 0})
            await opened.read()
            assert (await opened.read())["type"] == "refused"

    @pytest.mark.parametrize("gone", ["inactive", "deleted"])
    async def test_an_account_that_is_gone_commands_nothing(self, hall, gone):
        booth, people, _recruiter = hall

        def lose():
            found = User.objects.filter(pk=people[0].user_id)
            if gone == "inactive":
                found.update(is_active=False)
            else:
                found.delete()

        async with tab(people[0]) as opened:
            await opened.following()
            await sync_to_async(lose)()
            answer = await opened.command("join_line", booth=booth.pk)
            assert (answer["ok"], answer["error"]) == (False, "not_allowed")
            await opened.hello(**{f"line_{booth.pk}": 0, f"person_{people[0].user_id}": 0})
            frames = [await opened.read() for _ in range(3)]
            assert [frame["type"] for frame in frames] == ["welcome", "snapshot", "refused"]
        assert await sync_to_async(Ticket.objects.count)() == 0


@pytest.mark.parametrize("sockets", [1, 3, 30])
def test_rights_of_all_sockets_cost_the_same_queries(sockets):
    booth = BoothFactory()
    keys = [cookie_of(student_at(booth.fair)) for _ in range(sockets)]
    with CaptureQueriesContext(connection) as captured:
        arrived = reader.arrivals([*keys, "f" * 32])
    assert (len(captured), arrived[-1], len({user for user, _rights in arrived[:-1]})) == (3, None, sockets)
    asked = [
        (*arrival[:1], key, arrival[1], (f"line-{booth.pk}",))
        for key, arrival in zip(keys, arrived, strict=False)
        if arrival
    ]
    with CaptureQueriesContext(connection) as captured:
        found = reader.verdicts(asked)
    assert [(code, lost) for code, _rights, lost in found] == [(None, ())] * sockets
    assert len(captured) == 4


@pytest.mark.parametrize("sockets", [1, 3])
def test_rights_in_group_sessions_cost_one_query_more(sockets):
    hall = Hall()
    led = hall.open(size=5)
    hall.come(*range(sockets))
    stream = f"group-{led.pk}"
    people = [hall.leader, *hall.students[:sockets]]
    arrived = [(key, *reader.arrivals([key])) for key in map(cookie_of, people)]
    asked = [(user, key, rights, (stream,)) for key, (user, rights) in arrived]
    with CaptureQueriesContext(connection) as captured:
        found = reader.verdicts(asked)
    assert [(code, lost) for code, _rights, lost in found] == [(None, ())] * len(people)
    assert len(captured) == 4
