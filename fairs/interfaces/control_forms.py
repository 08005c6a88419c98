"""Forms of the control room: they shape the input, the domain judges it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fairs.control_models import LONGEST_WORDS
from fairs.enums import BoothStatus, Scope
from fairs.models import Booth, Fair

WORDS = {"rows": 2, "maxlength": LONGEST_WORDS}


class AnnouncementForm(forms.Form):
    """What staff tell, and whom."""

    scope = forms.ChoiceField(label=_("To whom"), choices=Scope.choices)
    zone = forms.ChoiceField(label=_("Zone"), required=False)
    booth = forms.ModelChoiceField(Booth.objects.none(), label=_("Booth"), required=False)
    text_zh = forms.CharField(
        label=_("In Chinese"), max_length=LONGEST_WORDS, required=False, widget=forms.Textarea(attrs=WORDS)
    )
    text_en = forms.CharField(
        label=_("In English"), max_length=LONGEST_WORDS, required=False, widget=forms.Textarea(attrs=WORDS)
    )

    def __init__(self, *args: Any, fair: Fair, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        booths = Booth.objects.filter(fair=fair, status=BoothStatus.APPROVED).select_related("company")
        self.booths = list(booths.order_by("label", "pk"))
        zones = sorted({booth.zone for booth in self.booths if booth.zone})
        self.fields["zone"].choices = [("", _("Choose a zone")), *((zone, zone) for zone in zones)]
        self.fields["booth"].queryset = booths
        self.fields["booth"].choices = [
            ("", _("Choose a booth")),
            *((booth.pk, f"{booth.label} {booth.company.name}") for booth in self.booths),
        ]


class ExtendForm(forms.Form):
    """When a running fair ends instead."""

    ends_at = forms.DateTimeField(
        label=_("New end"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class MoveBoothForm(forms.Form):
    """Where a booth stands from now on."""

    label = forms.CharField(label=_("Booth number"), max_length=12)
    zone = forms.CharField(label=_("Zone"), max_length=40, required=False)


class StandInForm(forms.Form):
    """Who works at the booth today, and in whose place."""

    user = forms.TypedChoiceField(label=_("Who stands in"), coerce=int)
    replaced = forms.TypedChoiceField(label=_("In place of"), coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, team: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = team
        self.fields["replaced"].choices = [("", _("Nobody")), *team]


class SilenceForm(forms.Form):
    """Who may not write, and why."""

    user = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_WORDS)


class QuestionForm(forms.Form):
    """A short question to a booth."""

    text = forms.CharField(
        label=_("Your question"), max_length=LONGEST_WORDS, widget=forms.Textarea(attrs=WORDS)
    )
