"""Saved searches, what they found of the positions that came since, and which positions were seen."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.common.models import Row
from backend.common.personal import REMOVE, about, personal
from backend.searches.enums import Frequency

MOST = 30
"""Searches one person may keep."""


@about("owner", erase=REMOVE, hidden=("digest",))
class SavedSearch(Row):
    """A search somebody keeps: `address` is what the search page's address states (`positions.searching.address_of`)."""

    owner = models.ForeignKey("accounts.User", models.CASCADE, related_name="saved_searches")
    # One of the numbers 1 to MOST, each once: so many fit, and the database says so.
    place = models.PositiveSmallIntegerField()
    name = personal("search", erase=REMOVE)(models.CharField(_("Name of the search"), max_length=80))
    address = personal("search", erase=REMOVE)(models.CharField(max_length=4000))
    # The address may be longer than an index takes.
    digest = models.CharField(max_length=64)
    sort = models.CharField(max_length=12, default="relevance")
    frequency = models.CharField(
        _("Tell me of new positions"), max_length=8, choices=Frequency.choices, default=Frequency.DAILY
    )
    looked_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "digest"], name="saved_search_once"),
            models.UniqueConstraint(fields=["owner", "place"], name="saved_search_place"),
            models.CheckConstraint(name="saved_search_limit", condition=Q(place__range=(1, MOST))),
            models.CheckConstraint(
                name="saved_search_frequency_known", condition=Q(frequency__in=Frequency.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name


@about("search__owner", erase=REMOVE)
class AlertedMatch(models.Model):
    """A position that came after the search was saved and that it finds; told at most once, since there is one row."""

    search = models.ForeignKey(SavedSearch, models.CASCADE, related_name="matches")
    position = models.ForeignKey("positions.Position", models.CASCADE, related_name="+")
    found_at = models.DateTimeField(default=clock.now)
    # A position is open for months at most: after a year the match says nothing that anybody asks for.
    told_at = personal("search", erase=REMOVE, keep_days=365, since="found_at")(
        models.DateTimeField(null=True, blank=True)
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["search", "position"], name="alerted_match_once")]
        indexes = [
            models.Index(fields=["search", "-found_at"], name="alerted_match_list"),
            models.Index(fields=["search"], condition=Q(told_at__isnull=True), name="alerted_match_untold"),
        ]

    def __str__(self) -> str:
        return f"{self.position_id} → {self.search_id}"


class SeenPosition(models.Model):
    """Whether a position was open when it was last looked at, and at which fairs it has been seen: one that is open now
    and was not has come back, and one at another fair has come there."""

    position = models.OneToOneField("positions.Position", models.CASCADE, primary_key=True, related_name="+")
    is_open = models.BooleanField()
    fairs = models.JSONField(default=list)

    def __str__(self) -> str:
        return str(self.position_id)
