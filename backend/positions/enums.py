"""Statuses of a position and the table of what may follow what."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PositionStatus(models.TextChoices):
    """Life of a position."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Closed")
    EXPIRED = "expired", _("Expired")


S = PositionStatus
TRANSITIONS = {
    S.DRAFT: frozenset({S.IN_REVIEW, S.CLOSED}),
    S.IN_REVIEW: frozenset({S.PUBLISHED, S.DRAFT}),
    S.PUBLISHED: frozenset({S.PAUSED, S.CLOSED, S.EXPIRED, S.IN_REVIEW}),
    S.PAUSED: frozenset({S.PUBLISHED, S.CLOSED, S.EXPIRED, S.IN_REVIEW}),
    S.EXPIRED: frozenset({S.IN_REVIEW, S.CLOSED}),
    S.CLOSED: frozenset(),
}
