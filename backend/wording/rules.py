"""May this person see what is searched for, and keep the words that mean the same?

A school's own groups count only in searches of its people, so its staff may extend them without asking anybody; those of
the installation count for everybody, visitors too, and are the operator's. Staff of a department read along.
"""

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.wording.models import SynonymGroup


def can_keep_synonyms(actor: Actor) -> bool:
    """Staff of a whole school, for their school; the operator, for everybody."""
    return actor.role == Role.OPERATOR or (
        actor.role == Role.STAFF and actor.school_id is not None and actor.department_id is None
    )


def can_change_group(actor: Actor, group: SynonymGroup) -> bool:
    """Only those of one's own school; the operator only those of the installation."""
    return can_keep_synonyms(actor) and group.school_id == scope_of(actor)


def scope_of(actor: Actor) -> int | None:
    """Whose groups this person keeps: a school's, or for the operator those of the installation (None)."""
    return None if actor.role == Role.OPERATOR else actor.school_id
