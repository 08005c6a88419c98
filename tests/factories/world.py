"""Three neighbourhoods of one platform, and people of the first: what is one's own, next door's and a stranger's.

`own` and `next_door` share a school but neither company nor department nor student; `foreign` is another school
outside every alliance. Each holds one row of every kind an address can name.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.db import models

from backend.accounts.enums import Role
from backend.accounts.models import Membership, User
from backend.api.models import ApiToken
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.models import OutboxEntry
from backend.companies.models import CompanyDivision, VettingEvidence
from backend.notifications.models import Notification
from backend.positions.models import PositionImport, PositionTemplate, RecentSearch
from backend.recommendations.models import DrawnPair, GradingRound, Interaction, StrongPair
from backend.schools.models import Department, School
from backend.students.models import RosterImport
from backend.wording.models import SynonymGroup
from fairs.models import Announcement, Block, FairRegistration, Question, Report
from tests.factories import accounts, applications, companies, fairs, positions, schools, searches, students

SIDES = ("own", "next_door", "foreign")
OCCUPATION = "6-18-01-07"
ROLES = ("anonymous", "student", "recruiter", "owner", "staff", "department_staff", "operator")
NEIGHBOURS = (
    "classmate", "foreign_student", "other_owner", "other_department_staff", "foreign_staff",
)  # fmt: skip
"""The same roles next door (another student, company, department of the school) and in a foreign school."""


@dataclass
class World:
    """Rows by side and kind, and the person of each role on the own side."""

    rows: dict[str, dict[str, models.Model]] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)

    def pick(self, side: str, kind: str, role: str) -> models.Model:
        """The row of a kind; what belongs to a person is that person's own on the own side."""
        rows = self.rows[side]
        return rows.get(f"{kind} of {role}") or rows[kind]


def build() -> World:
    """Make the three sides and the people."""
    world = World()
    schools.DivisionFactory()
    schools.OccupationFactory(code=OCCUPATION)
    school = schools.SchoolFactory()
    world.rows["own"] = _side(school, "own")
    world.rows["next_door"] = _side(school, "next-door")
    world.rows["foreign"] = _side(schools.SchoolFactory(), "foreign")
    own = world.rows["own"]
    world.people = {
        "student": own["student account"].user,
        "recruiter": _member(role=Role.RECRUITER, school=None, company=own["company"]).user,
        "owner": _member(role=Role.RECRUITER, school=None, company=own["company"], is_owner=True).user,
        "staff": _member(school=school).user,
        "department_staff": _member(school=school, department=own["department"]).user,
        "operator": _member(role=Role.OPERATOR, school=None).user,
    }
    for side in SIDES:
        _of_roles(world, side)
    world.people |= _neighbours(world)
    return world


def _neighbours(world: World) -> dict[str, User]:
    """People of the other sides, owners throughout: who may most there may still do nothing here."""
    beside, foreign = world.rows["next_door"], world.rows["foreign"]
    recruiter = {"role": Role.RECRUITER, "school": None, "is_owner": True}
    return {
        "classmate": beside["student account"].user,
        "foreign_student": foreign["student account"].user,
        "other_owner": _member(company=beside["company"], **recruiter).user,
        "other_department_staff": _member(school=beside["school"], department=beside["department"]).user,
        "foreign_staff": _member(school=foreign["school"]).user,
    }


def _member(**fields: Any) -> Membership:
    return accounts.MembershipFactory(**fields)


def _of_roles(world: World, side: str) -> None:
    """Tokens, notifications, members and invitations: one's own, a colleague's, a stranger's."""
    rows = world.rows[side]
    for role, person in world.people.items():
        whose = person if side == "own" else _member(school=rows["school"]).user
        rows[f"token of {role}"] = _token(whose)
        rows[f"session of {role}"] = _session(whose)
        rows[f"notification of {role}"] = _notification(whose)
        rows[f"search of {role}"] = RecentSearch.objects.create(user=whose, text="数控")
    for role in ("recruiter", "owner"):
        rows[f"membership of {role}"] = _member(role=Role.RECRUITER, school=None, company=rows["company"])
        rows[f"invitation of {role}"] = accounts.InvitationFactory(
            recruiter=True, company=rows["company"], token=f"{side}-{role}-invitation"
        )
    for kind in ("token", "session", "notification", "search"):
        rows[kind] = rows[f"{kind} of staff"]


def _session(user: User) -> UserSession:
    key = f"browser-{user.pk}"
    Session.objects.create(session_key=key, expire_date=clock.now() + timedelta(days=9))
    return UserSession.objects.create(user=user, ip="192.0.2.1", user_agent="Firefox", session_key=key)


def _token(user: User) -> ApiToken:
    return ApiToken.objects.create(
        user=user, label="t", digest=f"digest-{user.pk}", expires_at=clock.now() + timedelta(days=9)
    )


def _notification(user: User) -> Notification:
    return Notification.objects.create(user=user, kind="accounts.invited", url="/", dedupe_key="once")


