"""A small demo school from seeds of its own: whatever the dice say, it hangs together and lies in the past."""

import random
from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Count, F, Max, Min, Q, Sum

from backend.accounts.models import Membership, User
from backend.applications.models import Application, ApplicationStep
from backend.common.models import OutboxEntry
from backend.companies.domain import VALIDITY
from backend.companies.models import Company, VettingDecision
from backend.demo import fairs
from backend.demo.families import FAMILIES
from backend.demo.names import CITIES
from backend.notifications.domain import MAIL_TOPIC
from backend.positions import content
from backend.positions.enums import PositionStatus
from backend.positions.linter import blocking, lint, texts_of
from backend.positions.models import Position
from backend.recommendations import serving
from backend.recommendations.models import Impression, Interaction
from backend.schools.models import Department, Major, School, SchoolClass
from backend.students.models import Experience, Student
from fairs import bots, plans
from fairs.enums import BoothStatus, FairStatus, TicketStatus
from fairs.models import Booth, BoothPosition, Fair, FairRegistration, Meeting, Message, Plan, Ticket
from tests.backend.demo.conftest import FAMILY_OF, FAMILY_OF_JOB

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_its_folder")]


@pytest.fixture(scope="module")
def demo(small):
    """The small one stands for the demo in this file."""
    return small


def live():
    return Position.objects.filter(status=PositionStatus.PUBLISHED)


# As many as were asked for


def test_there_is_as_much_of_everything_as_was_asked_for(demo):
    size = demo.size
    assert Student.objects.count() == size.students
    assert Company.objects.count() == size.companies
    assert live().aggregate(total=Sum("openings"))["total"] == size.openings
    assert Application.objects.count() == demo.applied
    assert set(Impression.objects.values("student").annotate(n=Count("pk")).values_list("n", flat=True)) == {
        20
    }
    assert Impression.objects.values("student").distinct().count() == size.applicants


def test_each_occupation_is_wanted_by_some_company_at_any_size(demo):
    codes = {code for family in FAMILIES for code, _, _ in family.jobs}
    assert set(live().values_list("occupation_id", flat=True)) == codes


# In the past, one thing after the other


PAST = {
    "students came": (Student, "created_at"),
    "companies came": (Company, "created_at"),
    "vetting was decided": (VettingDecision, "created_at"),
    "positions were written": (Position, "created_at"),
    "positions were shown": (Impression, "at"),
    "people did something": (Interaction, "at"),
    "applications came": (Application, "created_at"),
    "steps were taken": (ApplicationStep, "at"),
    "fairs were set up": (Fair, "created_at"),
    "booths were asked for": (Booth, "created_at"),
    "students signed up": (FairRegistration, "created_at"),
    "students entered": (FairRegistration, "entered_at"),
    "lines were joined": (Ticket, "joined_at"),
    "students were called": (Ticket, "called_at"),
    "talks ended": (Meeting, "ended_at"),
    "something was said": (Message, "at"),
}


@pytest.mark.parametrize("what", PAST)
def test_it_lies_in_the_past(demo, what):
    model, column = PAST[what]
    rows = model.objects.filter(**{f"{column}__isnull": False})
    found = rows.aggregate(first=Min(column), last=Max(column))
    assert rows.exists()
    assert demo.now - timedelta(days=250) < found["first"] <= found["last"] <= demo.now


