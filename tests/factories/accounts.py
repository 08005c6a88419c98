"""Users, memberships and invitations; every password is PASSWORD."""

from datetime import timedelta

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from backend.accounts.domain.invitation import LIFETIME, digest_of
from backend.accounts.enums import Role
from backend.accounts.models import Invitation, Membership, User
from backend.common import clock

PASSWORD = "correct horse battery"
TOKEN = "an-invitation-token"
_hash: list[str] = []


def _password_hash() -> str:
    """Hash once per run: the hasher is slow on purpose."""
    if not _hash:
        _hash.append(make_password(PASSWORD))
    return _hash[0]


class UserFactory(factory.django.DjangoModelFactory):
    """Somebody with a confirmed address."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"人员{n}")
    password = factory.LazyFunction(_password_hash)

    @factory.post_generation
    def confirmed(self, create, extracted, **_kwargs):
        """The address is confirmed unless `confirmed=False`."""
        if create:
            EmailAddress.objects.create(
                user=self, email=self.email, primary=True, verified=extracted is not False
            )


class MembershipFactory(factory.django.DjangoModelFactory):
    """A live membership: staff of a school unless a trait says otherwise."""

    class Meta:
        model = Membership

    class Params:
        recruiter = factory.Trait(
            role=Role.RECRUITER,
            school=None,
            company=factory.SubFactory("tests.factories.companies.CompanyFactory"),
        )
        owner = factory.Trait(
            role=Role.RECRUITER,
            school=None,
            is_owner=True,
            company=factory.SubFactory("tests.factories.companies.CompanyFactory"),
        )
        operator = factory.Trait(role=Role.OPERATOR, school=None)
        of_student = factory.Trait(
            role=Role.STUDENT,
            student=factory.SubFactory("tests.factories.students.StudentFactory"),
            school=factory.SelfAttribute("student.school"),
        )
        ended = factory.Trait(ended_at=factory.LazyFunction(clock.now))

    user = factory.SubFactory(UserFactory)
    role = Role.STAFF
    school = factory.SubFactory("tests.factories.schools.SchoolFactory")


class InvitationFactory(factory.django.DjangoModelFactory):
    """An open invitation of staff whose link ends in TOKEN."""

    class Meta:
        model = Invitation

    class Params:
        token = TOKEN
        recruiter = factory.Trait(
            role=Role.RECRUITER,
            school=None,
            company=factory.SubFactory("tests.factories.companies.CompanyFactory"),
        )
        expired = factory.Trait(expires_at=factory.LazyFunction(lambda: clock.now() - timedelta(seconds=1)))

    email = factory.Sequence(lambda n: f"invited{n}@example.org")
    role = Role.STAFF
    school = factory.SubFactory("tests.factories.schools.SchoolFactory")
    invited_by = factory.SubFactory(UserFactory)
    token_digest = factory.LazyAttribute(lambda row: digest_of(row.token))
    expires_at = factory.LazyFunction(lambda: clock.now() + LIFETIME)
