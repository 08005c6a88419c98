"""What accounts lets the layers above set: the audit trail, what ends when a person goes, demo accounts.

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


_recorders: list[Callable[..., Any]] = []
_leaving: dict[str, tuple[int, Callable[[User], None]]] = {}
_demo_accounts: list[Callable[[], list[DemoAccount]]] = []


def set_recorder(recorder: Callable[..., Any]) -> None:
    """Set what writes the audit trail."""
    _recorders[:] = [recorder]


def record(**entry: Any) -> None:
    """Write an audit row, in the running transaction; see backend.audit.domain.record."""
    for recorder in _recorders:
        recorder(**entry)


def register_leaving(name: str, leave: Callable[[User], None], *, order: int = 50) -> None:
    """Have an app end what is still going on with a person before the account is erased; called from ready().

    What is stored is then erased by the tags of the columns (backend.common.personal); lower orders come first.
    """
    _leaving[name] = (order, leave)


def leaving() -> list[Callable[[User], None]]:
    """What the apps do when a person goes, in order."""
    return [leave for _order, leave in sorted(_leaving.values(), key=lambda pair: pair[0])]


def set_demo_accounts(provider: Callable[[], list[DemoAccount]]) -> None:
    """Set what lists the demo's accounts."""
    _demo_accounts[:] = [provider]


def demo_accounts() -> list[DemoAccount]:
    """The accounts the demo offers; none where no demo is loaded."""
    return [account for provider in _demo_accounts for account in provider()]
