"""In the hall: the line behind a poster, big screens that show numbers and no names, the map, and where booths stand."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from backend.accounts.models import User
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from fairs import codes, hall_map, screens
from fairs.domain import booth as booths
from fairs.domain import line, onsite
from fairs.enums import FairStatus, TicketStatus
from fairs.models import Announcement, Booth, Fair, FairRegistration, Ticket
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    TicketFactory,
    recruiter_at,
    staff_of,
    student_at,
)
from tests.factories.positions import PositionFactory
from tests.fairs.support import called_fields, refused, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def booth():
    return BoothFactory(label="A01", zone="A区")


def _as(client, actor):
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


class TestPoster:
    def test_one_tap_joins_once_and_shows_place_and_wait(self, client, booth):
        TicketFactory(booth=booth, number=1, stands_since=clock.now() - timedelta(hours=1))
        Booth.objects.update(last_number=1)
        student = student_at(booth.fair)
        address = f"/fairs/booths/{booth.pk}/here/"
        _as(client, student)
        for _tap in range(2):
            page = client.post(address, follow=True)
            ticket = page.context["ticket"]
            assert (ticket.number, ticket.place, bool(ticket.wait.text)) == (2, 2, True)
        assert Ticket.objects.filter(student_id=student.student_id).count() == 1
        assert FairRegistration.objects.values_list("entered_at", flat=True).get() == clock.now()

    def test_whoever_is_not_registered_registers_with_the_same_tap(self, client, booth):
        student = student_at(booth.fair, registered=False)
        address = f"/fairs/booths/{booth.pk}/here/"
        assert 'name="register"' in _as(client, student).get(address).content.decode()
        assert client.post(address, {"register": "1"}, follow=True).context["ticket"].number == 1

    def test_nobody_signed_in_signs_in_and_comes_back(self, client, booth):
        address = f"/fairs/booths/{booth.pk}/here/"
        assert client.get(address).url == f"/accounts/login/?next={address}"

    def test_others_look_and_do_not_join(self, client, booth):
        page = _as(client, recruiter_at(booth)).get(f"/fairs/booths/{booth.pk}/here/")
        assert (page.context["own"], page.context["may_join"]) == (True, False)
        assert client.post(f"/fairs/booths/{booth.pk}/here/").status_code == 403
        assert not Ticket.objects.exists()

    def test_it_leads_to_the_line_of_its_booth_in_both_languages(self, client, booth):
        page = _as(client, recruiter_at(booth)).get(f"/fairs/booths/{booth.pk}/poster/?paper=a3")
        (shown,) = page.context["booths"]
        text = page.content.decode()
        assert shown.address == f"{settings.PUBLIC_URL}/fairs/booths/{booth.pk}/here/"
        assert (shown.symbol in text, "posters-a3" in text) == (True, True)
        assert ("扫码取号排队" in text, "Scan to stand in line" in text) == (True, True)

    def test_a_company_prints_its_own_and_staff_all_open_ones(self, client, booth):
        other = BoothFactory(fair=booth.fair, label="A00", zone="A区")
        BoothFactory(fair=booth.fair, requested=True)
        assert _as(client, recruiter_at(other)).get(f"/fairs/booths/{booth.pk}/poster/").status_code == 404
        _as(client, staff_of(booth.fair))
        page = client.get(f"/staff/fairs/{booth.fair_id}/posters/")
        assert [one.pk for one in page.context["booths"]] == [other.pk, booth.pk]


class TestScreens:
    @pytest.fixture
    def line_now(self, booth):
        """Number 7 called, 8 away, 9 to 12 waiting."""
        recruiter = recruiter_at(booth)
        rows = [TicketFactory(booth=booth, number=n, student__name=f"机密{n}") for n in range(7, 13)]
        Ticket.objects.filter(pk=rows[0].pk).update(status=TicketStatus.CALLED, **called_fields(recruiter))
        Ticket.objects.filter(pk=rows[1].pk).update(status=TicketStatus.AWAY)
        return booth

    def test_a_booth_shows_numbers_and_never_a_name(self, line_now):
        page = Client().get(screens.link(line_now.fair, line_now))
        shown = page.context["line"]
        assert (shown.called, shown.following, shown.figures.waiting) == ([7], [9, 10, 11], 5)
        assert ("机密" in page.content.decode(), "fair-live" in page.content.decode()) == (False, False)

    def test_a_pause_is_told(self, line_now):
        booths.pause_booth(actor=staff_of(line_now.fair), booth_id=line_now.pk, paused=True)
        assert "位次保留" in Client().get(screens.link(line_now.fair, line_now)).content.decode()

    def test_a_link_opens_its_own_screen_until_it_is_renewed(self, booth):
        other = BoothFactory(fair=booth.fair)
        key = codes.screen_key(f"booth-{booth.pk}", 1)
        address = f"/fairs/booths/{booth.pk}/screen/rows/?key={key}"
        asked = [
            address, f"/fairs/booths/{other.pk}/screen/?key={key}", f"/fairs/{booth.fair_id}/screen/?key={key}",
            f"/fairs/booths/{booth.pk}/screen/", screens.link(booth.fair),
        ]  # fmt: skip
        assert [Client().get(one).status_code for one in asked] == [200, 404, 404, 404, 200]
        onsite.renew_screens(actor=staff_of(booth.fair), fair_id=booth.fair_id)
        assert Client().get(address).status_code == 404
        booth.fair.refresh_from_db()
        assert Client().get(screens.link(booth.fair, booth)).status_code == 200

    def test_staff_find_a_link_to_the_screen_of_each_zone(self, client, booth):
        for zone in ("A", "B&1", ""):
            BoothFactory(fair=booth.fair, zone=zone)
        Booth.objects.filter(pk=booth.pk).update(zone="A")
        page = _as(client, staff_of(booth.fair)).get(f"/staff/fairs/{booth.fair_id}/screens/")
        found = dict(page.context["zones"])
        assert list(found) == ["A", "B&1"]
        shown = {zone: Client().get(address).context["hall"].zones for zone, address in found.items()}
        assert {zone: [one.name for one in zones] for zone, zones in shown.items()} == {
            "A": ["A"],
            "B&1": ["B&1"],
        }

    def test_staff_and_the_company_look_without_a_link_others_do_not(self, client, booth):
        other = BoothFactory(fair=booth.fair)
        people = [staff_of(booth.fair), recruiter_at(booth), recruiter_at(other), student_at(booth.fair)]
        found = [
            [_as(client, one).get(f"/fairs/{what}/screen/").status_code for one in people]
            for what in (f"booths/{booth.pk}", booth.fair_id)
        ]
        assert found == [[200, 200, 404, 404], [200, 404, 404, 404]]

    def test_a_fair_that_is_no_longer_public_goes_dark(self, booth):
        links = [screens.link(booth.fair, booth), screens.link(booth.fair)]
        Fair.objects.update(status=FairStatus.ARCHIVED)
        assert [Client().get(one).status_code for one in links] == [404, 404]

    def test_only_who_runs_the_fair_renews(self, booth):
        student, recruiter = student_at(booth.fair), recruiter_at(booth)
        for actor in (student, recruiter):
            with refused(NotAllowed, "not_allowed"):
                onsite.renew_screens(actor=actor, fair_id=booth.fair_id)

    def test_the_hall_turns_its_pictures_by_the_clock_and_may_stay_in_a_zone(self, booth):
        for number in range(screens.AT_ONCE):
            BoothFactory(fair=booth.fair, zone="B区", label=f"B{number:02d}")
        seen = set()
        for _turn in range(2):
            shown = screens.hall_screen(booth.fair)
            seen |= {one.label for zone in shown.zones for one in zone.booths}
            assert shown.pictures == 2
            clock.advance(timedelta(seconds=screens.TURNS))
        assert len(seen) == screens.AT_ONCE + 1
        only = screens.hall_screen(booth.fair, "A区")
        assert [(zone.name, [one.label for one in zone.booths]) for zone in only.zones] == [("A区", ["A01"])]

    def test_words_for_all_and_for_this_line_are_shown_until_withdrawn(self, booth):
        other = BoothFactory(fair=booth.fair)
        say = Announcement.objects.create
        say(fair=booth.fair, text_zh="旧")
        say(fair=booth.fair, text_zh="午休", text_en="Lunch")
        mine = say(fair=booth.fair, scope="booth", text_zh="请到二楼")
        mine.booths.add(booth)
        say(fair=booth.fair, text_zh="收回", withdrawn_at=clock.now())
        say(fair=booth.fair, scope="zone", zone="B区", text_zh="B区抽奖")
        assert [text for _at, text in screens.announced(booth.fair, "zh-hans", booth=booth)] == [
            "请到二楼",
            "午休",
        ]
        assert [text for _at, text in screens.announced(booth.fair, "en", booth=other)] == ["Lunch", "旧"]
        assert [text for _at, text in screens.announced(booth.fair, "zh-hans", zone="B区")] == [
            "B区抽奖",
            "午休",
        ]
        assert [text for _at, text in screens.announced(booth.fair, "zh-hans")] == ["午休", "旧"]

    def test_staff_see_all_links(self, client, booth):
        page = _as(client, staff_of(booth.fair)).get(f"/staff/fairs/{booth.fair_id}/screens/")
        assert [(one.pk, one.screen) for one in page.context["rows"]] == [
            (booth.pk, screens.link(booth.fair, booth))
        ]


class TestMap:
    @pytest.fixture(autouse=True)
    def nothing_kept(self):
        cache.clear()

    def test_booths_stand_in_their_zones_with_line_and_who_hires_for_me(self, booth):
        student = student_at(booth.fair, major__name="数控技术")
        second = BoothFactory(fair=booth.fair, zone="A区", label="A09", order=1)
        Booth.objects.filter(pk=booth.pk).update(order=2)
        far = BoothFactory(fair=booth.fair, zone="B区", label="B01")
        far.brought.create(position=PositionFactory(company=far.company, published=True, majors=["数控技术"]))
        line.join_line(actor=student, booth_id=far.pk)
        found = hall_map.drawn(student, booth.fair)
        assert [
            (zone.name, [(one.pk, one.figures.waiting, one.for_me) for one in zone.booths])
            for zone in found.zones
        ] == [("A区", [(second.pk, 0, False), (booth.pk, 0, False)]), ("B区", [(far.pk, 1, True)])]
        assert (found.names, found.hiring) == (["A区", "B区"], 1)
        narrowed = [
            hall_map.drawn(student, booth.fair, zone="A区"),
            hall_map.drawn(student, booth.fair, hiring=True),
        ]
        assert [[zone.name for zone in one.zones] for one in narrowed] == [["A区"], ["B区"]]
        assert hall_map.drawn(staff_of(booth.fair), booth.fair).hiring is None

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_costs_the_same_however_many(self, client, booth, count, django_assert_num_queries):
        for _more in range(count - 1):
            BoothFactory(fair=booth.fair)
        _as(client, student_at(booth.fair))
        with django_assert_num_queries(10):
            client.get(f"/fairs/{booth.fair_id}/map/?zone=A区")


class TestPlacing:
    def test_staff_say_where_a_booth_stands(self, client, booth):
        _as(client, staff_of(booth.fair))
        sent = {"label": " C07 ", "zone": "C区", "order": "3"}
        assert client.post(f"/staff/fairs/booths/{booth.pk}/place/", sent).status_code == 302
        assert Booth.objects.values_list("label", "zone", "order").get() == ("C07", "C区", 3)
        assert [row[:3] for row in trail("fairs.booth")] == [("booths.placed", "A区 A01", "C区 C07")]

    def test_what_cannot_be_is_refused(self, booth):
        other, staff = BoothFactory(fair=booth.fair, label="A02"), staff_of(booth.fair)
        recruiter, stranger = recruiter_at(booth), staff_of(FairFactory())
        cases = [
            (staff, {"label": other.label}, Conflict, "label_taken"),
            (staff, {"label": " "}, Invalid, "invalid"),
            (staff, {"order": 1000}, Invalid, "invalid"),
            (recruiter, {}, NotAllowed, "not_allowed"),
            (stranger, {}, NotFound, "not_found"),
        ]
        for actor, change, error, code in cases:
            with refused(error, code):
                onsite.place_booth(
                    actor=actor, booth_id=booth.pk, **({"label": "X1", "zone": "", "order": 0} | change)
                )

    def test_numbers_follow_zone_and_order_and_skip_what_others_hold(self):
        fair = FairFactory(ready=True)
        laid = [("机械区", 0, "B01"), ("B区", 2, "A01"), ("B区", 1, "A02"), ("b2", 0, "Z9"), ("", 0, "")]
        rows = [BoothFactory(fair=fair, zone=zone, order=order, label=label) for zone, order, label in laid]
        BoothFactory(fair=fair, zone="B区", status="refused", label="B02")
        assert onsite.number_booths(actor=staff_of(fair), fair_id=fair.pk) == 5
        labels = dict(Booth.objects.values_list("pk", "label"))
        assert [labels[row.pk] for row in rows] == ["D01", "B03", "B01", "C01", "A01"]
        assert onsite.number_booths(actor=staff_of(fair), fair_id=fair.pk) == 0

    @pytest.mark.parametrize("status", FairStatus.values)
    def test_once_the_fair_has_begun_booths_keep_their_numbers(self, booth, status):
        Fair.objects.update(status=status)
        staff = staff_of(booth.fair)
        if status in ("draft", "sign_up", "ready"):
            assert onsite.number_booths(actor=staff, fair_id=booth.fair_id) == 0
        else:
            with refused(Conflict, "fair_begun"):
                onsite.number_booths(actor=staff, fair_id=booth.fair_id)