ORDER = {
    "a company came before it was vetted": VettingDecision.objects.filter(
        created_at__lt=F("company__created_at")
    ),
    "a position was written after its company came": Position.objects.filter(
        created_at__lt=F("company__created_at")
    ),
    "a position was published after it was written": live().filter(published_at__lt=F("created_at")),
    "a position was shown after it was published": Impression.objects.filter(
        at__lte=F("position__published_at")
    ),
    "a position was shown before its deadline": Impression.objects.filter(at__gt=F("position__expires_at")),
    "something was done after the publication": Interaction.objects.filter(
        at__lte=F("position__published_at")
    ),
    "an application came after the publication": Application.objects.filter(
        created_at__lte=F("position__published_at")
    ),
    "an application came after its student": Application.objects.filter(
        created_at__lt=F("student__created_at")
    ),
    "a step came after its application": ApplicationStep.objects.filter(at__lt=F("application__created_at")),
    "a fair was set up before it began": Fair.objects.filter(created_at__gte=F("starts_at")),
    "a booth was asked for before the fair": Booth.objects.filter(created_at__gte=F("fair__starts_at")),
    "students signed up before the fair": FairRegistration.objects.filter(
        created_at__gte=F("fair__starts_at")
    ),
    "students entered after the fair began": FairRegistration.objects.filter(
        entered_at__lt=F("fair__starts_at")
    ),
    "a line was joined before the fair closed": Ticket.objects.filter(
        joined_at__gt=F("booth__fair__closed_at")
    ),
    "a call came after the joining": Ticket.objects.filter(called_at__lte=F("joined_at")),
    "a ticket ended after it began": Ticket.objects.filter(ended_at__lte=F("joined_at")),
    "a ticket ended before the fair closed": Ticket.objects.filter(ended_at__gt=F("booth__fair__closed_at"))
    .exclude(status=TicketStatus.SERVED)
    .exclude(status=TicketStatus.NO_SHOW),
    "a talk began after the call": Meeting.objects.filter(started_at__lte=F("ticket__called_at")),
    "a talk ended after it began": Meeting.objects.filter(ended_at__lte=F("started_at")),
    "a talk ended within the fair": Meeting.objects.filter(ended_at__gt=F("ticket__booth__fair__closed_at")),
    "nothing was said before a talk": Message.objects.filter(at__lte=F("meeting__started_at")),
    "nothing was said after a talk": Message.objects.filter(at__gt=F("meeting__ended_at")),
    "an experience ended before the student came": Experience.objects.filter(ended_on__lte=F("started_on")),
}


@pytest.mark.parametrize("rule", ORDER)
def test_one_thing_comes_after_the_other(demo, rule):
    broken = ORDER[rule].all()
    assert broken.model.objects.exists()
    assert list(broken[:3]) == []


def test_every_position_was_published_while_its_company_was_vetted():
    decided = dict(VettingDecision.objects.values_list("company_id", "created_at"))
    for row in live().select_related("company"):
        assert decided[row.company_id] < row.created_at
        assert row.company.vetted_until == decided[row.company_id] + VALIDITY


def test_who_stood_in_a_line_had_entered(demo):
    entered = {
        (row.fair_id, row.student_id): row.entered_at
        for row in FairRegistration.objects.filter(entered_at__isnull=False)
    }
    tickets = list(Ticket.objects.select_related("booth"))
    assert len(tickets) > 50
    assert [row.pk for row in tickets if row.joined_at < entered[row.booth.fair_id, row.student_id]] == []


def test_a_line_cannot_lie_about_who_came_first():
    lines = defaultdict(list)
    for row in Ticket.objects.order_by("booth", "number"):
        lines[row.booth_id].append(row)
    assert lines
    for rows in lines.values():
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        assert [row.joined_at for row in rows] == sorted(row.joined_at for row in rows)


@pytest.mark.parametrize("side", ["student", "recruiter", "booth"])
def test_nobody_talks_to_two_at_once(side):
    who = {
        "student": lambda row: row.ticket.student_id,
        "recruiter": lambda row: row.recruiter_id,
        "booth": lambda row: row.ticket.booth_id,
    }[side]
    until = {}
    for row in Meeting.objects.select_related("ticket").order_by("started_at"):
        assert until.get(who(row), row.started_at) <= row.started_at
        until[who(row)] = row.ended_at
    assert max(Counter(who(row) for row in Meeting.objects.select_related("ticket")).values()) > 1


def test_a_step_comes_at_its_place_in_time():
    times = defaultdict(list)
    for application, at in ApplicationStep.objects.order_by("pk").values_list("application_id", "at"):
        times[application].append(at)
    assert set(times) == set(Application.objects.values_list("pk", flat=True))
    assert all(found == sorted(found) for found in times.values())


def test_who_applied_had_looked_first():
    looked = {(row.student_id, row.position_id): row.at for row in Interaction.objects.filter(kind="view")}
    applied = list(Interaction.objects.filter(kind="apply"))
    assert applied
    assert all(looked[row.student_id, row.position_id] < row.at for row in applied)


def test_what_was_done_was_done_to_what_was_shown_and_after_it():
    shown = {(row.student_id, row.position_id): row.at for row in Impression.objects.all()}
    assert all(shown[row.student_id, row.position_id] < row.at for row in Interaction.objects.all())


