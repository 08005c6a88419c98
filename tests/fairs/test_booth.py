"""Booths: asked for, approved, refused, paused; every status × every person, and what each refusal leaves alone."""

from datetime import timedelta

import pytest

from backend.accounts.actor import ANONYMOUS, SYSTEM, actor_of
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.companies.models import Company, CompanyDivision
from backend.notifications.models import Notification
from fairs.domain import booth as booths
from fairs.enums import BOOTH_TRANSITIONS, BoothStatus, FairStatus, TicketStatus
from fairs.models import Booth, BoothPosition
from tests.factories.accounts import MembershipFactory
from tests.factories.fairs import BoothFactory, FairFactory, TicketFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory
from tests.fairs.support import called_fields, heard_anywhere, refused, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
STAFF_DO = [
    lambda actor, booth: booths.approve_booth(actor=actor, booth_id=booth.pk),
    lambda actor, booth: booths.refuse_booth(actor=actor, booth_id=booth.pk, reason="满"),
]


@pytest.fixture
def fair():
    return FairFactory(school=SchoolFactory(alliance=AllianceFactory()), sign_up=True)


@pytest.fixture
def everybody(fair):
    """One person of each kind, seen from a booth of `fair`."""
    partner = FairFactory(school=SchoolFactory(alliance=fair.school.alliance))

    def of(booth):
        return {
            "anonymous": ANONYMOUS,
            "student": student_at(fair),
            "own recruiter": recruiter_at(booth),
            "other recruiter": recruiter_at(BoothFactory(fair=fair)),
            "staff": staff_of(fair),
            "department": actor_of(
                MembershipFactory(school=fair.school, department=DepartmentFactory(school=fair.school)).user
            ),
            "partner staff": staff_of(partner),
            "foreign staff": staff_of(FairFactory()),
            "operator": actor_of(MembershipFactory(operator=True).user),
            "system": SYSTEM,
        }

    return of


@pytest.fixture
def company(fair):
    """A recruiter of a verified company with two published positions."""
    actor = recruiter_at(BoothFactory(fair=FairFactory(school=fair.school)))
    return actor, [PositionFactory(company_id=actor.company_id, published=True) for _ in range(2)]


class TestRequest:
    def test_the_company_asks_with_its_positions(self, fair, company):
        actor, positions = company
        booth = booths.request_booth(actor=actor, fair_id=fair.pk, position_ids=[p.pk for p in positions])
        assert (booth.status, booth.company_id, booth.label, booth.division_id) == (
            "requested",
            actor.company_id,
            "",
            None,
        )
        assert list(booth.positions.order_by("pk")) == positions
        assert trail("fairs.booth") == [("booths.requested", "", "", actor.user_id)]
        assert heard_anywhere() == set()

    @pytest.mark.parametrize("status", FairStatus.values)
    def test_only_while_companies_may_sign_up(self, fair, company, status):
        actor, positions = company
        type(fair).objects.filter(pk=fair.pk).update(status=status)
        ask = {"actor": actor, "fair_id": fair.pk, "position_ids": [positions[0].pk]}
        if status in {"sign_up", "ready"}:
            assert booths.request_booth(**ask).status == "requested"
            return
        error, code = (
            (NotFound, "not_found") if status in {"draft", "archived"} else (Conflict, "sign_up_closed")
        )
        with refused(error, code):
            booths.request_booth(**ask)

    @pytest.mark.parametrize(
        ("who", "error"),
        [
            ("anonymous", NotAllowed),
            ("student", NotAllowed),
            ("staff", NotAllowed),
            ("department", NotAllowed),
            ("partner staff", NotAllowed),
            ("foreign staff", NotFound),
            ("operator", NotAllowed),
            ("system", NotAllowed),
        ],
    )
    def test_nobody_but_a_recruiter_asks(self, fair, everybody, who, error):
        actor = everybody(BoothFactory(fair=fair))[who]
        with refused(error, error.code):
            booths.request_booth(actor=actor, fair_id=fair.pk, position_ids=[1])

    @pytest.mark.parametrize("change", [{"status": "suspended"}, {"days": -1}, {"status": "submitted"}])
    def test_an_unverified_company_does_not_ask(self, fair, company, change):
        actor, positions = company
        if "days" in change:
            change = {"vetted_until": clock.now() + timedelta(**change)}
        Company.objects.filter(pk=actor.company_id).update(**change)
        with refused(NotAllowed, "company_unverified"):
            booths.request_booth(actor=actor, fair_id=fair.pk, position_ids=[positions[0].pk])

    @pytest.mark.parametrize("wrong", ["none", "foreign", "draft", "expired", "missing", "one of two"])
    def test_positions_are_the_companys_own_and_open(self, fair, company, wrong):
        actor, positions = company
        ids = {
            "none": [],
            "foreign": [PositionFactory(published=True).pk],
            "draft": [PositionFactory(company_id=actor.company_id).pk],
            "expired": [positions[0].pk],
            "missing": [10**9],
            "one of two": [positions[0].pk, 10**9],
        }[wrong]
        if wrong == "expired":
            clock.advance(timedelta(days=60))
            Company.objects.update(vetted_until=clock.now() + timedelta(days=9))
        with refused(Invalid, "invalid") as refusal:
            booths.request_booth(actor=actor, fair_id=fair.pk, position_ids=ids)
        assert list(refusal.value.fields) == ["positions"]

    def test_a_position_named_twice_comes_once(self, fair, company):
        actor, positions = company
        booth = booths.request_booth(actor=actor, fair_id=fair.pk, position_ids=[positions[0].pk] * 3)
        assert BoothPosition.objects.filter(booth=booth).count() == 1

    def test_once_per_company_and_once_per_division(self, fair, company):
        actor, positions = company
        division = CompanyDivision.objects.create(company_id=actor.company_id, name="二厂")
        ask = {"actor": actor, "fair_id": fair.pk, "position_ids": [positions[0].pk]}
        booths.request_booth(**ask)
        booths.request_booth(**ask, division_id=division.pk)
        for again in (None, division.pk):
            with refused(Conflict, "booth_exists"):
                booths.request_booth(**ask, division_id=again)
        assert Booth.objects.filter(fair=fair, company_id=actor.company_id).count() == 2

    def test_somebody_elses_division_is_refused(self, fair, company):
        actor, positions = company
        theirs = CompanyDivision.objects.create(company=BoothFactory().company, name="三厂")
        with refused(Invalid, "invalid") as refusal:
            booths.request_booth(
                actor=actor, fair_id=fair.pk, position_ids=[positions[0].pk], division_id=theirs.pk
            )
        assert list(refusal.value.fields) == ["division"]


