"""What both sides say before a fair: only of booths that come, only of people one may see, only before it opens."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.students.models import Student
from fairs.domain import wishes
from fairs.models import BoothChoice, BoothMark, BoothTeam, FairRegistration, Plan
from tests.factories.fairs import BoothFactory, FairFactory, PlanFactory, recruiter_at, staff_of, student_at
from tests.factories.schools import MajorFactory
from tests.fairs.support import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def fair():
    return FairFactory(ready=True)


def ranks(student):
    rows = BoothChoice.objects.filter(registration__student_id=student.student_id)
    return list(rows.order_by("rank").values_list("rank", "booth_id"))


class TestChoices:
    def test_the_last_word_replaces_the_one_before(self, fair):
        student, booths = student_at(fair), [BoothFactory(fair=fair).pk for _ in range(3)]
        wishes.choose_booths(actor=student, fair_id=fair.pk, booth_ids=booths, free_from=fair.starts_at)
        row = wishes.choose_booths(
            actor=student,
            fair_id=fair.pk,
            booth_ids=[booths[2], booths[0], booths[2]],
            free_until=fair.ends_at,
        )
        assert ranks(student) == [(1, booths[2]), (2, booths[0])]
        assert (row.free_from, row.free_until) == (None, fair.ends_at)

    def test_only_booths_of_this_fair_that_come(self, fair):
        student = student_at(fair)
        for booth in (
            BoothFactory(fair=fair, requested=True),
            BoothFactory(fair=FairFactory(school=fair.school)),
        ):
            with refused(Invalid, "invalid") as refusal:
                wishes.choose_booths(actor=student, fair_id=fair.pk, booth_ids=[booth.pk])
            assert list(refusal.value.fields) == ["booths"]

    def test_no_more_than_eight_and_hours_in_order(self, fair):
        student = student_at(fair)
        many = [BoothFactory(fair=fair).pk for _ in range(9)]
        with refused(Invalid, "invalid") as refusal:
            wishes.choose_booths(
                actor=student,
                fair_id=fair.pk,
                booth_ids=many,
                free_from=fair.ends_at,
                free_until=fair.starts_at,
            )
        assert sorted(refusal.value.fields) == ["booths", "free_until"]
        wishes.choose_booths(actor=student, fair_id=fair.pk, booth_ids=many[:8])
        assert len(ranks(student)) == 8

    @pytest.mark.parametrize("year", [1, 2999])
    def test_hours_lie_on_the_days_of_the_fair(self, fair, year):
        student, far = student_at(fair), fair.starts_at.replace(year=year)
        with refused(Invalid, "invalid") as refusal:
            wishes.choose_booths(actor=student, fair_id=fair.pk, booth_ids=[], free_from=far, free_until=far)
        assert sorted(refusal.value.fields) == ["free_from", "free_until"]

    def test_who_may_not(self, fair):
        booth = BoothFactory(fair=fair)
        visitor, staff = student_at(fair, registered=False), staff_of(fair)
        stranger = student_at(FairFactory(ready=True))
        for actor, error, code in (
            (visitor, Conflict, "not_registered"),
            (staff, NotAllowed, "not_allowed"),
            (recruiter_at(booth), NotAllowed, "not_allowed"),
            (stranger, NotFound, "not_found"),
        ):
            with refused(error, code):
                wishes.choose_booths(actor=actor, fair_id=fair.pk, booth_ids=[booth.pk])

    def test_not_once_the_fair_has_opened(self):
        booth = BoothFactory()
        student = student_at(booth.fair)
        with refused(Conflict, "fair_started"):
            wishes.choose_booths(actor=student, fair_id=booth.fair_id, booth_ids=[booth.pk])

    def test_the_database_keeps_ranks_apart_and_hours_in_order(self, fair):
        student_at(fair)
        row = FairRegistration.objects.get()
        BoothChoice.objects.create(registration=row, booth=BoothFactory(fair=fair), rank=1)
        for rank in (1, 0, 9):
            with pytest.raises(IntegrityError), transaction.atomic():
                BoothChoice.objects.create(registration=row, booth=BoothFactory(fair=fair), rank=rank)
        with pytest.raises(IntegrityError), transaction.atomic():
            FairRegistration.objects.update(free_from=fair.ends_at, free_until=fair.starts_at)


class TestTeam:
    def test_size_hours_and_majors_are_kept(self, fair):
        booth, majors = BoothFactory(fair=fair), [MajorFactory(school=fair.school).pk for _ in range(2)]
        recruiter = recruiter_at(booth)
        wishes.set_team(actor=recruiter, booth_id=booth.pk, recruiters=3, major_ids=majors)
        team = wishes.set_team(
            actor=recruiter, booth_id=booth.pk, recruiters=2, major_ids=majors[1:], starts_at=fair.starts_at
        )
        assert (BoothTeam.objects.get().pk, team.recruiters, team.starts_at) == (team.pk, 2, fair.starts_at)
        assert list(BoothMark.objects.values_list("booth_id", "major_id", "student_id")) == [
            (booth.pk, majors[1], None)
        ]

    def test_what_makes_no_sense_is_named(self, fair):
        booth = BoothFactory(fair=fair)
        recruiter, foreign = recruiter_at(booth), MajorFactory()
        with refused(Invalid, "invalid") as refusal:
            wishes.set_team(
                actor=recruiter, booth_id=booth.pk, recruiters=13, major_ids=[foreign.pk],
                starts_at=fair.ends_at, ends_at=fair.ends_at - timedelta(hours=1),
            )  # fmt: skip
        assert sorted(refusal.value.fields) == ["ends_at", "majors", "recruiters"]

    def test_the_number_of_recruiters_stands_once_the_timetable_is_published(self, fair):
        booth = BoothFactory(fair=fair)
        recruiter = recruiter_at(booth)
        wishes.set_team(actor=recruiter, booth_id=booth.pk, recruiters=2, major_ids=[])
        PlanFactory(fair=fair, published=True)
        with refused(Conflict, "plan_published"):
            wishes.set_team(actor=recruiter, booth_id=booth.pk, recruiters=3, major_ids=[])
        assert wishes.set_team(
            actor=recruiter, booth_id=booth.pk, recruiters=2, major_ids=[], ends_at=fair.ends_at
        )
        Plan.objects.update(status="draft", published_at=None)
        assert wishes.set_team(actor=recruiter, booth_id=booth.pk, recruiters=3, major_ids=[]).recruiters == 3

    def test_other_companies_and_unverified_ones_are_refused(self, fair):
        booth = BoothFactory(fair=fair)
        own, other = recruiter_at(booth), recruiter_at(BoothFactory(fair=fair))
        with refused(NotAllowed, "not_allowed"):
            wishes.set_team(actor=other, booth_id=booth.pk, recruiters=2, major_ids=[])
        Company.objects.filter(pk=booth.company_id).update(status=CompanyStatus.SUSPENDED)
        with refused(NotAllowed, "company_unverified"):
            wishes.set_team(actor=own, booth_id=booth.pk, recruiters=2, major_ids=[])


class TestMarks:
    def mark(self, booth, actor, student, wanted=True):
        wishes.mark_student(actor=actor, booth_id=booth.pk, student_id=student.student_id, wanted=wanted)

    def test_marked_twice_is_once_and_can_be_taken_back(self, fair):
        booth, student = BoothFactory(fair=fair), student_at(fair)
        recruiter = recruiter_at(booth)
        for _ in range(2):
            self.mark(booth, recruiter, student)
        assert list(BoothMark.objects.values_list("booth_id", "student_id")) == [
            (booth.pk, student.student_id)
        ]
        Student.objects.update(visibility="hidden")
        self.mark(booth, recruiter, student, wanted=False)
        assert BoothMark.objects.count() == 0

    @pytest.mark.parametrize("why", ["hidden", "at_fairs_only", "not registered", "another school"])
    def test_whom_the_company_does_not_see_it_cannot_mark(self, fair, why):
        booth = BoothFactory(fair=fair)
        recruiter = recruiter_at(booth)
        student = {
            "hidden": lambda: student_at(fair, visibility="hidden"),
            "at_fairs_only": lambda: student_at(fair, visibility="fairs"),
            "not registered": lambda: student_at(fair, registered=False),
            "another school": lambda: student_at(FairFactory(ready=True)),
        }[why]()
        with refused(NotFound, "not_found"):
            self.mark(booth, recruiter, student)

    def test_there_is_a_limit(self, fair, monkeypatch):
        monkeypatch.setattr(wishes, "MOST_MARKS", 1)
        booth, first, second = BoothFactory(fair=fair), student_at(fair), student_at(fair)
        recruiter = recruiter_at(booth)
        self.mark(booth, recruiter, first)
        with refused(Conflict, "too_many_marks"):
            self.mark(booth, recruiter, second)