# Of one school, one company, one trade


TOGETHER = {
    "a student's major is the school's": Student.objects.exclude(school=F("major__school")),
    "a student's class is the major's": Student.objects.exclude(major=F("school_class__major")),
    "a student ends with the class": Student.objects.exclude(
        graduation_year=F("school_class__graduation_year")
    ),
    "a major's department is the school's": Major.objects.exclude(school=F("department__school")),
    "a student's account is of the school": Membership.objects.filter(student__isnull=False).exclude(
        school=F("student__school")
    ),
    "a position lies in its company's city": Position.objects.exclude(city_code=F("company__city_code")),
    "pay goes from less to more": Position.objects.filter(salary_max__lte=F("salary_min")),
    "a booth brings its company's positions": BoothPosition.objects.exclude(
        booth__company=F("position__company")
    ),
    "a recruiter talks for the own company": Meeting.objects.exclude(
        recruiter__memberships__company=F("ticket__booth__company")
    ),
    "who applied looks for something": Application.objects.filter(student__seeking=False),
    "who signed up looks for something": FairRegistration.objects.filter(student__seeking=False),
    "a company at a fair is verified": Booth.objects.exclude(company__status="verified"),
    "a booth with a line is approved": Booth.objects.filter(last_number__gt=0).exclude(
        status=BoothStatus.APPROVED
    ),
    "the last number is the last ticket's": Booth.objects.annotate(most=Max("tickets__number")).exclude(
        Q(last_number=F("most")) | Q(last_number=0, most__isnull=True)
    ),
    "a school has no class without a year": SchoolClass.objects.filter(graduation_year__isnull=True),
    "a department has majors": Department.objects.filter(majors__isnull=True),
}


@pytest.mark.parametrize("rule", TOGETHER)
def test_it_hangs_together(demo, rule):
    broken = TOGETHER[rule].all()
    assert broken.model.objects.exists()
    assert list(broken[:3]) == []


def test_a_students_wishes_and_skills_are_of_the_trade_that_is_studied():
    wrong = []
    for row in Student.objects.select_related("major"):
        family = FAMILY_OF[row.major.name]
        jobs = {code for code, _, _ in family.jobs}
        if not (set(row.wanted_occupations) <= jobs and set(row.skills) <= set(family.skills)):
            wrong.append(row.pk)
    assert wrong == []


def test_a_position_asks_for_majors_that_lead_to_its_occupation():
    for row in Position.objects.exclude(majors=[]):
        family = FAMILY_OF_JOB[row.occupation_id]
        assert set(row.majors) <= set(family.majors)
        assert Major.objects.filter(name__in=row.majors).exists()


def test_pay_is_of_the_trade_and_in_hundreds():
    for row in live():
        family = FAMILY_OF_JOB[row.occupation_id]
        assert row.salary_min % 100 == row.salary_max % 100 == 0
        assert 0.4 * family.pay < row.salary_min < row.salary_max < 4 * family.pay


def test_cities_are_those_of_the_list_and_home_is_the_commonest():
    codes = {code for code, _, _ in CITIES}
    wished = Counter(
        code for cities in Student.objects.values_list("wanted_cities", flat=True) for code in cities
    )
    assert set(wished) <= codes
    assert wished.most_common(1)[0] == ("420100", Student.objects.count())
    assert set(Company.objects.values_list("city_code", flat=True)) <= codes


def test_what_is_public_is_complete_and_says_nothing_forbidden():
    for row in live().select_related("company", "occupation"):
        assert not content.missing(row)
        assert blocking(lint(texts_of(row))) == []


def test_every_row_keeps_the_constraints_of_its_table():
    """bulk_create runs no validation: the database's own constraints are asked once more, in words."""
    for model in (Student, Company, Position, Application, Fair, Booth, Ticket, Meeting):
        for row in model.objects.order_by("?")[:15]:
            row.validate_constraints()


# Accounts


def test_one_account_per_role_and_nobody_else_can_sign_in(demo):
    can = {user.email for user in User.objects.all() if user.has_usable_password() and user.password != "!"}
    assert can == {f"{role}@demo.fairway.invalid" for role in ("student", "recruiter", "staff", "operator")}


