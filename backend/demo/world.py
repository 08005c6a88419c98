"""The demo's schools, people and companies: invented, seeded, hanging together."""

import random
from datetime import date, timedelta

from django.db import transaction

from backend.accounts.enums import Role
from backend.accounts.models import Membership, User
from backend.common import clock
from backend.companies.domain import VALIDITY
from backend.companies.enums import CompanySize, CompanyStatus
from backend.companies.models import Company, VettingDecision
from backend.companies.rules import check_character
from backend.demo import names
from backend.demo.families import FAMILIES, Family
from backend.schools.models import Alliance, Department, Major, School, SchoolClass
from backend.schools.queries import districts_of
from backend.students.enums import PositionKind, StudentStatus, Visibility
from backend.students.models import Experience, Student

COMPANIES, STUDENTS = 170, 1934
SINCE = timedelta(days=190)
"""So long ago people and companies came to the school."""
CAMPUSES = ("420115", "420111", "420106")
"""The districts of Wuhan the three schools lie in: Jiangxia, Hongshan, Wuchang."""
AREAS = {"420100": "江夏区", "430100": "岳麓区", "320100": "江宁区", "330100": "余杭区", "440300": "龙岗区"}


@transaction.atomic
def build_schools() -> list[School]:
    """Three schools in one alliance, each with the departments and majors of two thirds of the trades."""
    alliance = Alliance.objects.create(name="江城职业教育联盟")
    schools = [
        School.objects.create(
            name=name, code=code, alliance=alliance, city_code="420100", district_code=district
        )
        for (name, code), district in zip(names.SCHOOLS, CAMPUSES, strict=True)
    ]
    year = clock.today().year
    for index, school in enumerate(schools):
        for place, family in enumerate(FAMILIES):
            if place % 3 == (index + 2) % 3:
                continue
            department, _ = Department.objects.get_or_create(school=school, name=family.department)
            for name in family.majors:
                major = Major.objects.create(
                    school=school,
                    department=department,
                    name=name,
                    skills=list(family.skills),
                    occupation_codes=[code for code, _, _ in family.jobs],
                )
                SchoolClass.objects.bulk_create(
                    SchoolClass(
                        major=major, name=f"{name}{(year - 2) % 100}{number:02d}班", graduation_year=year + 1
                    )
                    for number in (1, 2)
                )
    return schools


@transaction.atomic
def build_students(rng: random.Random, count: int = STUDENTS) -> list[Student]:
    """Students over all majors, with profiles that fit what they study."""
    majors = list(Major.objects.select_related("school").prefetch_related("classes").order_by("id"))
    by_major = {name: family for family in FAMILIES for name in family.majors}
    rows = [_student(rng, number, majors[number % len(majors)], by_major) for number in range(count)]
    students = Student.objects.bulk_create(rows, batch_size=500)
    today = clock.today()
    Experience.objects.bulk_create(
        [
            Experience(
                student=student,
                title=f"{by_major[student.major.name].jobs[0][1]}实习生",
                organisation=names.company(rng, "武汉", by_major[student.major.name].stems[0]),
                started_on=today - timedelta(days=400),
                ended_on=today - timedelta(days=400 - rng.randint(40, 180)),
                description=rng.choice(by_major[student.major.name].duties),
                occupation_id=by_major[student.major.name].jobs[0][0],
            )
            for student in students
            if rng.random() < 0.45
        ],
        batch_size=500,
    )
    return students


def _student(rng: random.Random, number: int, major: Major, by_major: dict[str, Family]) -> Student:
    family = by_major[major.name]
    school_class = rng.choice(list(major.classes.all()))
    wanted = rng.sample(family.jobs, k=min(3, len(family.jobs)))
    student = Student(
        school=major.school,
        major=major,
        school_class=school_class,
        number=f"{clock.today().year - 2}{major.pk:03d}{number:05d}",
        name=names.person(rng),
        email=f"s{number:05d}@students.fairway.invalid",
        phone=f"100{number:08d}",
        education=rng.choices(("secondary", "associate", "bachelor"), weights=(15, 75, 10))[0],
        graduation_year=school_class.graduation_year,
        status=StudentStatus.CONFIRMED,
        created_at=clock.now() - SINCE,
        visibility=rng.choices(list(Visibility), weights=(5, 10, 35, 50))[0],
        seeking=rng.random() < 0.94 or number == 0,
        about=f"{major.name}专业，喜欢动手，能吃苦，希望在{family.industry}行业踏实做起。",
        skills=rng.sample(family.skills, k=rng.randint(3, min(6, len(family.skills)))),
        certificates=rng.sample(family.certificates, k=rng.randint(0, min(2, len(family.certificates)))),
        wanted_occupations=[code for code, _, _ in wanted],
        wanted_cities=sorted({"420100", names.city(rng)[0]}),
        wanted_kinds=[PositionKind.FULL_TIME]
        if rng.random() < 0.7
        else [PositionKind.FULL_TIME, PositionKind.INTERNSHIP],
        salary_floor=round(family.pay * rng.uniform(0.75, 1.05) / 100) * 100,
    )
    _say_more(random.Random(number), student)
    return student


