"""What a student can do with a shown position, and where lists of matches stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class InteractionKind(models.TextChoices):
    """Kinds of interaction; the names of deeds are those of `matching.types.DEEDS`."""

    VIEW = "view", _("Viewed")
    SAVE = "save", _("Saved")
    TALK = "talk", _("Talked at a fair")
    APPLY = "apply", _("Applied")
    TALK_OUTCOME = "talk_outcome", _("Talk that led on")
    NOT_INTERESTED = "not_interested", _("Not interested")


class Cause(models.TextChoices):
    """Why a student is not interested."""

    PLACE = "place", _("The place")
    PAY = "pay", _("The pay")
    WORK = "work", _("The work itself")
    COMPANY = "company", _("The company")
    OTHER = "other", _("Something else")


class Surface(models.TextChoices):
    """Where a list of matches was shown."""

    HOME = "home", _("Home")
    MATCHES = "matches", _("My matches")
    SEARCH = "search", _("Search")
    HALL = "hall", _("Hall of a fair")
    API = "api", _("Interface for programs")


class RunStatus(models.TextChoices):
    """Where a training stands."""

    RUNNING = "running", pgettext_lazy("training", "Running")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")


class AuditKind(models.TextChoices):
    """What a stored report is about."""

    FAIRNESS = "fairness", _("Treatment of groups")
    REACH = "reach", _("Who fits nothing")


class Fit(models.IntegerChoices):
    """How a person grades a pair."""

    NONE = 0, _("Does not fit")
    SOME = 1, _("Fits in part")
    GOOD = 2, _("Fits well")


BY_STUDENT = frozenset({InteractionKind.VIEW, InteractionKind.SAVE, InteractionKind.NOT_INTERESTED})
"""What a student says or does on a page; the other kinds are told by applications and fairs."""
UNDOABLE = frozenset({InteractionKind.SAVE, InteractionKind.NOT_INTERESTED})
CHOSEN = frozenset(InteractionKind) - {InteractionKind.NOT_INTERESTED}
"""Interactions from which the ranker learns that a student was drawn to what was shown."""
