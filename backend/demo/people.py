"""The demo's four accounts, one per role; the password is made anew for each database and kept beside it."""

import json
import secrets
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from backend.accounts.enums import Role
from backend.accounts.models import Membership, User
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.schools.models import School
from backend.students.models import Student

FILE = "demo_accounts.json"


@dataclass(frozen=True)
class DemoAccount:
    """How to sign in as one role."""

    role: str
    email: str
    password: str


def accounts() -> list[DemoAccount]:
    """The accounts of this database; empty where no demo was built."""
    path = settings.DATA_DIR / FILE
    if not path.exists():
        return []
    return [
        DemoAccount(role, entry["email"], entry["password"])
        for role, entry in json.loads(path.read_text()).items()
    ]


@transaction.atomic
def build_accounts() -> None:
    """Give one person of each role a confirmed address and a password."""
    password = f"fair-{secrets.token_hex(4)}"
    school = School.objects.order_by("id").first()
    student = (
        Student.objects.filter(school=school, seeking=True, applications__isnull=False).order_by("id").first()
    )
    company = (
        Company.objects.filter(
            status=CompanyStatus.VERIFIED, school=school, positions__applications__isnull=False
        )
        .order_by("id")
        .first()
    )
    people = {
        Role.STUDENT: _rename(Membership.objects.get(student=student).user, "student@demo.fairway.invalid"),
        Role.RECRUITER: _rename(
            Membership.objects.get(company=company, is_owner=True).user, "recruiter@demo.fairway.invalid"
        ),
        Role.STAFF: User.objects.create(email="staff@demo.fairway.invalid", name="就业办 老师"),
        Role.OPERATOR: User.objects.create(
            email="operator@demo.fairway.invalid", name="平台 管理员", is_staff=True, is_superuser=True
        ),
    }
    Membership.objects.create(user=people[Role.STAFF], role=Role.STAFF, school=school)
    Membership.objects.create(user=people[Role.OPERATOR], role=Role.OPERATOR)
    for user in people.values():
        user.set_password(password)
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    path = settings.DATA_DIR / FILE
    path.write_text(
        json.dumps(
            {role.value: {"email": user.email, "password": password} for role, user in people.items()},
            indent=1,
        )
    )
    path.chmod(0o600)


def _rename(user: User, email: str) -> User:
    user.email = email
    return user
