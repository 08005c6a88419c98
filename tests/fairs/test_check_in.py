"""The door: codes that cannot be forged, scans that count once however often they are merged, and the pages around them."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override

from backend.accounts.models import User
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed, NotFound
from fairs import codes, door
from fairs.domain import timetable
from fairs.domain.check_in import Answer, Scan, check_in_by_hand, merge_scans
from fairs.enums import FairStatus
from fairs.models import CheckIn, Fair, FairRegistration, Ticket
from tests.factories.fairs import FairFactory, PlanFactory, PlannedTalkFactory, staff_of, student_at
from tests.fairs.support import refused, trail
from tests.racing import race

DEVICE, OTHER = UUID(int=1), UUID(int=2)


@pytest.fixture
def fair():
    return FairFactory()


@pytest.fixture
def staff(fair):
    return staff_of(fair)


@pytest.fixture
def registration(fair):
    return FairRegistration.objects.get(student_id=student_at(fair).student_id)


def code_of(registration) -> str:
    return codes.check_in_code(registration.fair.school_id, codes.Code(registration.fair_id, registration.pk))


def scan_of(registration, at=None, code=None) -> Scan:
    return Scan(uuid4(), code or code_of(registration), at or clock.now())


def _as(client, actor):
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


class TestCode:
    own = codes.Code(3, 141)

    def test_what_the_school_signed_reads_back_whatever_the_case(self):
        code, raw = codes.read(f" {codes.check_in_code(7, self.own).lower()}\n")
        assert (code, len(raw), codes.is_signed(7, code, raw)) == (self.own, 64, True)

    @pytest.mark.parametrize(("school", "code"), [(8, own), (7, codes.Code(4, 141)), (7, codes.Code(3, 142))])
    def test_another_school_fair_or_registration_is_not_what_was_signed(self, school, code):
        _code, raw = codes.read(codes.check_in_code(7, self.own))
        assert not codes.is_signed(school, code, raw)

    @pytest.mark.parametrize("at", [0, 31, 32, 63])
    def test_every_byte_of_the_signature_counts(self, at):
        _code, raw = codes.read(codes.check_in_code(7, self.own))
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        assert not codes.is_signed(7, self.own, changed)

    @pytest.mark.parametrize("raw", [b"\0" * 64, b"\xff" * 64])
    def test_numbers_that_no_signature_has_are_no_signature(self, raw):
        assert not codes.is_signed(7, self.own, raw)

    @pytest.mark.parametrize(
        "text",
        ["", "FW1", "FW2.3.141." + "A" * 103, "FW1.3.141." + "A" * 102, "FW1.3.x." + "A" * 103,
         "FW1.٣.141." + "A" * 103, "FW1.3.141." + "1" * 103, "FW1.3." + "9" * 19 + "." + "A" * 103],
    )  # fmt: skip
    def test_anything_else_is_no_code(self, text):
        assert codes.read(text) is None

    def test_a_short_code_is_read_as_people_type_it(self):
        short = codes.short_code(self.own)
        assert codes.typed(f" {codes.shown(short).lower()} ") == short
        assert codes.typed("oIl0-u234") == "0110V234"
        assert [codes.typed(text) for text in ("1234567", "123456789", "1234567!")] == ["", "", ""]

    def test_a_screen_opens_for_its_own_key_and_round(self):
        key = codes.screen_key("booth-3", 1)
        asked = [("booth-3", 1), ("booth-3", 2), ("fair-3", 1), ("booth-33", 1)]
        assert [codes.opens_screen(key, *which) for which in asked] == [True, False, False, False]


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen_now")
class TestMerging:
    def test_a_scan_checks_in_and_enters_the_hall(self, fair, staff, registration):
        scan = scan_of(registration, clock.now() - timedelta(minutes=7))
        assert merge_scans(actor=staff, fair_id=fair.pk, scans=[scan], device=DEVICE) == [
            Answer(scan.scan, "checked_in", scan.at)
        ]
        row = door.checked_in(fair).get()
        assert (row.registration, row.at, row.by_id, row.device) == (
            registration,
            scan.at,
            staff.user_id,
            DEVICE,
        )
        registration.refresh_from_db()
        assert registration.entered_at == scan.at
        assert trail("fairs.fair") == [("fairs.checked_in", "", "", staff.user_id)]

    def test_the_same_batch_again_is_answered_alike_and_counts_once(self, fair, staff, registration):
        other = FairRegistration.objects.get(student_id=student_at(fair).student_id)
        batch = [scan_of(registration), scan_of(other)]
        first = merge_scans(actor=staff, fair_id=fair.pk, scans=batch, device=DEVICE)
        before = list(CheckIn.objects.order_by("pk").values())
        assert merge_scans(actor=staff, fair_id=fair.pk, scans=batch, device=DEVICE) == first
        assert (list(CheckIn.objects.order_by("pk").values()), len(before)) == (before, 2)
        assert len(trail("fairs.fair")) == 2

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "late device last"])
    def test_of_two_devices_the_earlier_scan_wins_in_whatever_order_they_merge(
        self, fair, staff, registration, order
    ):
        early = scan_of(registration, clock.now() - timedelta(minutes=30))
        late = scan_of(registration, clock.now() - timedelta(minutes=5))
        pair = [(early, DEVICE), (late, OTHER)]
        for scan, device in (pair[at] for at in order):
            merge_scans(actor=staff, fair_id=fair.pk, scans=[scan], device=device)
        row = CheckIn.objects.get()
        assert (row.at, row.device, row.scan) == (early.at, DEVICE, early.scan)
        assert FairRegistration.objects.values_list("entered_at", flat=True).get() == early.at
        again = merge_scans(actor=staff, fair_id=fair.pk, scans=[early, late], device=OTHER)
        assert [(one.result, one.at) for one in again] == [("checked_in", early.at), ("duplicate", early.at)]

    def test_a_clock_that_runs_ahead_is_set_back(self, fair, staff, registration):
        scan = scan_of(registration, clock.now() + timedelta(hours=1))
        (answer,) = merge_scans(actor=staff, fair_id=fair.pk, scans=[scan])
        assert (answer.result, answer.at, answer.code) == ("checked_in", clock.now(), "clock_wrong")

    @pytest.mark.parametrize(("opened", "back"), [(None, 24 * 60), (None, 9_000_000), (30 * 60, 31 * 60)])
    def test_a_clock_far_back_counts_when_the_scan_arrives_and_says_so(
        self, fair, staff, registration, opened, back
    ):
        now = clock.now()
        Fair.objects.update(opened_at=opened and now - timedelta(minutes=opened))
        scan = scan_of(registration, now - timedelta(minutes=back))
        merge = partial(merge_scans, actor=staff, fair_id=fair.pk, scans=[scan])
        said = timezone.localtime(now).strftime("%H:%M")
        told = Answer(
            scan.scan, "checked_in", now, "clock_wrong", f"本设备的时钟不准：此次扫码按 {said} 计入。"
        )
        with override("zh-hans"):
            assert merge() == [told]
            clock.advance(timedelta(hours=1))
            assert merge() == [told]
        assert CheckIn.objects.values_list("at", flat=True).get() == now
        # Another device, whose clock is right, was there before.
        early = scan_of(registration, now - timedelta(minutes=20))
        assert merge(scans=[early]) == [Answer(early.scan, "checked_in", early.at)]

    def test_a_door_that_opened_days_before_takes_scans_of_then(self, fair, staff, registration):
        Fair.objects.update(opened_at=clock.now() - timedelta(days=2))
        scan = scan_of(registration, clock.now() - timedelta(days=1))
        assert merge_scans(actor=staff, fair_id=fair.pk, scans=[scan]) == [
            Answer(scan.scan, "checked_in", scan.at)
        ]

    def test_after_the_fair_a_clock_far_back_counts_at_its_end(self, fair, staff, registration):
        end = clock.now() - timedelta(hours=2)
        Fair.objects.update(status="closed", closed_at=end)
        scan = scan_of(registration, clock.now() - timedelta(days=400))
        (answer,) = merge_scans(actor=staff, fair_id=fair.pk, scans=[scan])
        assert (answer.result, answer.at, answer.code) == ("checked_in", end, "clock_wrong")

    def test_each_wrong_code_has_its_own_answer_and_leaves_the_others_alone(self, fair, staff, registration):
        elsewhere = FairRegistration.objects.get(
            student_id=student_at(FairFactory(school=fair.school)).student_id
        )
        foreign_school = codes.check_in_code(fair.school_id + 1, codes.Code(fair.pk, registration.pk))
        unregistered = codes.check_in_code(fair.school_id, codes.Code(fair.pk, registration.pk + 10_000))
        good = scan_of(registration, code=codes.short_code(codes.Code(fair.pk, registration.pk)).lower())
        wrong = ["hello", code_of(elsewhere), foreign_school, unregistered, "00000000"]
        scans = [good, *(scan_of(registration, code=text) for text in wrong)]
        scans.append(
            replace(
                scan_of(FairRegistration.objects.get(student_id=student_at(fair).student_id)), scan=good.scan
            )
        )
        found = merge_scans(actor=staff, fair_id=fair.pk, scans=scans)
        assert [(one.result, one.code) for one in found] == [
            ("checked_in", ""),
            ("refused", "code_unreadable"),
            ("refused", "code_foreign"),
            ("refused", "code_forged"),
            ("refused", "code_unknown"),
            ("refused", "code_unknown"),
            ("refused", "scan_reused"),
        ]
        assert (CheckIn.objects.count(), len(trail("fairs.fair"))) == (1, 1)

    @pytest.mark.parametrize("status", FairStatus.values)
    def test_the_door_is_open_from_ready_to_the_end_and_late_scans_count(
        self, fair, staff, registration, status
    ):
        closed = clock.now() - timedelta(minutes=10) if status in ("closed", "archived") else None
        Fair.objects.update(status=status, closed_at=closed)
        late, early = scan_of(registration), scan_of(registration, clock.now() - timedelta(minutes=20))
        found = merge_scans(actor=staff, fair_id=fair.pk, scans=[late, early])
        open_now = status in ("ready", "live", "paused")
        assert found[0].code == ("" if open_now else "door_closed")
        assert found[1].code == ("" if open_now or status == "closed" else "door_closed")

    def test_only_staff_who_run_the_fair_merge(self, fair, registration):
        scans, student, stranger = [scan_of(registration)], student_at(fair), staff_of(FairFactory())
        with refused(NotAllowed, "not_allowed"):
            merge_scans(actor=student, fair_id=fair.pk, scans=scans)
        with refused(NotFound, "not_found"):
            merge_scans(actor=stranger, fair_id=fair.pk, scans=scans)

    def test_a_batch_has_a_limit(self, fair, staff, registration):
        with refused(Invalid, "invalid"):
            merge_scans(actor=staff, fair_id=fair.pk, scans=[scan_of(registration)] * 501)

    def test_whoever_came_through_the_door_is_called_to_a_planned_talk(self, fair, staff, registration):
        plan = PlanFactory(fair=fair, published=True, starts_at=clock.now())
        talk = PlannedTalkFactory(plan=plan, student=registration.student)
        assert timetable.begin_due() == 0
        merge_scans(actor=staff, fair_id=fair.pk, scans=[scan_of(registration)])
        assert timetable.begin_due() == 1
        assert Ticket.objects.values_list("student_id", "booth_id").get() == (talk.student_id, talk.booth_id)

    def test_by_hand_counts_once_and_only_for_this_fair(self, fair, staff, registration):
        first = check_in_by_hand(actor=staff, fair_id=fair.pk, registration_id=registration.pk)
        assert check_in_by_hand(actor=staff, fair_id=fair.pk, registration_id=registration.pk) == first
        other = FairFactory(school=fair.school)
        with refused(NotFound, "not_found"):
            check_in_by_hand(actor=staff, fair_id=other.pk, registration_id=registration.pk)


@pytest.mark.django_db(transaction=True)
class TestRace:
    """Eight devices merge the same student at once: one row, the earliest time, and every device gets an answer."""

    @pytest.fixture
    def works(self, fair, staff, registration):
        scans = [scan_of(registration, clock.now() - timedelta(minutes=m)) for m in range(8)]
        return scans, [
            lambda scan=scan: merge_scans(actor=staff, fair_id=fair.pk, scans=[scan])[0] for scan in scans
        ]

    def test_the_earliest_of_eight_counts(self, works):
        scans, merges = works
        found = race(*merges)
        assert {one.result for one in found} <= {"checked_in", "duplicate"}
        assert CheckIn.objects.values_list("scan", "at").get() == (scans[-1].scan, scans[-1].at)

    def test_control_without_the_look_under_the_lock_the_second_falls_over(self, fair, registration):
        """The unique key still keeps the second row out, but as a crash instead of an answer."""

        def unguarded():
            with transaction.atomic():
                CheckIn.objects.create(fair=fair, registration=registration, scan=uuid4())

        found = race(unguarded, unguarded)
        assert [type(one) for one in found if one is not None] == [IntegrityError]


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen_now")
class TestPages:
    def test_a_student_gets_a_code_that_the_door_takes(self, client, fair, staff):
        student = student_at(fair)
        page = _as(client, student).get(f"/fairs/{fair.pk}/code/")
        scan = Scan(uuid4(), page.context["short"], clock.now())
        assert merge_scans(actor=staff, fair_id=fair.pk, scans=[scan])[0].result == "checked_in"
        assert '<svg viewBox="0 0 45 45"' in page.content.decode()
        name = FairRegistration.objects.get().student.name
        assert name not in codes.check_in_code(fair.school_id, codes.Code(fair.pk, 1))

    def test_whoever_is_not_registered_is_offered_to_register(self, client, fair):
        page = _as(client, student_at(fair, registered=False)).get(f"/fairs/{fair.pk}/code/")
        assert (page.context["registration"], "svg viewBox" in page.content.decode()) == (None, False)

    def test_the_scanner_carries_key_and_digests_and_no_name(self, client, fair, staff, registration):
        page = _as(client, staff).get(f"/staff/fairs/{fair.pk}/scan/").content.decode()
        short = codes.short_code(codes.Code(fair.pk, registration.pk))
        assert f'data-key="{codes.public_key(fair.school_id)}"' in page
        assert f'data-known="{codes.known_digest(fair.pk, short)}"' in page
        assert (registration.student.name in page, short in page) == (False, False)

    def test_without_javascript_the_field_is_a_form(self, client, fair, staff, registration):
        address = f"/staff/fairs/{fair.pk}/scan/"
        said = [
            str(message)
            for code in (code_of(registration), code_of(registration), "x")
            for message in _as(client, staff).post(address, {"code": code}, follow=True).context["messages"]
        ]
        when = clock.now().astimezone().strftime(":%M")
        assert [said[0], said[1].endswith(f"{when} 签到。"), said[2]] == [
            "签到成功。",
            True,
            "这不是签到码。",
        ]
        assert CheckIn.objects.count() == 1

    def test_a_device_merges_json(self, client, fair, staff, registration):
        scan = scan_of(registration)
        body = {"device": str(DEVICE), "scans": [
            {"scan": str(scan.scan), "code": scan.code, "scanned_at": scan.at.isoformat()}
        ]}  # fmt: skip
        answer = _as(client, staff).post(
            f"/staff/fairs/{fair.pk}/scan/merge/", json.dumps(body), content_type="application/json"
        )
        assert answer.json() == {"results": [
            {"scan": str(scan.scan), "result": "checked_in", "at": scan.at.isoformat(), "code": "", "message": ""}
        ]}  # fmt: skip

    @pytest.mark.parametrize(
        "body",
        ["", "[]", '{"device": 1, "scans": []}', '{"scans": []}',
         f'{{"device": "{DEVICE}", "scans": [{{"scan": "x"}}]}}',
         f'{{"device": "{DEVICE}", "scans": [{{"scan": "{OTHER}", "code": "a", "scanned_at": "2026-01-01T10:00"}}]}}'],
    )  # fmt: skip
    def test_anything_else_is_refused_and_nothing_written(self, client, fair, staff, body):
        answer = _as(client, staff).post(
            f"/staff/fairs/{fair.pk}/scan/merge/", body, content_type="application/json"
        )
        assert (answer.status_code, answer.json()["error"], CheckIn.objects.count()) == (422, "invalid", 0)

    @pytest.mark.parametrize("count", [1, 3])
    def test_by_name_costs_the_same_however_many(self, client, fair, staff, count, django_assert_num_queries):
        people = [student_at(fair, name=f"王小{n}") for n in range(count)]
        student_at(fair, name="李明")
        check_in_by_hand(actor=staff, fair_id=fair.pk, registration_id=FairRegistration.objects.first().pk)
        _as(client, staff)
        with django_assert_num_queries(7):
            page = client.get(f"/staff/fairs/{fair.pk}/check-in/?q=王")
        assert [row.student_id for row in page.context["rows"]] == [one.student_id for one in people]
        assert client.get(f"/staff/fairs/{fair.pk}/check-in/").context["rows"] == []
