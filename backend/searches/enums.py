"""How often somebody wants to hear of what a saved search finds."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Frequency(models.TextChoices):
    """How often."""

    OFF = "off", _("Never")
    DAILY = "daily", _("Once a day")
    INSTANT = "instant", _("At once")
