"""Applications, interview slots and offers."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.applications.enums import LIVE, OPEN, TONES, ApplicationStatus
from backend.common import clock
from backend.common.models import Row
from backend.common.personal import BLANK, about, personal

APPLICANT = "student__membership__user"


@about(APPLICANT)
class Application(Row):
    """A student's application for a position; one live one per pair."""

    student = models.ForeignKey("students.Student", models.PROTECT, related_name="applications")
    position = models.ForeignKey("positions.Position", models.PROTECT, related_name="applications")
    resume = models.ForeignKey("students.Resume", models.PROTECT, null=True, blank=True, related_name="+")
    note = personal("application", erase=BLANK)(
        models.TextField(_("Note to the company"), max_length=1000, blank=True)
    )
    status = models.CharField(
        _("Status"), max_length=12, choices=ApplicationStatus.choices, default=ApplicationStatus.NEW
    )
    due_at = models.DateTimeField(_("Answer due"), null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    rating = models.PositiveSmallIntegerField(_("Rating"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "position"],
                condition=Q(status__in=[s.value for s in LIVE]),
                name="application_one_live",
            ),
            models.CheckConstraint(
                name="application_status_known", condition=Q(status__in=ApplicationStatus.values)
            ),
            models.CheckConstraint(
                name="application_rating", condition=Q(rating__isnull=True) | Q(rating__range=(1, 5))
            ),
        ]
        indexes = [models.Index(fields=["position", "status"], name="application_by_position")]

    def __str__(self) -> str:
        return f"{self.student_id} → {self.position_id}"

    @property
    def tone(self) -> str:
        """Colour of the stage."""
        return TONES[ApplicationStatus(self.status)]

    @property
    def overdue(self) -> bool:
        """Whether the answer somebody owes is past its due date."""
        return self.status in OPEN and self.due_at is not None and self.due_at < clock.now()


@about(f"application__{APPLICANT}")
class ApplicationStep(models.Model):
    """One step of an application, as the student sees it."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="steps")
    at = models.DateTimeField(default=clock.now)
    status = models.CharField(max_length=12, choices=ApplicationStatus.choices)
    message = personal("application", erase=BLANK)(
        models.TextField(_("Message"), max_length=1000, blank=True)
    )
    by_role = models.CharField(max_length=12)

    class Meta:
        # Matching asks every few seconds who was invited since it last asked.
        indexes = [models.Index(fields=["status", "at"], name="step_by_status")]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.status}"


@about(f"application__{APPLICANT}")
class ApplicationNote(Row):
    """A company's private note about an application."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="notes")
    author = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    text = personal("application", erase=BLANK, copied=False)(models.TextField(_("Note"), max_length=2000))

    def __str__(self) -> str:
        return self.text[:40]


@about(f"application__{APPLICANT}")
class InterviewSlot(Row):
    """A time a company offers for interviews of one position; a student in the interview stage picks one."""

    position = models.ForeignKey("positions.Position", models.CASCADE, related_name="interview_slots")
    starts_at = models.DateTimeField(_("Starts"))
    ends_at = models.DateTimeField(pgettext_lazy("time", "Ends"))
    place = models.CharField(_("Place or link"), max_length=200)
    application = models.ForeignKey(
        Application, models.SET_NULL, null=True, blank=True, related_name="interview_slots"
    )
    booked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="slot_in_order", condition=Q(ends_at__gt=F("starts_at"))),
            models.UniqueConstraint(fields=["application"], name="slot_one_per_application"),
            models.UniqueConstraint(fields=["position", "starts_at", "place"], name="slot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.position_id} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def over(self) -> bool:
        """Whether the time has passed."""
        return self.ends_at <= clock.now()


@about(f"application__{APPLICANT}")
class Offer(Row):
    """An offer with a deadline."""

    application = models.OneToOneField(Application, models.CASCADE, related_name="offer")
    salary = models.PositiveIntegerField(_("Monthly salary, yuan"))
    starts_on = models.DateField(_("First day"))
    deadline = models.DateTimeField(_("Answer by"))
    text = personal("application", erase=BLANK)(models.TextField(_("Terms"), max_length=3000, blank=True))
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"#{self.application_id}"
