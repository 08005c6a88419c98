"""Words that mean the same to the search, kept by staff, and what was searched for, counted by day without a person."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from backend.common.models import Row
from backend.schools.models import School

MOST_WORDS, LONGEST_WORD, LONGEST_KEY = 12, 40, 80
LONGEST_TEXT = 80


class SynonymGroup(Row):
    """Words that mean the same work, one to a line; a school's own, or without a school those of the installation."""

    school = models.ForeignKey(School, models.CASCADE, null=True, related_name="+")
    words = models.TextField(_("Words that mean the same"))
    active = models.BooleanField(_("In use"), default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="synonyms_two_words_and_no_empty_one",
                condition=Q(words__contains="\n")
                & ~Q(words__contains="\n\n")
                & ~Q(words__startswith="\n")
                & ~Q(words__endswith="\n"),
            ),
            models.CheckConstraint(
                name="synonyms_not_endless",
                condition=LessThanOrEqual(Length("words"), MOST_WORDS * (LONGEST_WORD + 1)),
            ),
        ]

    def __str__(self) -> str:
        return "、".join(self.listed)

    @property
    def listed(self) -> list[str]:
        """The words, as they were written."""
        return self.words.split("\n")


class SynonymWord(models.Model):
    """A word of a group as a search looks it up. It stands in one group of its school, in use or not, and one for all."""

    group = models.ForeignKey(SynonymGroup, models.CASCADE, related_name="keys")
    school = models.ForeignKey(School, models.CASCADE, null=True, related_name="+")
    place = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=LONGEST_KEY)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "key"], condition=Q(school__isnull=False), name="synonym_once_in_a_school"
            ),
            models.UniqueConstraint(
                fields=["key"], condition=Q(school__isnull=True), name="synonym_once_for_all"
            ),
            models.UniqueConstraint(fields=["group", "place"], name="synonym_places_differ"),
            models.CheckConstraint(
                name="synonyms_at_most_twelve", condition=Q(place__gte=0, place__lt=MOST_WORDS)
            ),
            models.CheckConstraint(
                name="synonym_of_some_length",
                condition=GreaterThanOrEqual(Length("key"), 1) & LessThanOrEqual(Length("key"), LONGEST_KEY),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class SynonymStamp(models.Model):
    """One row, written anew with every change, by which each process knows that it holds an old table."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    stamp = models.CharField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(name="synonyms_have_one_stamp", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.stamp


class SearchTally(models.Model):
    """How many people of a school (none: visitors) searched for a text on a day, each counted once; never who.

    `missed` of them found no position with the words as they were typed and under their filters, `few` at most three.
    `filters` names those that were set, not their values; `hits` is what the last of these searches found.
    """

    school = models.ForeignKey(School, models.CASCADE, null=True, related_name="+")
    day = models.DateField()
    text = models.CharField(max_length=LONGEST_TEXT)
    filters = models.CharField(max_length=200, blank=True)
    people = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)
    few = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)
    widened = models.PositiveIntegerField(default=0)
    hits = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "day", "text", "filters"],
                condition=Q(school__isnull=False),
                name="tally_once_in_a_school",
            ),
            models.UniqueConstraint(
                fields=["day", "text", "filters"],
                condition=Q(school__isnull=True),
                name="tally_once_of_visitors",
            ),
            models.CheckConstraint(name="tally_of_a_text", condition=~Q(text="")),
            models.CheckConstraint(
                name="tally_adds_up",
                condition=Q(people__gte=F("missed") + F("few"))
                & Q(people__gte=F("corrected"))
                & Q(people__gte=F("widened")),
            ),
        ]
        indexes = [models.Index(fields=["day", "school"], name="tally_by_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.text}"
