"""May this person keep searches?"""

from backend.accounts.actor import Actor
from backend.accounts.enums import Role


def can_save(actor: Actor) -> bool:
    """Students: alerts are for who looks for a position."""
    return actor.role == Role.STUDENT
