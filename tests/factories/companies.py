"""Companies in their states, and the recruiters of them."""

from datetime import timedelta

import factory

from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from backend.companies.enums import CompanySize, CompanyStatus
from backend.companies.models import Company
from backend.companies.rules import check_character


def credit_code(number: int) -> str:
    """A well-formed unified social credit code, different for each number."""
    body = f"91310000{number:09d}"
    return body + check_character(body)


class CompanyFactory(factory.django.DjangoModelFactory):
    """A company that has not been submitted; traits give the other states."""

    class Meta:
        model = Company

    school = factory.SubFactory("tests.factories.schools.SchoolFactory")
    name = factory.Sequence(lambda n: f"晨光制造{n}有限公司")
    credit_code = factory.Sequence(credit_code)
    industry = "制造业"
    size = CompanySize.MEDIUM
    city_code = "310000"
    address = "浦东新区东方路1号"
    about = "我们做精密零件。"
    contact_name = "林岚"
    contact_phone = "021-00000000"

    class Params:
        submitted = factory.Trait(status=CompanyStatus.SUBMITTED)
        rejected = factory.Trait(status=CompanyStatus.REJECTED)
        verified = factory.Trait(
            status=CompanyStatus.VERIFIED,
            vetted_until=factory.LazyFunction(lambda: clock.now() + timedelta(days=183)),
        )
        expired = factory.Trait(
            status=CompanyStatus.VERIFIED,
            vetted_until=factory.LazyFunction(lambda: clock.now() - timedelta(days=1)),
        )
        suspended = factory.Trait(status=CompanyStatus.SUSPENDED)


class RecruiterFactory(factory.django.DjangoModelFactory):
    """The live membership of a recruiter; `.user` signs in, `.company` is the company."""

    class Meta:
        model = Membership

    user = factory.SubFactory("tests.factories.accounts.UserFactory")
    role = Role.RECRUITER
    company = factory.SubFactory(CompanyFactory)
    is_owner = False

    class Params:
        owner = factory.Trait(is_owner=True)
