"""A fair's plan: proposed from what both sides want, mended by hand with reasons for every no, published to both sides."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.notifications.models import Notification
from backend.students.models import Student
from backend.students.queries import students_visible_to
from fairs import plans
from fairs.domain import booth as booths
from fairs.domain import plan as planner
from fairs.domain import wishes
from fairs.models import (
    Block,
    Booth,
    BoothChoice,
    BoothPosition,
    BoothTeam,
    Fair,
    FairRegistration,
    Plan,
    PlannedTalk,
)
from tests.factories.accounts import MembershipFactory
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    PlanFactory,
    PlannedTalkFactory,
    TicketFactory,
    recruiter_at,
    staff_of,
    student_at,
)
from tests.factories.positions import PositionFactory
from tests.factories.schools import MajorFactory, OccupationFactory
from tests.fairs.support import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
ONE = {"most": 1}


@pytest.fixture
def fair():
    """Ready, one hour from now, four hours long."""
    return FairFactory(ready=True)


def booth(fair, *skills, label="A1"):
    """An approved booth whose position asks for these skills."""
    made = BoothFactory(fair=fair, label=label)
    position = PositionFactory(
        published=True, company=made.company, skills=list(skills), majors=[],
        occupation=OccupationFactory(code="2-02-10-03"),
    )  # fmt: skip
    BoothPosition.objects.create(booth=made, position=position)
    return made


def pairs(plan):
    return set(plan.talks.values_list("student_id", "booth_id"))


def choose(talk):
    """The student of a talk chose its booth."""
    BoothChoice.objects.create(registration=FairRegistration.objects.get(), booth=talk.booth, rank=1)
    PlannedTalk.objects.filter(pk=talk.pk).update(chosen=True)


def told():
    return sorted(Notification.objects.values_list("user_id", "kind", "url"))


class TestPropose:
    def test_fit_decides_where_nobody_said_anything(self, fair):
        code, care = booth(fair, "Java", "SQL"), booth(fair, "护理", "静脉输液", label="A2")
        coder = student_at(fair, skills=["Java", "SQL"])
        nurse = student_at(fair, skills=["护理", "静脉输液"])
        plan = planner.propose_plan(actor=staff_of(fair), fair_id=fair.pk, values=ONE)
        assert pairs(plan) == {(coder.student_id, code.pk), (nurse.student_id, care.pk)}
        assert (plan.status, plan.slots, plan.minutes, plan.starts_at) == ("draft", 24, 10, fair.starts_at)
        best = plan.talks.get(booth=code)
        assert (best.chosen, best.marked) == (False, False)
        assert 0 < best.fit <= 1
        entry = AuditEntry.objects.get(verb="plans.proposed")
        assert entry.data == {"talks": 2, "without": 0, "seed": 0}
        assert told() == []

    def test_a_choice_a_mark_and_the_hours_of_both_sides_count(self, fair):
        first, second = booth(fair, "Java"), booth(fair, "Java", label="A2")
        chooser, marked = student_at(fair, skills=["Java"]), student_at(fair, skills=["Java"])
        begins = fair.starts_at
        wishes.choose_booths(
            actor=chooser, fair_id=fair.pk, booth_ids=[second.pk],
            free_from=begins + timedelta(minutes=25), free_until=begins + timedelta(minutes=41),
        )  # fmt: skip
        wishes.mark_student(
            actor=recruiter_at(first), booth_id=first.pk, student_id=marked.student_id, wanted=True
        )
        wishes.set_team(
            actor=recruiter_at(first), booth_id=first.pk, recruiters=2, major_ids=[],
            starts_at=begins + timedelta(hours=3), ends_at=None,
        )  # fmt: skip
        plan = planner.propose_plan(actor=staff_of(fair), fair_id=fair.pk, values=ONE)
        assert pairs(plan) == {(chooser.student_id, second.pk), (marked.student_id, first.pk)}
        mine, theirs = plan.talks.get(booth=second), plan.talks.get(booth=first)
        assert (mine.slot, mine.chosen) == (3, True)  # from minute 30 to 40: the only slot within the hours
        assert (theirs.slot >= 18, theirs.marked) == (True, True)

    def test_a_marked_major_is_preferred(self, fair):
        wanted = MajorFactory(school=fair.school)
        only = booth(fair, "Java")
        other, one = student_at(fair), student_at(fair, major=wanted)
        wishes.set_team(
            actor=recruiter_at(only), booth_id=only.pk, recruiters=1, major_ids=[wanted.pk],
            starts_at=fair.starts_at, ends_at=fair.starts_at + timedelta(minutes=10),
        )  # fmt: skip
        plan = planner.propose_plan(actor=staff_of(fair), fair_id=fair.pk, values=ONE)
        assert pairs(plan) == {(one.student_id, only.pk)}
        assert [(row.student_id, row.why) for row in plans.reasons_given(plan, plans.without_talk(plan))] == [
            (other.student_id, plans.WHY[plans.NO_SEAT])
        ]

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"status": "pending"}, plans.UNCONFIRMED),
            ({"visibility": "hidden"}, plans.NOT_OPEN),
            ({"personalised": False}, plans.NOT_OPEN),
            ({"seeking": False}, plans.NOT_OPEN),
        ],
    )
    def test_who_may_not_be_planned_is_named_with_the_reason(self, fair, fields, why):
        booth(fair, "Java")
        student_at(fair, **fields)
        plan = planner.propose_plan(actor=staff_of(fair), fair_id=fair.pk, values=ONE)
        assert [row.why for row in plans.reasons_given(plan, plans.without_talk(plan))] == [plans.WHY[why]]
        assert plan.talks.count() == 0

    @pytest.mark.parametrize(
        "fields", [{"visibility": "hidden"}, {"personalised": False}, {"seeking": False}]
    )
    def test_who_chose_a_booth_is_planned_there_and_nowhere_else(self, fair, fields):
        booth(fair, "Java")
        own = booth(fair, "护理", label="A2")
        student = student_at(fair, **fields)
        wishes.choose_booths(actor=student, fair_id=fair.pk, booth_ids=[own.pk])
        plan = planner.propose_plan(actor=staff_of(fair), fair_id=fair.pk, values={"most": 3})
        assert pairs(plan) == {(student.student_id, own.pk)}
        # Nobody asks how well somebody fits who switched that off.
        assert (plan.talks.get().fit is None) == ("personalised" in fields)

    def test_no_time_within_the_hours(self, fair):
        booth(fair, "Java")
        student = student_at(fair)
        FairRegistration.objects.update(free_from=fair.ends_at - timedelta(minutes=9))
        plan = planner.propose_plan(actor=staff_of(fair), fair_id=fair.pk, values=ONE)
        assert [(row.student_id, row.why) for row in plans.reasons_given(plan, plans.without_talk(plan))] == [
            (student.student_id, plans.WHY[plans.NO_TIME])
        ]

    def test_a_mark_on_somebody_who_hid_no_longer_counts(self, fair):
        only = booth(fair, "Java")
        student = student_at(fair)
        recruiter = recruiter_at(only)
        wishes.mark_student(actor=recruiter, booth_id=only.pk, student_id=student.student_id, wanted=True)
        draft = Plan(fair=fair, starts_at=fair.starts_at, slots=4, minutes=10)
        assert plans.gather(draft).marks == {(only.pk, student.student_id): "student"}
        wishes.choose_booths(actor=student, fair_id=fair.pk, booth_ids=[only.pk])
        Student.objects.update(visibility="hidden")
        assert plans.gather(draft).marks == {}

    def test_a_new_proposal_replaces_the_draft(self, fair):
        booth(fair, "Java")
        student_at(fair)
        staff = staff_of(fair)
        first = planner.propose_plan(actor=staff, fair_id=fair.pk, values=ONE)
        again = planner.propose_plan(actor=staff, fair_id=fair.pk, values={"minutes": 30, "seed": 7})
        assert (again.pk, again.slots, again.seed, again.talks.count()) == (first.pk, 8, 7, 1)

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"most": 0}, "most"),
            ({"minutes": 4}, "minutes"),
            ({"breath": 21}, "breath"),
            ({"seed": -1}, "seed"),
        ],
    )
    def test_what_lies_beyond_the_limits_is_refused(self, fair, values, field):
        with refused(Invalid, "invalid") as refusal:
            planner.propose_plan(actor=staff_of(fair), fair_id=fair.pk, values=values)
        assert list(refusal.value.fields) == [field]

    @pytest.mark.parametrize("status", ["live", "paused", "closed"])
    def test_once_the_fair_has_opened_it_is_refused(self, status):
        fair = FairFactory(status=status)
        with refused(Conflict, "fair_started"):
            planner.propose_plan(actor=staff_of(fair), fair_id=fair.pk, values=ONE)

    def test_others_are_refused(self, fair):
        for actor in (student_at(fair), recruiter_at(BoothFactory(fair=fair))):
            with refused(NotAllowed, "not_allowed"):
                planner.propose_plan(actor=actor, fair_id=fair.pk, values=ONE)
        stranger = staff_of(FairFactory(ready=True))
        with refused(NotFound, "not_found"):
            planner.propose_plan(actor=stranger, fair_id=fair.pk, values=ONE)

    @pytest.mark.parametrize(("meeting", "usual"), [(1, 5), (3, 5), (8, 10), (118, 120), (120, 120)])
    def test_the_usual_time_is_one_that_a_plan_may_have(self, meeting, usual):
        fair = FairFactory(ready=True, meeting_minutes=meeting)
        plan = planner.propose_plan(actor=staff_of(fair), fair_id=fair.pk, values={})
        assert plan.minutes == usual


class TestPublish:
    def test_both_sides_are_told_and_the_first_numbers_are_kept(self):
        talk = PlannedTalkFactory()
        fair = talk.plan.fair
        BoothTeam.objects.create(booth=talk.booth, recruiters=2)
        free = BoothFactory(fair=fair)
        student = MembershipFactory(role="student", school=fair.school, student=talk.student).user_id
        recruiter = recruiter_at(talk.booth)
        recruiter_at(free)
        assert list(students_visible_to(recruiter).filter(visibility="hidden")) == []
        Student.objects.update(visibility="hidden")
        choose(talk)
        assert list(students_visible_to(recruiter)) == []
        plan = planner.publish_plan(actor=staff_of(fair), fair_id=fair.pk)
        assert (plan.status, plan.published_at) == ("published", clock.now())
        # 18 times of two recruiters; a booth without a team of its own has one.
        assert dict(Booth.objects.values_list("pk", "last_number")) == {talk.booth_id: 36, free.pk: 18}
        assert told() == sorted(
            [
                (student, "fairs.plan_published", f"/fairs/{fair.pk}/timetable/"),
                (
                    recruiter.user_id,
                    "fairs.plan_published",
                    f"/company/fairs/booths/{talk.booth_id}/timetable/",
                ),
            ]
        )
        # The company reads of whom it will meet, as in a line; once the fair is over no longer.
        assert list(students_visible_to(recruiter)) == [talk.student]
        Fair.objects.update(status="closed")
        assert list(students_visible_to(recruiter)) == []

    def test_an_empty_plan_is_refused(self, fair):
        PlanFactory(fair=fair)
        with refused(Conflict, "plan_empty"):
            planner.publish_plan(actor=staff_of(fair), fair_id=fair.pk)

    def test_no_plan_is_refused(self, fair):
        with refused(Conflict, "plan_missing"):
            planner.publish_plan(actor=staff_of(fair), fair_id=fair.pk)

    @pytest.mark.parametrize(
        ("rows", "fields"),
        [
            (Booth, {"status": "refused"}),
            (Company, {"status": CompanyStatus.SUSPENDED}),
            (BoothTeam, {"recruiters": 1}),
            (BoothTeam, {"starts_at": datetime(2099, 1, 1, tzinfo=UTC)}),
            (FairRegistration, {"free_until": datetime(2020, 1, 1, tzinfo=UTC)}),
            (Student, {"visibility": "hidden"}),
            (Student, {"status": "left"}),
        ],
    )
    def test_what_has_changed_since_the_draft_is_counted(self, rows, fields):
        """Fewer recruiters than seats, above all: two talks would have one number, and the clock could draw neither."""
        talk = PlannedTalkFactory(seat=1)
        BoothTeam.objects.create(booth=talk.booth, recruiters=2)
        assert plans.outdated(talk.plan) == []
        rows.objects.update(**fields)
        with refused(Conflict, "plan_outdated") as refusal:
            planner.publish_plan(actor=staff_of(talk.plan.fair), fair_id=talk.plan.fair_id)
        assert refusal.value.params == {"count": 1}

    def test_who_hides_afterwards_stays_open_to_the_companies_they_chose_alone(self):
        talk = PlannedTalkFactory()
        recruiter = recruiter_at(talk.booth)
        planner.publish_plan(actor=staff_of(talk.plan.fair), fair_id=talk.plan.fair_id)
        Student.objects.update(visibility="hidden")
        assert list(students_visible_to(recruiter)) == []
        choose(talk)
        assert list(students_visible_to(recruiter)) == [talk.student]

    def test_numbers_that_were_drawn_already_cannot_be_kept(self):
        talk = PlannedTalkFactory()
        Booth.objects.update(last_number=1)
        with refused(Conflict, "line_started"):
            planner.publish_plan(actor=staff_of(talk.plan.fair), fair_id=talk.plan.fair_id)

    def test_twice_is_refused_and_so_is_a_new_proposal(self):
        talk = PlannedTalkFactory(plan__published=True)
        staff, fair = staff_of(talk.plan.fair), talk.plan.fair
        with refused(Conflict, "wrong_state"):
            planner.publish_plan(actor=staff, fair_id=fair.pk)
        with refused(Conflict, "plan_published"):
            planner.propose_plan(actor=staff, fair_id=fair.pk, values=ONE)

    def test_taken_back_it_can_be_proposed_anew(self):
        talk = PlannedTalkFactory()
        staff, fair = staff_of(talk.plan.fair), talk.plan.fair
        user = MembershipFactory(role="student", school=fair.school, student=talk.student).user_id
        planner.publish_plan(actor=staff, fair_id=fair.pk)
        plan = planner.withdraw_plan(actor=staff, fair_id=fair.pk)
        assert (plan.status, plan.published_at) == ("draft", None)
        assert Booth.objects.get().last_number == 0
        kinds = Notification.objects.filter(user_id=user).order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["fairs.plan_published", "fairs.plan_withdrawn"]
        planner.publish_plan(actor=staff, fair_id=fair.pk)
        assert Booth.objects.get().last_number == 18


class TestEdit:
    @pytest.fixture
    def talk(self):
        return PlannedTalkFactory(slot=4)

    def add(self, talk, *, booth=None, student=None, slot=4):
        return planner.add_talk(
            actor=staff_of(talk.plan.fair), fair_id=talk.plan.fair_id,
            booth_id=(booth or talk.booth).pk, student_id=student or talk.student_id, slot=slot,
        )  # fmt: skip

    def test_a_line_that_ran_past_the_numbers_to_be_kept_keeps_none(self, talk):
        """Approved after publication, its line has drawn as many numbers as a plan would keep, and all of them itself."""
        planner.publish_plan(actor=staff_of(talk.plan.fair), fair_id=talk.plan.fair_id)
        late = BoothFactory(fair=talk.plan.fair, last_number=18)
        TicketFactory(booth=late, number=6, status="left", ended_at=clock.now())
        with refused(Conflict, "line_started"):
            self.add(talk, booth=late, slot=5)

    def test_moved_to_a_free_time(self, talk):
        planner.move_talk(actor=staff_of(talk.plan.fair), talk_id=talk.pk, slot=9)
        talk.refresh_from_db()
        assert (talk.slot, talk.seat, talk.plan.version) == (9, 0, 2)
        assert AuditEntry.objects.values_list("verb", "before", "after").get() == (
            "plans.talk_moved",
            "4",
            "9",
        )
        assert told() == []  # a draft is nobody's timetable

    def test_a_second_recruiter_takes_a_second_talk_and_the_third_finds_none(self, talk):
        BoothTeam.objects.create(booth=talk.booth, recruiters=2)
        second, third = student_at(talk.plan.fair), student_at(talk.plan.fair)
        assert self.add(talk, student=second.student_id).seat == 1
        with refused(Conflict, "booth_full") as refusal:
            self.add(talk, student=third.student_id)
        assert refusal.value.params == {"time": "10:40"}

    def test_a_student_is_never_at_two_booths_at_once(self, talk):
        other = BoothFactory(fair=talk.plan.fair)
        with refused(Conflict, "student_busy") as refusal:
            self.add(talk, booth=other)
        assert refusal.value.params == {"company": talk.booth.company.name, "time": "10:40"}
        assert self.add(talk, booth=other, slot=5).slot == 5

    def test_two_who_do_not_meet_any_more_are_not_planned(self, talk):
        other = student_at(talk.plan.fair)
        Block.objects.create(student_id=other.student_id, company=talk.booth.company, by_student=True)
        with refused(Conflict, "pair_blocked"):
            self.add(talk, student=other.student_id, slot=5)
        gathered = plans.gather(talk.plan)
        barred = [seeker.id for seeker in gathered.problem.students].index(other.student_id)
        assert (gathered.problem.worth[barred] == -1).all()
        assert PlannedTalk.objects.count() == 1

    def test_the_same_two_are_not_planned_twice(self, talk):
        with refused(Conflict, "pair_planned"):
            self.add(talk, slot=8)

    @pytest.mark.parametrize(("side", "code"), [("booth", "booth_away"), ("student", "student_away")])
    def test_the_hours_of_both_sides_hold(self, talk, side, code):
        late = talk.plan.at(10)
        if side == "booth":
            BoothTeam.objects.create(booth=talk.booth, starts_at=late)
        else:
            FairRegistration.objects.update(free_from=late)
        staff = staff_of(talk.plan.fair)
        with refused(Conflict, code) as refusal:
            planner.move_talk(actor=staff, talk_id=talk.pk, slot=9)
        assert refusal.value.params == {"time": "11:30"}
        assert planner.move_talk(actor=staff, talk_id=talk.pk, slot=10).slot == 10

    @pytest.mark.parametrize("slot", [-1, 18])
    def test_times_off_the_grid_are_refused(self, talk, slot):
        with refused(Invalid, "invalid"):
            planner.move_talk(actor=staff_of(talk.plan.fair), talk_id=talk.pk, slot=slot)

    def test_a_hidden_student_is_added_only_where_they_chose(self, talk):
        hidden = student_at(talk.plan.fair, visibility="hidden")
        with refused(Conflict, "student_not_open"):
            self.add(talk, student=hidden.student_id, slot=0)
        wishes.choose_booths(actor=hidden, fair_id=talk.plan.fair_id, booth_ids=[talk.booth_id])
        assert self.add(talk, student=hidden.student_id, slot=0).chosen is True

    def test_strangers_to_the_fair_are_refused_by_field(self, talk):
        elsewhere = PlannedTalkFactory()
        with refused(Invalid, "invalid") as refusal:
            self.add(talk, booth=elsewhere.booth)
        assert list(refusal.value.fields) == ["booth"]
        with refused(Invalid, "invalid") as refusal:
            self.add(talk, student=elsewhere.student_id)
        assert list(refusal.value.fields) == ["student"]

    def test_once_published_a_change_is_told_to_both_sides(self, talk):
        staff, recruiter = staff_of(talk.plan.fair), recruiter_at(talk.booth)
        student = MembershipFactory(
            role="student", school=talk.plan.fair.school, student=talk.student
        ).user_id
        recruiter_at(PlannedTalkFactory(plan=talk.plan).booth)  # not theirs: hears nothing
        planner.publish_plan(actor=staff, fair_id=talk.plan.fair_id)
        Notification.objects.all().delete()
        planner.move_talk(actor=staff, talk_id=talk.pk, slot=5)
        planner.drop_talk(actor=staff, talk_id=talk.pk)
        place = f"/company/fairs/booths/{talk.booth_id}/timetable/"
        mine = f"/fairs/{talk.plan.fair_id}/timetable/"
        assert told() == sorted(
            [(student, "fairs.plan_changed", mine)] * 2
            + [(recruiter.user_id, "fairs.plan_changed", place)] * 2
        )
        assert not PlannedTalk.objects.filter(pk=talk.pk).exists()

    def test_students_give_up_their_own_talks_and_no_others(self, talk):
        student, other = student_at(talk.plan.fair), student_at(talk.plan.fair)
        PlannedTalk.objects.update(student_id=student.student_id)
        with refused(NotFound, "not_found"):
            planner.drop_talk(actor=student, talk_id=talk.pk)  # still a draft
        planner.publish_plan(actor=staff_of(talk.plan.fair), fair_id=talk.plan.fair_id)
        with refused(NotFound, "not_found"):
            planner.drop_talk(actor=other, talk_id=talk.pk)
        with refused(NotAllowed, "not_allowed"):
            planner.move_talk(actor=student, talk_id=talk.pk, slot=1)
        with refused(NotAllowed, "not_allowed"):
            planner.drop_talk(actor=recruiter_at(talk.booth), talk_id=talk.pk)
        planner.drop_talk(actor=student, talk_id=talk.pk)
        assert PlannedTalk.objects.count() == 0

    def test_what_has_begun_stays(self, talk):
        PlannedTalk.objects.update(ticket=TicketFactory(booth=talk.booth, student=talk.student))
        staff = staff_of(talk.plan.fair)
        for act in (
            lambda: planner.move_talk(actor=staff, talk_id=talk.pk, slot=9),
            lambda: planner.drop_talk(actor=staff, talk_id=talk.pk),
        ):
            with refused(Conflict, "talk_begun"):
                act()

    def test_a_booth_that_is_refused_leaves_the_plan_and_its_students_are_told(self, talk):
        staff = staff_of(talk.plan.fair)
        student = MembershipFactory(
            role="student", school=talk.plan.fair.school, student=talk.student
        ).user_id
        other = PlannedTalkFactory(plan=talk.plan, slot=4)
        planner.publish_plan(actor=staff, fair_id=talk.plan.fair_id)
        booths.refuse_booth(actor=staff, booth_id=talk.booth_id, reason="展位取消")
        assert list(PlannedTalk.objects.all()) == [other]
        kinds = Notification.objects.filter(user_id=student).order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["fairs.plan_published", "fairs.plan_changed"]

    def test_a_suspended_company_reads_of_nobody(self, talk):
        recruiter = recruiter_at(talk.booth)
        planner.publish_plan(actor=staff_of(talk.plan.fair), fair_id=talk.plan.fair_id)
        assert list(plans.talks_visible_to(recruiter)) == [talk]
        Company.objects.update(status=CompanyStatus.SUSPENDED)
        assert list(plans.talks_visible_to(recruiter)) == []

    def test_whoever_erases_the_account_frees_the_times(self, talk):
        user = MembershipFactory(role="student", school=talk.plan.fair.school, student=talk.student).user
        planner.publish_plan(actor=staff_of(talk.plan.fair), fair_id=talk.plan.fair_id)
        planner.forget_visitor(user)
        assert PlannedTalk.objects.count() == 0