def _say_more(rng: random.Random, student: Student) -> None:
    """What most, not all, say besides: how well they know a skill, the pay they hope for, from where and when they work."""
    levels = {skill: rng.choices((1, 2, 3), weights=(50, 38, 12))[0] for skill in student.skills}
    student.skill_levels = {skill: level for skill, level in levels.items() if level > 1}
    if rng.random() < 0.6:
        student.salary_hope = round(student.salary_floor * rng.uniform(1.1, 1.5) / 100) * 100
    if rng.random() < 0.15:
        student.based_in = rng.choice(districts_of("420100"))[0]
    if rng.random() < 0.8:
        graduates = date(student.graduation_year, 7, 1)
        early = clock.today() + timedelta(days=rng.randint(10, 90))
        student.available_from = early if PositionKind.INTERNSHIP in student.wanted_kinds else graduates


@transaction.atomic
def build_companies(
    rng: random.Random, schools: list[School], count: int = COMPANIES
) -> list[tuple[Company, Family]]:
    """Companies in every state of vetting, most of them verified."""
    now = clock.now()
    taken: set[str] = set()
    rows: list[tuple[Company, Family]] = []
    while len(rows) < count:
        family = FAMILIES[len(rows) % len(FAMILIES)]
        code, city = names.city(rng)
        name = names.company(rng, city, rng.choice(family.stems))
        if name in taken:
            continue
        taken.add(name)
        status = _vetting_state(len(rows))
        body = f"91{code}MA{len(rows) + 100_000:07d}"
        company = Company(
            school=schools[len(rows) % 3],
            name=name,
            credit_code=body + check_character(body),
            industry=family.industry,
            size=rng.choice(CompanySize.values),
            city_code=code,
            address=f"{city}市{AREAS.get(code, '高新区')}创业路{rng.randint(1, 299)}号",
            about=f"{name}深耕{family.industry}领域，重视新人培养：入职有师傅带，半年一次评定，五险一金，提供宿舍和食堂。",
            contact_name=names.person(rng),
            contact_phone=f"101{len(rows):08d}",
            status=status,
            created_at=now - SINCE,
        )
        if status == CompanyStatus.VERIFIED:
            # So that the vetting, half a year before, comes before the first position.
            company.vetted_until = now + timedelta(days=rng.randint(40, 130))
        rows.append((company, family))
    Company.objects.bulk_create([company for company, _ in rows])
    VettingDecision.objects.bulk_create(
        VettingDecision(
            company=company,
            outcome=company.status,
            reason="执照与官方登记一致，电话核实",
            valid_until=company.vetted_until,
            created_at=company.vetted_until - VALIDITY,
        )
        for company, _ in rows
        if company.status == CompanyStatus.VERIFIED
    )
    return rows


def _vetting_state(index: int) -> str:
    """Eight of the 170 are not verified, so that every queue has something in it, at each of the three schools."""
    return {
        21: CompanyStatus.SUBMITTED,
        43: CompanyStatus.SUBMITTED,
        62: CompanyStatus.SUBMITTED,
        84: CompanyStatus.SUBMITTED,
        104: CompanyStatus.SUBMITTED,
        125: CompanyStatus.REJECTED,
        146: CompanyStatus.SUSPENDED,
        160: CompanyStatus.DRAFT,
    }.get(index, CompanyStatus.VERIFIED)


def add_recruiters(rng: random.Random, companies: list[Company]) -> None:
    """An owner and a member for each company; they cannot sign in until they set a password."""
    _add_people(
        [
            (
                User(
                    email=f"r{company.pk}-{n}@companies.fairway.invalid", name=names.person(rng), password="!"
                ),
                company,
                n == 0,
            )
            for company in companies
            for n in range(2)
        ]
    )


def _add_people(rows: list[tuple[User, Company, bool]]) -> None:
    User.objects.bulk_create([user for user, _, _ in rows], batch_size=500)
    Membership.objects.bulk_create(
        [
            Membership(user=user, role=Role.RECRUITER, company=company, is_owner=owner)
            for user, company, owner in rows
        ],
        batch_size=500,
    )


def add_student_accounts(students: list[Student]) -> None:
    """An account for each student; they cannot sign in until they set a password."""
    users = User.objects.bulk_create(
        [User(email=student.email, name=student.name, password="!") for student in students], batch_size=500
    )
    Membership.objects.bulk_create(
        [
            Membership(user=user, role=Role.STUDENT, school_id=student.school_id, student=student)
            for user, student in zip(users, students, strict=True)
        ],
        batch_size=500,
    )