def _side(school: School, name: str) -> dict[str, models.Model]:
    """One row of everything that belongs to a school, a company and a student."""
    department = schools.DepartmentFactory(school=school)
    rows = {
        "school": school,
        "department": department,
        "alliance": schools.AllianceFactory(),
    } | _teaching(school, department)
    rows |= _company(school, name)
    student = students.StudentFactory(school=school, major=rows["major"], visibility="hidden")
    resume = students.ResumeFactory(student=student)
    rows |= {
        "student": student,
        "place": students.StudentFactory(school=school, major=rows["major"], on_roster=True),
        "student account": _member(role=Role.STUDENT, school=school, student=student),
        "experience": students.ExperienceFactory(student=student),
        "resume": resume,
        "grant": students.DisclosureGrantFactory(student=student, company=rows["company"], resume=resume),
        "roster": RosterImport.objects.create(
            school=school, file_name="roster.xlsx", counts={"new": 0, "changed": 0, "same": 0, "bad": 0}
        ),
        "membership": _member(school=school),
        "invitation": accounts.InvitationFactory(school=school, token=f"{name}-invitation"),
        "synonyms": SynonymGroup.objects.create(school=school, words="码农\ncoder"),
        "delivery": OutboxEntry.objects.create(topic="mail", dead_at=clock.now(), last_error="refused", school_id=school.pk),
        "trail": AuditEntry.objects.create(
            verb="student.confirmed", actor_role="staff", school_id=school.pk, target="students.student",
            target_id=student.pk,
        ),
    }  # fmt: skip
    rows["saved search"] = searches.SavedSearchFactory(owner=rows["student account"].user)
    return rows | _fair(rows) | _application(rows) | _matching(rows)


def _matching(rows: dict[str, Any]) -> dict[str, models.Model]:
    """A pair that nobody noticed, and a round of grading with one pair."""
    both = {"student": rows["student"], "position": rows["position"]}
    Interaction.objects.create(kind="save", **both)
    drawn = GradingRound.objects.create(school=rows["school"], model="weights", seed=1)
    return {
        "strong pair": StrongPair.objects.create(mutual=0.8, model="weights", **both),
        "round": drawn,
        "drawn pair": DrawnPair.objects.create(round=drawn, number=1, score=0.5, **both),
    }


def _teaching(school: School, department: Department) -> dict[str, models.Model]:
    """A major with a class and the student's; another department, major and class that nothing needs."""
    major = schools.MajorFactory(school=school, department=department)
    return {
        "major": major,
        "class": schools.SchoolClassFactory(major=major),
        "occupation": schools.OccupationFactory(),
    }


def _company(school: School, name: str) -> dict[str, models.Model]:
    company = companies.CompanyFactory(school=school, verified=True)
    fields = {"company": company, "majors": []}
    return {
        "company": company,
        "division": CompanyDivision.objects.create(company=company, name="研发部"),
        "evidence": VettingEvidence.objects.create(
            company=company, file=ContentFile(b"%PDF-1.4\n%%EOF\n", name="licence.pdf"),
            original_name="licence.pdf", content_type="application/pdf", size=15,
        ),
        "position": positions.PositionFactory(published=True, **fields),
        "draft": positions.PositionFactory(**fields),
        "template": PositionTemplate.objects.create(company=company, name="模板"),
        "import": PositionImport.objects.create(
            school=school, original_name=f"{name}.xlsx", file=ContentFile(b"no spreadsheet", name="a.xlsx"),
            report=ContentFile(b"row,reason\n", name="report.csv"), status=PositionImport.Status.DONE,
        ),
    }  # fmt: skip


def _fair(rows: dict[str, Any]) -> dict[str, models.Model]:
    """A live fair with a booth of the company, where the student waits; and a meeting at another booth of it."""
    fair = fairs.FairFactory(school=rows["school"])
    FairRegistration.objects.create(fair=fair, student=rows["student"])
    booth = fairs.BoothFactory(fair=fair, company=rows["company"])
    talking = fairs.BoothFactory(fair=fair, company=rows["company"], division=rows["division"])
    plan = fairs.PlanFactory(fair=fair, published=True)
    talk = fairs.MeetingFactory(
        ticket=fairs.TicketFactory(booth=talking, student=rows["student"], status="meeting")
    )
    elsewhere = fairs.BoothFactory(fair=fair)
    session = fairs.GroupSessionFactory(booth=booth)
    fairs.TicketFactory(booth=booth, student=rows["student"], status="served", group=session)
    visitor = students.StudentFactory(school=rows["school"], major=rows["major"])
    company_pair = {"student": rows["student"], "company": elsewhere.company}
    return {
        "registration": FairRegistration.objects.create(fair=fair, student=visitor, entered_at=clock.now()),
        "fair invitation": fairs.InvitationFactory(booth=elsewhere, student=rows["student"]),
        "group": session,
        "report": Report.objects.create(meeting=talk, by_student=True, reason="rude"),
        "block": Block.objects.create(by_student=True, **company_pair),
        "fair": fair,
        "announcement": Announcement.objects.create(fair=fair, text_zh="请到主席台"),
        "question": Question.objects.create(
            booth=booth,
            student=rows["student"],
            text="有夜班吗？",
            created_at=clock.now() - timedelta(hours=1),
        ),
        "plan": plan,
        "planned talk": fairs.PlannedTalkFactory(plan=plan, booth=booth, student=rows["student"], slot=12),
        "booth": booth,
        "ticket": fairs.TicketFactory(booth=booth, student=rows["student"]),
        "meeting": talk,
    }


def _application(rows: dict[str, Any]) -> dict[str, models.Model]:
    application = applications.ApplicationFactory(
        student=rows["student"], position=rows["position"], resume=rows["resume"], interview=True
    )
    slot = applications.InterviewSlotFactory(position=rows["position"])
    slot.application, slot.booked_at = application, clock.now()
    slot.save()
    return {"application": application, "slot": slot}