class TestBring:
    def test_positions_are_chosen_anew(self, fair, company):
        actor, (one, two) = company
        booth = booths.request_booth(actor=actor, fair_id=fair.pk, position_ids=[one.pk])
        booths.bring_positions(actor=actor, booth_id=booth.pk, position_ids=[two.pk, one.pk])
        assert set(booth.positions.all()) == {one, two}
        booths.bring_positions(actor=actor, booth_id=booth.pk, position_ids=[two.pk])
        assert list(booth.positions.all()) == [two]

    def test_another_companys_booth_is_not_ours(self, fair, company):
        actor, positions = company
        theirs = BoothFactory(fair=fair)
        with refused(NotAllowed, "not_allowed"):
            booths.bring_positions(actor=actor, booth_id=theirs.pk, position_ids=[positions[0].pk])

    def test_without_positions_nothing_changes(self, fair, company):
        actor, positions = company
        booth = booths.request_booth(actor=actor, fair_id=fair.pk, position_ids=[positions[0].pk])
        with refused(Invalid, "invalid"):
            booths.bring_positions(actor=actor, booth_id=booth.pk, position_ids=[])


class TestDecide:
    @pytest.mark.parametrize("before", BoothStatus.values)
    @pytest.mark.parametrize(("to", "do"), [("approved", STAFF_DO[0]), ("refused", STAFF_DO[1])])
    def test_every_status_to_every_decision(self, fair, before, to, do):
        booth = BoothFactory(fair=fair, status=before, label="" if before != "approved" else "B1")
        staff = staff_of(fair)
        if to not in BOOTH_TRANSITIONS[before]:
            with refused(Conflict, "wrong_state"):
                do(staff, booth)
            return
        do(staff, booth)
        booth.refresh_from_db()
        assert (booth.status, booth.label, booth.reason) == (
            (to, "A001", "") if to == "approved" else (to, "", "满")
        )
        assert trail("fairs.booth") == [(f"booths.{to}", before, to, staff.user_id)]

    @pytest.mark.parametrize("do", STAFF_DO)
    @pytest.mark.parametrize(
        ("who", "error"),
        [
            ("anonymous", NotFound),
            ("student", NotFound),
            ("own recruiter", NotAllowed),
            ("other recruiter", NotFound),
            ("department", NotAllowed),
            ("partner staff", NotAllowed),
            ("foreign staff", NotFound),
            ("operator", NotAllowed),
        ],
    )
    def test_others_decide_nothing(self, fair, everybody, do, who, error):
        booth = BoothFactory(fair=fair, requested=True)
        actor = everybody(booth)[who]
        with refused(error, error.code):
            do(actor, booth)

    def test_the_next_free_number_fills_the_gap(self, fair):
        staff = staff_of(fair)
        for label in ("A001", "A003"):
            BoothFactory(fair=fair, label=label)
        given = [
            booths.approve_booth(actor=staff, booth_id=BoothFactory(fair=fair, requested=True).pk).label
            for _ in range(2)
        ]
        assert given == ["A002", "A004"]

    def test_a_number_of_another_fair_is_free_here(self, fair):
        BoothFactory(label="C9")
        booth = BoothFactory(fair=fair, requested=True)
        approved = booths.approve_booth(actor=staff_of(fair), booth_id=booth.pk, label=" C9 ", zone=" 东 ")
        assert (approved.label, approved.zone) == ("C9", "东")

    def test_a_taken_number_is_refused(self, fair):
        BoothFactory(fair=fair, label="C9")
        booth = BoothFactory(fair=fair, requested=True)
        with refused(Conflict, "label_taken"):
            booths.approve_booth(actor=staff_of(fair), booth_id=booth.pk, label="C9")

    def test_the_team_is_told_once_each(self, fair):
        booth = BoothFactory(fair=fair, requested=True)
        team = {recruiter_at(booth).user_id, recruiter_at(booth).user_id}
        recruiter_at(BoothFactory(fair=fair))
        booths.approve_booth(actor=staff_of(fair), booth_id=booth.pk)
        sent = Notification.objects.filter(kind="fairs.booth_approved")
        assert {(row.user_id, row.params["label"]) for row in sent} == {(user, "A001") for user in team}
        assert sent.count() == 2

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_a_refusal_gives_its_reason(self, fair, reason):
        booth = BoothFactory(fair=fair, requested=True)
        with refused(Invalid, "invalid") as refusal:
            booths.refuse_booth(actor=staff_of(fair), booth_id=booth.pk, reason=reason)
        assert list(refusal.value.fields) == ["reason"]

    @pytest.mark.parametrize("status", TicketStatus.values)
    def test_a_booth_with_a_line_is_not_taken_away(self, fair, status):
        booth = BoothFactory(fair=fair)
        TicketFactory(booth=booth, status=status, **called_fields())
        staff = staff_of(fair)
        if status in {"waiting", "away", "called", "meeting"}:
            with refused(Conflict, "line_not_empty"):
                booths.refuse_booth(actor=staff, booth_id=booth.pk, reason="满")
        else:
            assert booths.refuse_booth(actor=staff, booth_id=booth.pk, reason="满").status == "refused"

    def test_the_team_of_a_refused_booth_reads_why(self, fair):
        booth = BoothFactory(fair=fair, requested=True)
        recruiter = recruiter_at(booth)
        booths.refuse_booth(actor=staff_of(fair), booth_id=booth.pk, reason=" 场地已满 ")
        row = Notification.objects.get(user_id=recruiter.user_id)
        assert (row.kind, row.params["reason"]) == ("fairs.booth_refused", "场地已满")


