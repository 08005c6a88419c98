"""Pages and addresses of the plan: staff propose, look, mend and publish; students and companies read their timetables."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from backend.accounts.actor import actor_of
from backend.accounts.enums import Role
from backend.accounts.models import User
from backend.common import clock
from backend.students.models import Student
from fairs.domain import plan as planner
from fairs.domain import timetable
from fairs.models import (
    Booth,
    BoothChoice,
    BoothMark,
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
    recruiter_at,
    staff_of,
    student_at,
)
from tests.factories.positions import PositionFactory
from tests.factories.schools import DepartmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def page(client, actor, name, *args, **query):
    client.force_login(User.objects.get(pk=actor.user_id))
    return client.get(reverse(f"fairs:{name}", args=args), query)


def post(client, actor, name, *args, **data):
    client.force_login(User.objects.get(pk=actor.user_id))
    return client.post(reverse(f"fairs:{name}", args=args), data)


@pytest.fixture
def talk():
    """A draft with one talk of a student with an account; times in Shanghai from 10:00."""
    made = PlannedTalkFactory(slot=2, fit=0.62, chosen=True)
    student = student_at(made.plan.fair, name="林一")
    PlannedTalk.objects.update(student_id=student.student_id)
    made.refresh_from_db()
    made.actor = student
    return made


def publish(talk):
    planner.publish_plan(actor=staff_of(talk.plan.fair), fair_id=talk.plan.fair_id)


class TestStaff:
    def test_from_nothing_to_a_published_plan(self, client):
        fair = FairFactory(ready=True)
        booth = BoothFactory(fair=fair)
        BoothPosition.objects.create(
            booth=booth, position=PositionFactory(company=booth.company, published=True)
        )
        student_at(fair, name="林一")
        student_at(fair, name="王二", visibility="hidden")
        staff = staff_of(fair)
        assert "生成方案" in page(client, staff, "plan", fair.pk).content.decode()
        asked = {"most": 2, "minutes": 20, "breath": 0, "seed": 1}
        assert post(client, staff, "plan_propose", fair.pk, **asked).status_code == 302
        text = page(client, staff, "plan", fair.pk).content.decode()
        assert "1 场洽谈" in text
        assert "林一" in page(client, staff, "plan", fair.pk, view="students").content.decode()
        without = page(client, staff, "plan", fair.pk, view="without").content.decode()
        assert "王二" in without
        assert "对企业隐藏" in without
        assert post(client, staff, "plan_publish", fair.pk).status_code == 302
        assert Plan.objects.get().status == "published"
        assert post(client, staff, "plan_withdraw", fair.pk).status_code == 302
        assert Plan.objects.get().status == "draft"

    def test_wrong_numbers_come_back_beside_their_fields(self, client):
        fair = FairFactory(ready=True)
        answer = post(client, staff_of(fair), "plan_propose", fair.pk, most=0, minutes=10, breath=0, seed=0)
        assert answer.status_code == 422
        assert answer.context["form"].errors == {"most": ["应在 1 到 12 之间。"]}

    def test_hours_of_the_fair_that_changed_are_told(self, client, talk):
        staff = staff_of(talk.plan.fair)
        assert page(client, staff, "plan", talk.plan.fair_id).context["stale"] is False
        Fair.objects.update(starts_at=talk.plan.starts_at + timedelta(minutes=21))
        assert page(client, staff, "plan", talk.plan.fair_id).context["stale"] is True

    def test_mended_by_hand(self, client, talk):
        staff, other = staff_of(talk.plan.fair), student_at(talk.plan.fair)
        text = page(client, staff, "booth_plan", talk.booth_id).content.decode()
        assert "林一" in text
        assert "62%" in text
        assert post(client, staff, "talk_move", talk.pk, slot=5).status_code == 302
        assert (
            post(client, staff, "plan_add", talk.booth_id, student=other.student_id, slot=6).status_code
            == 302
        )
        assert list(PlannedTalk.objects.order_by("slot").values_list("student_id", "slot")) == [
            (talk.student_id, 5), (other.student_id, 6),
        ]  # fmt: skip
        refused = post(client, staff, "talk_move", talk.pk, slot=6)
        assert refused.status_code == 409
        assert "该展位的招聘人员 11:00 均已安排洽谈。" in refused.content.decode()
        assert post(client, staff, "talk_drop", talk.pk).status_code == 302
        assert PlannedTalk.objects.count() == 1
        assert post(client, staff, "plan_add", talk.booth_id, student=other.student_id).status_code == 422

    def test_other_departments_see_neither_who_has_a_talk_nor_who_has_none(self, client, talk):
        publish(talk)
        fair, without = talk.plan.fair, student_at(talk.plan.fair, name="林二")
        people = Student.objects.in_bulk([talk.student_id, without.student_id]).values()
        seen = {}
        for staff in (staff_of(fair), department_staff(fair.school)):
            for view in ("students", "without"):
                shown = page(client, staff, "plan", fair.pk, view=view).content.decode()
                seen[staff.department_id is None, view] = [one.name for one in people if one.name in shown]
        assert seen == {
            (True, "students"): ["林一"], (True, "without"): ["林二"], (False, "students"): [], (False, "without"): [],
        }  # fmt: skip

    def test_a_draft_is_the_school_s_own(self, client, talk):
        recruiter = recruiter_at(talk.booth)
        for actor, name, number in (
            (talk.actor, "plan", talk.plan.fair_id),
            (recruiter, "plan", talk.plan.fair_id),
            (recruiter, "booth_plan", talk.booth_id),
        ):
            assert page(client, actor, name, number).status_code == 404
        assert "暂无您的洽谈安排" in page(client, talk.actor, "timetable", talk.plan.fair_id).content.decode()
        assert "此展位暂无安排" in page(client, recruiter, "booth_timetable", talk.booth_id).content.decode()


class TestStudent:
    def test_the_timetable_and_its_calendar_file(self, client, talk):
        publish(talk)
        fair = talk.plan.fair
        text = page(client, talk.actor, "timetable", fair.pk).content.decode()
        assert talk.booth.company.name in text
        assert "10:20" in text
        answer = page(client, talk.actor, "timetable_file", fair.pk)
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
        assert (event["dtstart"].dt, event["dtend"].dt) == (
            talk.starts_at,
            talk.starts_at + timedelta(minutes=10),
        )
        assert (event["uid"], event["location"]) == (
            f"planned-talk-{talk.pk}@fairway",
            f"{talk.booth.label} A",
        )
        assert page(client, student_at(fair), "timetable_file", fair.pk).status_code == 404

    def test_given_up(self, client, talk):
        publish(talk)
        answer = post(client, talk.actor, "talk_drop", talk.pk)
        assert answer["Location"] == reverse("fairs:timetable", args=[talk.plan.fair_id])
        assert PlannedTalk.objects.count() == 0

    def test_the_hall_shows_the_next_talks(self, client, talk):
        publish(talk)
        Fair.objects.update(status="live")
        text = page(client, talk.actor, "hall", talk.plan.fair_id).content.decode()
        assert "已安排的洽谈" in text
        assert "10:20" in text
        assert (
            "已安排的洽谈"
            not in page(client, student_at(talk.plan.fair), "hall", talk.plan.fair_id).content.decode()
        )

    def test_a_number_that_was_planned_says_so_on_both_sides(self, client, talk):
        recruiter = recruiter_at(talk.booth)
        publish(talk)
        Fair.objects.update(status="live")
        FairRegistration.objects.update(entered_at=clock.now())
        clock.advance(timedelta(minutes=81))
        assert timetable.begin_due() == 1
        assert "约定 10:20" in page(client, talk.actor, "lines", talk.plan.fair_id).content.decode()
        assert "约定 10:20" in page(client, recruiter, "console", talk.booth_id).content.decode()

    def test_booths_are_chosen_in_order(self, client, talk):
        first, second = BoothFactory(fair=talk.plan.fair), talk.booth
        sent = {"choice_1": first.pk, "choice_3": second.pk, "free_from": "2026-03-02T10:30"}
        assert post(client, talk.actor, "choices", talk.plan.fair_id, **sent).status_code == 302
        assert list(BoothChoice.objects.order_by("rank").values_list("rank", "booth_id")) == [
            (1, first.pk), (2, second.pk),
        ]  # fmt: skip
        form = page(client, talk.actor, "choices", talk.plan.fair_id).context["form"]
        assert (form.initial["choice_2"], form.initial["free_from"]) == (second.pk, talk.plan.at(3))
        wrong = sent | {"free_until": "2026-03-02T10:00"}
        assert post(client, talk.actor, "choices", talk.plan.fair_id, **wrong).status_code == 422


class TestCompany:
    def test_the_timetable_shows_people_as_the_company_may_see_them(self, client, talk):
        recruiter = recruiter_at(talk.booth)
        publish(talk)
        assert "林一" in page(client, recruiter, "booth_timetable", talk.booth_id).content.decode()
        type(talk.student).objects.update(visibility="hidden")
        text = page(client, recruiter, "booth_timetable", talk.booth_id).content.decode()
        assert "林一" not in text
        assert f"{talk.student_id} 号学生" in text

    def test_team_majors_and_marks(self, client, talk):
        recruiter = recruiter_at(talk.booth)
        student_at(talk.plan.fair, name="王二", visibility="hidden")
        major = talk.student.major
        shown = page(client, recruiter, "team", talk.booth_id)
        assert "林一" in shown.content.decode()
        assert "王二" not in shown.content.decode()
        sent = {"recruiters": 2, "majors": [major.pk], "starts_at": "2026-03-02T10:00", "ends_at": ""}
        assert post(client, recruiter, "team", talk.booth_id, **sent).status_code == 302
        assert (
            post(client, recruiter, "mark", talk.booth_id, student=talk.student_id, wanted="yes").status_code
            == 302
        )
        team = BoothTeam.objects.get()
        assert (team.recruiters, team.starts_at) == (2, talk.plan.starts_at)
        assert set(BoothMark.objects.values_list("student_id", "major_id")) == {
            (None, major.pk), (talk.student_id, None),
        }  # fmt: skip
        assert (
            post(client, recruiter, "mark", talk.booth_id, student=talk.student_id, wanted="no").status_code
            == 302
        )
        assert BoothMark.objects.filter(student__isnull=False).count() == 0
        assert (
            post(client, recruiter, "team", talk.booth_id, **(sent | {"recruiters": 99})).status_code == 422
        )


class TestApi:
    """The same functions, for programs."""

    def ask(self, client, actor, path, **body):
        client.force_login(User.objects.get(pk=actor.user_id))
        address = f"/api/v1/fairs/{path}"
        headers = {"Idempotency-Key": path.replace("/", "-") + str(len(body))}
        if body or path.endswith(("publish/", "withdraw/", "drop/")):
            return client.post(address, body, content_type="application/json", headers=headers)
        return client.get(address)

    def test_staff_propose_add_move_drop_and_publish(self, client, talk):
        staff, fair = staff_of(talk.plan.fair), talk.plan.fair
        other = student_at(fair)
        both = {"fair": fair.pk, "booth": talk.booth_id}
        added = self.ask(client, staff, "talks/", **both, student=other.student_id, slot=4)
        assert (added.status_code, added.json()["slot"]) == (201, 4)
        moved = self.ask(client, staff, f"talks/{talk.pk}/move/", slot=7)
        assert moved.json()["starts_at"] == "2026-03-02T11:10:00+08:00"
        assert self.ask(client, staff, f"talks/{added.json()['id']}/drop/").status_code == 204
        published = self.ask(client, staff, f"plans/{talk.plan.pk}/publish/")
        assert (published.status_code, published.json()["status"]) == (200, "published")
        assert self.ask(client, staff, f"plans/{talk.plan.pk}/withdraw/").json()["status"] == "draft"
        again = self.ask(client, staff, "plans/", fair=fair.pk, minutes=30)
        assert (again.status_code, again.json()["slots"]) == (201, 8)

    def test_each_side_lists_its_own(self, client, talk):
        publish(talk)
        other = PlannedTalkFactory(plan=talk.plan, slot=3)
        rows = {
            "student": self.ask(client, talk.actor, "talks/"),
            "recruiter": self.ask(client, recruiter_at(other.booth), "talks/"),
            "staff": self.ask(client, staff_of(talk.plan.fair), "talks/"),
            "another department": self.ask(client, department_staff(talk.plan.fair.school), "talks/"),
            "own department": self.ask(
                client, department_staff(talk.plan.fair.school, other.student.major.department), "talks/"
            ),
        }
        assert {who: [row["id"] for row in answer.json()["results"]] for who, answer in rows.items()} == {
            "student": [talk.pk], "recruiter": [other.pk], "staff": [other.pk, talk.pk],
            "another department": [], "own department": [other.pk],
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("field", "value"),
        [("booths", [10**30]), ("free_from", "0001-01-01T00:00:00"), ("free_until", "9999-12-31T23:59:59")],
    )
    def test_what_no_column_holds_is_refused(self, client, talk, field, value):
        body = {"fair": talk.plan.fair_id, "booths": [talk.booth_id], field: value}
        answer = self.ask(client, talk.actor, "choices/", **body)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
        assert not self.ask(client, talk.actor, "choices/").json()["results"]

    def test_students_choose(self, client, talk):
        answer = self.ask(client, talk.actor, "choices/", fair=talk.plan.fair_id, booths=[talk.booth_id])
        assert (answer.status_code, [row["rank"] for row in answer.json()]) == (201, [1])
        assert self.ask(client, talk.actor, "choices/").json()["results"][0]["booth_id"] == talk.booth_id


def department_staff(school, department=None):
    """Staff of one department: of this one, or of one without students."""
    department = department or DepartmentFactory(school=school)
    return actor_of(MembershipFactory(role=Role.STAFF, school=school, department=department).user)


class TestQueries:
    """A literal number of queries, whatever the number of rows."""

    def test_pages_cost_the_same_with_one_row_and_with_three(self, client):
        fair = FairFactory(ready=True)
        plan, booth = PlanFactory(fair=fair, published=True), BoothFactory(fair=fair)
        position = PositionFactory(company=booth.company, published=True)
        BoothPosition.objects.create(booth=booth, position=position)
        student, recruiter, staff = student_at(fair), recruiter_at(booth), staff_of(fair)
        Booth.objects.update(last_number=18)
        asked = {
            "plan": (staff, "plan", fair.pk, {}),
            "students": (staff, "plan", fair.pk, {"view": "students"}),
            "without": (staff, "plan", fair.pk, {"view": "without"}),
            "booth_plan": (staff, "booth_plan", booth.pk, {}),
            "timetable": (student, "timetable", fair.pk, {}),
            "choices": (student, "choices", fair.pk, {}),
            "booth_timetable": (recruiter, "booth_timetable", booth.pk, {}),
            "team": (recruiter, "team", booth.pk, {}),
        }
        for size in (1, 3):
            while plan.talks.filter(booth=booth).count() < size:
                slot = 2 * plan.talks.filter(booth=booth).count()
                PlannedTalkFactory(plan=plan, booth=booth, slot=slot)
                PlannedTalkFactory(plan=plan, slot=slot + 1, student_id=student.student_id)
                student_at(fair)
            assert (size, {name: self.cost(client, *one) for name, one in asked.items()}) == (size, COSTS)
        # Once the fair has begun nobody is marked any more, and nobody looked up.
        Fair.objects.update(status="live")
        assert self.cost(client, *asked["team"]) == 6

    def cost(self, client, actor, name, number, query):
        client.force_login(User.objects.get(pk=actor.user_id))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(reverse(f"fairs:{name}", args=[number]), query).status_code == 200
        return len(queries)


COSTS = {
    "plan": 12, "students": 11, "without": 12, "booth_plan": 9, "timetable": 6, "choices": 8,
    "booth_timetable": 10, "team": 13,
}  # fmt: skip
