"""What the control room writes and reads: who was seen, how servers fare, announcements, silences, stand-ins, questions."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.common.models import Row
from backend.common.personal import BLANK, REMOVE, about, personal
from fairs.enums import Scope

LONGEST_WORDS = 300
"""Letters of an announcement, a reason, a question and its answer."""


@about("user", erase=REMOVE)
class BoothPresence(models.Model):
    """When somebody of a booth's team was last seen there, by page or socket; written at most once a minute."""

    booth = models.ForeignKey("fairs.Booth", models.CASCADE, related_name="presences")
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["booth", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.booth_id}: {self.user_id}"


class ServerProcess(models.Model):
    """What one server process did in the last five minutes, in its own words; a row that has not beaten for long is gone."""

    name = models.CharField(max_length=80, unique=True)
    sockets = models.PositiveIntegerField(default=0)
    answers = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class FairSample(models.Model):
    """Openings and people of a fair at one moment of its day."""

    fair = models.ForeignKey("fairs.Fair", models.CASCADE, related_name="samples")
    at = models.DateTimeField()
    openings = models.PositiveIntegerField()
    seekers = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()
    meetings = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fair", "at"], name="sample_once")]

    def __str__(self) -> str:
        return f"{self.fair_id}: {self.at:%H:%M}"


class Announcement(Row):
    """What staff tell everybody at a fair, or those at some booths: one booth, or the booths a zone had at that moment."""

    fair = models.ForeignKey("fairs.Fair", models.CASCADE, related_name="announcements")
    scope = models.CharField(_("To whom"), max_length=5, choices=Scope.choices, default=Scope.ALL)
    zone = models.CharField(_("Zone"), max_length=40, blank=True)
    booths = models.ManyToManyField("fairs.Booth", related_name="announcements")
    text_zh = models.CharField(_("In Chinese"), max_length=LONGEST_WORDS, blank=True)
    text_en = models.CharField(_("In English"), max_length=LONGEST_WORDS, blank=True)
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="announcement_scope_known", condition=Q(scope__in=Scope.values)),
            models.CheckConstraint(name="announcement_says_something", condition=~Q(text_zh="", text_en="")),
            models.CheckConstraint(
                name="announcement_zone_named", condition=Q(scope=Scope.ZONE) ^ Q(zone="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fair_id}: {self.scope}"

    def text(self, language: str) -> str:
        """The words in a language, or in the other where staff wrote only that."""
        chosen = (self.text_en, self.text_zh) if language.startswith("en") else (self.text_zh, self.text_en)
        return chosen[0] or chosen[1]


@about("user")
class Silence(Row):
    """Somebody who may not write at a fair, told why; until it is lifted."""

    fair = models.ForeignKey("fairs.Fair", models.CASCADE, related_name="silences")
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    reason = personal("conduct", erase=BLANK)(models.CharField(_("Reason"), max_length=LONGEST_WORDS))
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fair", "user"], condition=Q(lifted_at__isnull=True), name="silence_one_standing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.fair_id}: {self.user_id}"


@about("user", erase=REMOVE)
class StandIn(Row):
    """Somebody of the company who works at a booth today in place of somebody else."""

    booth = models.ForeignKey("fairs.Booth", models.CASCADE, related_name="stand_ins")
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    replaced = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["booth", "user"], name="stand_in_once")]

    def __str__(self) -> str:
        return f"{self.booth_id}: {self.user_id}"


@about("student__membership__user", erase=REMOVE)
class Question(Row):
    """A short question of a student to a booth; everybody at the fair reads it once the booth has answered."""

    booth = models.ForeignKey("fairs.Booth", models.CASCADE, related_name="questions")
    student = models.ForeignKey("students.Student", models.CASCADE, related_name="+")
    text = personal("question", erase=REMOVE)(models.CharField(_("Question"), max_length=LONGEST_WORDS))
    answer = models.CharField(_("Answer"), max_length=LONGEST_WORDS, blank=True)
    answered_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="question_answered_with_words", condition=Q(answer="") ^ Q(answered_at__isnull=False)
            )
        ]
        indexes = [models.Index(fields=["booth", "answered_at"], name="question_by_booth")]

    def __str__(self) -> str:
        return f"{self.booth_id}: {self.pk}"
