"""What a student can do with a shown position."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class InteractionKind(models.TextChoices):
    """Kinds of interaction."""

    VIEW = "view", _("Viewed")
    SAVE = "save", _("Saved")
    APPLY = "apply", _("Applied")
    NOT_INTERESTED = "not_interested", _("Not interested")


class Cause(models.TextChoices):
    """Why a student is not interested."""

    PLACE = "place", _("The place")
    PAY = "pay", _("The pay")
    WORK = "work", _("The work itself")
    COMPANY = "company", _("The company")
    OTHER = "other", _("Something else")


CHOSEN = [InteractionKind.SAVE, InteractionKind.APPLY]
"""Interactions from which the ranker learns that a student liked what was shown."""
