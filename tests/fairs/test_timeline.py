"""The timeline: in order, narrowed, named for whom staff may see, and as a file in which nothing runs."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from backend.accounts.actor import actor_of
from backend.accounts.models import User
from backend.common import clock
from backend.students.models import Student
from fairs import timeline
from fairs.domain import announcements, line, safety, silence, stand_in, steering
from fairs.domain import booth as booths
from fairs.domain import fair as fairs
from fairs.enums import ReportReason
from fairs.models import Fair
from tests.factories.accounts import MembershipFactory
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory
from tests.fairs.support import talk_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def day():
    """A fair on which something of every kind happened, each a minute after the other; and its people."""
    school = SchoolFactory(alliance=AllianceFactory())
    fair = FairFactory(school=school)
    booth, other = (
        BoothFactory(fair=fair, label="A1", zone="X"),
        BoothFactory(fair=fair, label="A2", zone="Y"),
    )
    staff, recruiter, second = staff_of(fair), recruiter_at(booth), recruiter_at(booth)
    User.objects.filter(pk=staff.user_id).update(name="王老师")
    User.objects.filter(pk=recruiter.user_id).update(name="=HYPERLINK(1)")
    User.objects.filter(pk=second.user_id).update(name="李经理")
    student = student_at(fair, name="张三")
    happened = (
        lambda: booths.pause_booth(actor=recruiter, booth_id=booth.pk, paused=True),
        lambda: announcements.announce(
            actor=staff, fair_id=fair.pk, scope="zone", zone="Y", text_zh="请安静", text_en="Quiet"
        ),
        lambda: line.join_line(actor=student, booth_id=other.pk),
        lambda: silence.silence(actor=staff, fair_id=fair.pk, user_id=student.user_id, reason="辱骂"),
        lambda: stand_in.stand_in(
            actor=staff, booth_id=booth.pk, user_id=second.user_id, replaced_id=recruiter.user_id
        ),
        lambda: steering.close_line(actor=staff, booth_id=other.pk, let_go=False),
        lambda: fairs.move_fair(actor=staff, fair_id=fair.pk, to="paused"),
    )
    for happen in happened:
        happen()
        clock.advance(timedelta(minutes=1))
    booths.pause_booth(actor=recruiter_at(elsewhere := BoothFactory()), booth_id=elsewhere.pk, paused=True)
    people = {
        "staff": staff,
        "department": actor_of(
            MembershipFactory(school=school, department=DepartmentFactory(school=school)).user
        ),
        "partner": staff_of(FairFactory(school=SchoolFactory(alliance=school.alliance))),
    }
    return fair, booth, people


def read(actor, fair, **asked):
    rows = list(timeline.entries(fair, **asked))
    return [
        (one.what, one.booth and one.booth.label, one.who, one.detail)
        for one in timeline.told(actor, fair, rows, timeline.booths_of(fair))
    ]


ALL = [
    ("双选会：办理", None, "王老师", "进行中 → 已暂停"),
    ("展位：停止取号", "A2", "王老师", ""),
    ("展位：换人顶班", "A1", "王老师", "李经理 ← =HYPERLINK(1)"),
    ("双选会：禁言", None, "王老师", "张三: 辱骂"),
    ("双选会：发布公告", None, "王老师", "Y: 请安静 / Quiet"),
    ("展位：暂停", "A1", "=HYPERLINK(1)", ""),
]


def test_everything_in_order_and_each_kind_and_booth(day):
    fair, booth, people = day
    staff = people["staff"]
    found = read(staff, fair)
    assert [row[1:] for row in found] == [row[1:] for row in ALL]
    of_kinds = {kind: len(read(staff, fair, kind=kind)) for kind in timeline.KINDS}
    assert of_kinds == {"fair": 1, "booth": 2, "announcement": 1, "people": 2}
    assert [row[1:] for row in read(staff, fair, booth_id=booth.pk)] == [ALL[2][1:], ALL[5][1:]]
    assert read(staff, fair, booth_id=BoothFactory().pk) == []


@pytest.mark.parametrize("who", ["department", "partner"])
def test_who_only_watches_reads_no_name(day, who):
    fair, _booth, people = day
    said = str(read(people[who], fair))
    assert [name for name in ("王老师", "张三", "李经理", "HYPERLINK", "辱骂") if name in said] == []
    assert "请安静" in said


def test_it_costs_the_same_whatever_happened(client, day):
    fair, _booth, people = day
    client.force_login(User.objects.get(pk=people["staff"].user_id))
    costs = []
    for n in range(2):
        with CaptureQueriesContext(connection) as captured:
            page = client.get(f"/staff/fairs/{fair.pk}/timeline/")
        costs.append((len(page.context["rows"].object_list), len(captured)))
        for zone in "XY" if n == 0 else ():
            announcements.announce(
                actor=people["staff"], fair_id=fair.pk, scope="zone", zone=zone, text_zh="请安静", text_en=""
            )
    assert costs == [(6, 12), (8, 12)]


def test_the_file_says_the_same_oldest_first_and_runs_no_formula(client, day):
    fair, _booth, people = day
    client.force_login(User.objects.get(pk=people["staff"].user_id))
    response = client.get(f"/staff/fairs/{fair.pk}/timeline.xlsx?kind=booth")
    assert response["Cache-Control"] == "private, no-store"
    sheet = load_workbook(io.BytesIO(response.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [(row[2], row[4]) for row in rows] == [("A1", "=HYPERLINK(1)"), ("A2", "王老师")]
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value} == {"s"}


def test_a_silenced_student_of_a_partner_school_has_no_name_here(day):
    fair, _booth, people = day
    guest = student_at(fair, name="赵六")
    Student.objects.filter(pk=guest.student_id).update(school=SchoolFactory(alliance=fair.school.alliance))
    silence.silence(actor=people["staff"], fair_id=fair.pk, user_id=guest.user_id, reason="广告")
    assert read(people["staff"], fair)[0][3] == "—: 广告"


def test_a_report_is_told_without_whom_it_came_from(day):
    fair, _booth, people = day
    Fair.objects.update(status="live")
    student, _recruiter, talk = talk_at(BoothFactory(fair=fair))
    safety.report_person(actor=student, meeting_id=talk.pk, reason="rude", text="他骂人")
    assert read(people["staff"], fair)[0][1:] == (None, "", str(ReportReason("rude").label))


def test_a_new_end_is_told_as_a_time_of_the_school():
    fair = FairFactory()
    staff = staff_of(fair)
    before, ends_at = fair.ends_at, fair.ends_at + timedelta(minutes=30)
    steering.extend_fair(actor=staff, fair_id=fair.pk, ends_at=ends_at)
    (row,) = timeline.entries(fair, kind="fair").filter(verb="fairs.extended")
    (told,) = timeline.told(staff, fair, [row], {})
    assert told.detail == " → ".join(f"{timezone.localtime(at):%m-%d %H:%M}" for at in (before, ends_at))
