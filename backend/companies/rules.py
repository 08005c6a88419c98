"""May this person do this to this company? And is this code well formed?"""

from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company

# GB 32100-2015: the alphabet of the code (no I, O, S, V, Z) and the weights 3^i mod 31.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def check_character(body: str) -> str:
    """The 18th character that belongs to the first 17."""
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(body, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def credit_code_error(code: str) -> object | None:
    """What is wrong with a unified social credit code, as a sentence; None when nothing is."""
    if len(code) != 18:
        return _("The code has 18 characters, this one has %(length)s.") % {"length": len(code)}
    unknown = sorted(set(code) - set(ALPHABET))
    if unknown:
        return _("The code never contains these characters: %(unknown)s (I, O, S, V and Z are left out).") % {
            "unknown": " ".join(unknown)
        }
    if not code[2:8].isdigit():
        return _("Characters 3 to 8 are the code of the registration office and must be digits.")
    if check_character(code[:17]) != code[17]:
        return _("The check digit does not fit: compare the code with the licence, one character is wrong.")
    return None


def can_register(actor: Actor) -> bool:
    """Somebody signed in who is nothing else yet."""
    return actor.is_authenticated and actor.role == Role.ANONYMOUS and not actor.suspended


def is_vetted(company: Company) -> bool:
    """Whether a company that is at hand may meet people at this moment; queries.reachable says it of rows."""
    return (
        company.status == CompanyStatus.VERIFIED
        and company.vetted_until is not None
        and company.vetted_until > clock.now()
    )


def can_edit(actor: Actor, company: Company) -> bool:
    """The company's owners."""
    return actor.role == Role.RECRUITER and actor.is_owner and actor.company_id == company.pk


def can_vet(actor: Actor, company: Company) -> bool:
    """Staff of the whole school the company registered with (its alliance only shares it), and the operator."""
    if actor.role == Role.OPERATOR:
        return True
    return actor.role == Role.STAFF and actor.department_id is None and company.school_id == actor.school_id


def can_see_evidence(actor: Actor, company: Company) -> bool:
    """Those who decide, and the company's own people."""
    return can_vet(actor, company) or (actor.role == Role.RECRUITER and actor.company_id == company.pk)
