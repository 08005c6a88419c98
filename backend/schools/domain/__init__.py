"""What can happen to a school: its parts, and what the operator does with schools and alliances."""

from backend.schools.domain.alliance import (
    create_alliance,
    dissolve_alliance,
    rename_alliance,
    set_alliance,
)
from backend.schools.domain.school import change_school, open_school, reopen_school, suspend_school
from backend.schools.domain.structure import (
    remove_class,
    remove_department,
    remove_major,
    save_class,
    save_department,
    save_major,
)

__all__ = [
    "change_school",
    "create_alliance",
    "dissolve_alliance",
    "open_school",
    "remove_class",
    "remove_department",
    "remove_major",
    "rename_alliance",
    "reopen_school",
    "save_class",
    "save_department",
    "save_major",
    "set_alliance",
    "suspend_school",
]
