"""What is old is forgotten."""

from datetime import timedelta

from backend.common import clock
from backend.recommendations.enums import InteractionKind
from backend.recommendations.models import Impression, Interaction

IMPRESSIONS_KEPT = timedelta(days=180)
VIEWS_KEPT = timedelta(days=365)
AT_ONCE = 5000


def forget_old() -> int:
    """Delete lists shown more than half a year ago and views older than a year; the number of rows.

    In portions, so that a large backlog never holds the database for long.
    """
    now = clock.now()
    old = [
        Impression.objects.filter(at__lt=now - IMPRESSIONS_KEPT),
        Interaction.objects.filter(kind=InteractionKind.VIEW, at__lt=now - VIEWS_KEPT),
    ]
    total = 0
    for rows in old:
        while ids := list(rows.order_by("at").values_list("pk", flat=True)[:AT_ONCE]):
            total += rows.model.objects.filter(pk__in=ids).delete()[0]
    return total
