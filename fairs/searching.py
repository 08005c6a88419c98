"""What position search knows of fairs: which positions are brought to which, and the fairs somebody may choose from."""

from collections.abc import Sequence

from backend.accounts.actor import Actor
from fairs.enums import BoothStatus, FairStatus
from fairs.models import BoothPosition
from fairs.queries import fairs_visible_to

LISTED = 20


def fair_ids_of(position_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """{position id: fairs at which an approved booth brings it}; positions that no booth brings are left out."""
    brought = (
        BoothPosition.objects.filter(position_id__in=position_ids, booth__status=BoothStatus.APPROVED)
        .order_by("booth__fair_id")
        .values_list("position_id", "booth__fair_id")
        .distinct()
    )
    found: dict[int, tuple[int, ...]] = {}
    for position, fair in brought:
        found[position] = (*found.get(position, ()), fair)
    return found


def fairs_to_choose(actor: Actor) -> list[tuple[int, str]]:
    """(id, name) of the public fairs that are not over, the next first."""
    ahead = [FairStatus.SIGN_UP, FairStatus.READY, FairStatus.LIVE, FairStatus.PAUSED]
    rows = fairs_visible_to(actor).filter(status__in=ahead).order_by("starts_at", "pk")
    return list(rows.values_list("pk", "name")[:LISTED])
