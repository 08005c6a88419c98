"""Forms of a booth's line: they shape the input, the domain judges it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fairs.domain import handover
from fairs.enums import Outcome
from fairs.group_models import LARGEST, LONGEST_TOPIC, SMALLEST
from fairs.handover_models import LONGEST_REASON
from fairs.interfaces.plan_forms import moment_field
from fairs.models import Booth, GroupSession, Meeting, Ticket


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


class GroupForm(forms.Form):
    """How many students of the line are called together, and to what."""

    size = forms.IntegerField(
        label=GroupSession._meta.get_field("size").verbose_name,
        min_value=SMALLEST,
        max_value=LARGEST,
        initial=5,
    )
    topic = forms.CharField(
        label=GroupSession._meta.get_field("topic").verbose_name, max_length=LONGEST_TOPIC, required=False
    )


class GroupEndForm(forms.Form):
    """What came of a group session, for all who are in it."""

    outcome = forms.ChoiceField(
        label=Meeting._meta.get_field("outcome").verbose_name,
        choices=Outcome.choices,
        initial=Outcome.PENDING,
    )
    message = forms.CharField(
        label=_("Message to all of them"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class HandoverForm(forms.Form):
    """Where a student should go on, and why."""

    booth = forms.ModelChoiceField(Booth.objects.none(), label=_("Booth"), empty_label=None)
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON)

    def __init__(self, *args: Any, booth: Booth, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["booth"].queryset = handover.booths_beside(booth)
        self.fields["booth"].label_from_instance = _label


class ColleagueForm(forms.Form):
    """Who goes on with the talk."""

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = handover.successors(ticket)
        self.fields["user"] = forms.ModelChoiceField(rows, label=_("Colleague"), empty_label=None)


def _label(booth: Booth) -> str:
    return f"{booth.label} {booth.division.name if booth.division else ''}".strip()
