"""Levels, kinds and visibility of students."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Education(models.TextChoices):
    """Levels of education, lowest first; ANY only as a position's requirement."""

    ANY = "any", _("No requirement")
    SECONDARY = "secondary", _("Secondary vocational")
    ASSOCIATE = "associate", _("Associate degree")
    BACHELOR = "bachelor", _("Bachelor")
    MASTER = "master", _("Master")
    DOCTOR = "doctor", _("Doctor")


EDUCATION_ORDER = [level.value for level in Education]


class PositionKind(models.TextChoices):
    """Kinds of work."""

    FULL_TIME = "full_time", _("Full time")
    INTERNSHIP = "internship", _("Internship")
    ORDER_CLASS = "order_class", _("Order class")


class SkillLevel(models.IntegerChoices):
    """How well a skill is known, or has to be; who states nothing knows it."""

    KNOWS = 1, _("Knows it")
    WORKS = 2, _("Works with it")
    MASTERS = 3, _("Masters it")


class StudentStatus(models.TextChoices):
    """Whether the school has confirmed the person."""

    ROSTER = "roster", _("On the roster")
    PENDING = "pending", _("Waiting for confirmation")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    LEFT = "left", _("Left")


STUDENT_TRANSITIONS = {
    StudentStatus.ROSTER: frozenset({StudentStatus.CONFIRMED, StudentStatus.LEFT}),
    StudentStatus.PENDING: frozenset({StudentStatus.CONFIRMED, StudentStatus.REFUSED, StudentStatus.LEFT}),
    StudentStatus.REFUSED: frozenset({StudentStatus.PENDING, StudentStatus.LEFT}),
    StudentStatus.CONFIRMED: frozenset({StudentStatus.LEFT}),
}


class Visibility(models.TextChoices):
    """How much companies see of a student who has not applied to them."""

    HIDDEN = "hidden", _("Hidden")
    ANONYMOUS = "anonymous", _("Anonymous")
    FAIRS = "fairs", _("Visible at fairs")
    VISIBLE = "visible", _("Visible")


class GrantField(models.TextChoices):
    """What a student can disclose to a company."""

    NAME = "name", _("Name")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Telephone")
    RESUME = "resume", _("Resume")


class GrantPurpose(models.TextChoices):
    """What a company may use disclosed data for."""

    CONTACT = "contact", _("Getting in touch")
    APPLICATION = "application", _("Deciding about an application")
    FAIR = "fair", _("Talking at a fair")


class ImportStatus(models.TextChoices):
    """Where an uploaded roster stands."""

    PREVIEW = "preview", _("Waiting to be confirmed")
    APPLIED = "applied", _("Imported")
    DROPPED = "dropped", _("Discarded")


IMPORT_TRANSITIONS = {
    ImportStatus.PREVIEW: frozenset({ImportStatus.APPLIED, ImportStatus.DROPPED}),
    ImportStatus.APPLIED: frozenset(),
    ImportStatus.DROPPED: frozenset(),
}