def test_the_accounts_have_something_to_look_at(demo):
    found = {
        row.role: row for row in Membership.objects.filter(user__email__endswith="@demo.fairway.invalid")
    }
    assert set(found) == {"student", "recruiter", "staff", "operator"}
    student, company = found["student"].student, found["recruiter"].company
    assert student.seeking
    stages = student.applications.values_list("status", flat=True)
    assert set(stages) >= {"new", "viewed", "shortlisted", "interview"}
    theirs = Counter(Application.objects.filter(position__company=company).values_list("status", flat=True))
    assert set(theirs) >= {"new", "viewed", "shortlisted", "interview", "declined"}
    assert theirs.total() > 14
    assert company.school == student.school == found["staff"].school == School.objects.order_by("pk").first()
    assert found["operator"].user.is_superuser


def test_addresses_and_telephones_are_nobodys(demo):
    emails = list(User.objects.values_list("email", flat=True)) + list(
        Student.objects.values_list("email", flat=True)
    )
    assert [email for email in emails if not email.endswith(".invalid")] == []
    phones = [
        *Student.objects.values_list("phone", flat=True),
        *Company.objects.values_list("contact_phone", flat=True),
    ]
    assert {phone[:3] for phone in phones} == {"100", "101"}
    assert len(set(phones)) == len(phones)


# Fairs


@pytest.mark.parametrize("status", [FairStatus.LIVE, FairStatus.SIGN_UP, FairStatus.CLOSED])
def test_a_fair_has_its_share_of_everything(demo, status):
    fair = Fair.objects.get(status=status)
    share = {"live": (24, 220, 68), "sign_up": (9, 52, 0), "closed": (14, 180, 152)}[status.value]
    signed_up = fair.registrations.count()
    inside = fair.registrations.filter(entered_at__isnull=False).count()
    assert (fair.booths.count(), signed_up, inside) == share


def test_a_live_line_waits_and_an_ended_one_has_ended():
    statuses = defaultdict(set)
    for fair, status in Ticket.objects.values_list("booth__fair__status", "status"):
        statuses[fair].add(status)
    assert statuses == {
        FairStatus.LIVE: {TicketStatus.WAITING},
        FairStatus.CLOSED: {TicketStatus.SERVED, TicketStatus.NO_SHOW, TicketStatus.LEFT},
    }
    assert not Ticket.objects.filter(booth__fair__status="closed", ended_at__isnull=True).exists()
    assert not Ticket.objects.filter(booth__fair__status="live", ended_at__isnull=False).exists()


def test_the_accounts_belong_to_those_whom_simulated_people_leave_alone(demo):
    """Or a bot would stand in line, answer and call in the name of whoever tries the demo."""
    people = Membership.objects.order_by("pk")
    student, recruiter = (
        people.get(user__email=f"{role}@demo.fairway.invalid") for role in ("student", "recruiter")
    )
    spared = people.filter(role="student", school=demo.schools[0]).values_list("pk", flat=True)[: bots.SPARED]
    assert student.pk in spared
    assert recruiter.company_id == people.filter(role="recruiter").first().company_id
    ticket = Ticket(student=student.student, booth=Booth(fair=Fair.objects.get(status=FairStatus.LIVE)))
    assert (bots._student(ticket), bots._recruiter(recruiter.company_id)) == (None, None)


# The plan of the fair to come


def test_the_fair_to_come_has_a_published_plan_that_leaves_nobody_eligible_out(demo):
    with transaction.atomic():
        serving.forget()
        said = fairs.build_plan(random.Random(3), demo.schools[0])
        (plan,) = Plan.objects.all()
        why = {row.why for row in plans.reasons_given(plan, plans.without_talk(plan))}
        assert said == f"{plan.talks.count()} talks"
        assert (plan.status, plan.talks.filter(chosen=True).exists()) == ("published", True)
        assert why <= {plans.WHY[plans.UNCONFIRMED], plans.WHY[plans.NOT_OPEN]}
        guest = Membership.objects.get(user__email=fairs.GUEST)
        assert plan.talks.filter(student_id=guest.student_id).exists()
        assert not OutboxEntry.objects.filter(topic=MAIL_TOPIC).exists()
        transaction.set_rollback(True)
    serving.forget()
