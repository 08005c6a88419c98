"""What demand and supply can be broken down by."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Dimension(models.TextChoices):
    """Breakdowns of the demand/supply ratio."""

    OCCUPATION = "occupation", _("Occupation group")
    MAJOR = "major", _("Major")
    CITY = "city", _("City")
    EDUCATION = "education", _("Education")
    KIND = "kind", _("Kind of work")


class Side(models.TextChoices):
    """The two halves of the ratio."""

    OPENINGS = "openings", _("Openings")
    SEEKERS = "seekers", _("Seekers")
