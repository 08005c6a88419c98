"""A school with its people, another one, and the operator."""

import pytest

from backend.accounts.actor import ANONYMOUS, Actor, actor_of
from backend.accounts.enums import Role
from backend.wording.domain.synonyms import save_group
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.schools import DepartmentFactory, SchoolFactory
from tests.factories.students import StudentFactory


class People:
    """One actor of every kind, by name; `users` has their accounts."""

    def __init__(self) -> None:
        self.school, other = SchoolFactory(name="甲学院"), SchoolFactory(name="乙学院")
        student = StudentFactory(school=self.school)
        made = {
            "staff": MembershipFactory(school=self.school),
            "department_staff": MembershipFactory(
                school=self.school, department=DepartmentFactory(school=self.school)
            ),
            "foreign_staff": MembershipFactory(school=other),
            "operator": MembershipFactory(role=Role.OPERATOR, school=None),
            "recruiter": RecruiterFactory(company=CompanyFactory(school=self.school, verified=True)),
            "student": MembershipFactory(role=Role.STUDENT, school=self.school, student=student),
        }
        self.users = {name: one.user for name, one in made.items()}
        self.actors = {name: actor_of(user) for name, user in self.users.items()} | {"visitor": ANONYMOUS}

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]

    def group(self, name: str, *words: str):
        """A group kept by somebody."""
        return save_group(actor=self[name], words=words)


@pytest.fixture
def people(frozen_now, db):
    """Everybody."""
    return People()
