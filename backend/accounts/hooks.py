"""What accounts lets the layers above set: the audit trail, personal data of other apps, demo accounts.

`backend.audit` stands above this app, so its `record` is handed in by its `ready()`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from backend.accounts.models import User


@dataclass(frozen=True)
class DemoAccount:
    """One account the sign-in page of the demo offers."""

    label: Any
    email: str
    password: str


@dataclass(frozen=True)
class PersonalData:
    """What an app holds about a person: how to hand it out, and how to erase it (rule 16)."""

    export: Callable[[User], Any]
    erase: Callable[[User], None]


_recorders: list[Callable[..., Any]] = []
_personal_data: dict[str, PersonalData] = {}
_demo_accounts: list[Callable[[], list[DemoAccount]]] = []


def set_recorder(recorder: Callable[..., Any]) -> None:
    """Set what writes the audit trail."""
    _recorders[:] = [recorder]


def record(**entry: Any) -> None:
    """Write an audit row, in the running transaction; see backend.audit.domain.record."""
    for recorder in _recorders:
        recorder(**entry)


def register_personal_data(
    name: str, *, export: Callable[[User], Any], erase: Callable[[User], None]
) -> None:
    """Have an app's data about a person in the export and in the erasure of accounts; called from ready()."""
    _personal_data[name] = PersonalData(export, erase)


def personal_data() -> dict[str, PersonalData]:
    """What the apps have registered."""
    return dict(_personal_data)


def set_demo_accounts(provider: Callable[[], list[DemoAccount]]) -> None:
    """Set what lists the demo's accounts."""
    _demo_accounts[:] = [provider]


def demo_accounts() -> list[DemoAccount]:
    """The accounts the demo offers; none where no demo is loaded."""
    return [account for provider in _demo_accounts for account in provider()]