class TestPause:
    @pytest.mark.parametrize("who", ["own recruiter", "staff", "system"])
    def test_team_and_staff_pause_and_go_on(self, fair, everybody, who):
        booth = BoothFactory(fair=fair)
        actor = everybody(booth)[who]
        for paused in (True, False):
            booths.pause_booth(actor=actor, booth_id=booth.pk, paused=paused)
            booth.refresh_from_db()
            assert booth.paused is paused
        assert told(f"line-{booth.pk}") == [
            ("line_paused", {"paused": True, "message": ""}),
            ("line_paused", {"paused": False, "message": ""}),
        ]
        assert [verb for verb, *_rest in trail("fairs.booth")] == ["booths.paused", "booths.resumed"]

    @pytest.mark.parametrize(
        ("who", "error"),
        [
            ("anonymous", NotAllowed),
            ("student", NotAllowed),
            ("other recruiter", NotAllowed),
            ("department", NotAllowed),
            ("partner staff", NotAllowed),
            ("foreign staff", NotFound),
            ("operator", NotAllowed),
        ],
    )
    def test_others_pause_nothing(self, fair, everybody, who, error):
        booth = BoothFactory(fair=fair)
        actor = everybody(booth)[who]
        with refused(error, error.code):
            booths.pause_booth(actor=actor, booth_id=booth.pk, paused=True)

    @pytest.mark.parametrize("paused", [True, False])
    def test_twice_is_once(self, fair, paused):
        booth = BoothFactory(fair=fair, paused=paused)
        booths.pause_booth(actor=staff_of(fair), booth_id=booth.pk, paused=paused)
        assert (trail(), heard_anywhere()) == ([], set())
