"""Forms of a booth's line: they shape the input, the domain judges it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from fairs.interfaces.plan_forms import moment_field
from fairs.models import Booth


class PauseForm(forms.Form):
    """Why a line is paused, for those who wait in it."""

    message = forms.CharField(
        label=Booth._meta.get_field("pause_message").verbose_name,
        max_length=200,
        required=False,
        help_text=_("Everybody in line reads it until you go on."),
    )


class HoursForm(forms.Form):
    """When a booth takes people."""

    opens_at = moment_field(Booth._meta.get_field("opens_at").verbose_name)
    closes_at = moment_field(Booth._meta.get_field("closes_at").verbose_name)
