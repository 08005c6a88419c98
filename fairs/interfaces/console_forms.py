"""Forms of the console, of reports and of following talks up; they shape the input, the domain judges it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.students.enums import Education
from fairs.console_models import LONGEST_SAID
from fairs.enums import Decision, Outcome, ReportReason
from fairs.interfaces.forms import rating_field
from fairs.models import Meeting
from fairs.present import Wanted
from fairs.safety_models import LONGEST_REPORT

Named = list[tuple[int, str]]
ANY = ("", _("Any"))
TEMPLATES = (
    _("Your skills fit a position of ours. Come and talk with us."),
    _("We have a place in our line for you: a short talk, no obligation."),
    _("We look for people of your major. Shall we talk today?"),
)
"""What an invitation may say with one click."""


def _area(label: Any, longest: int, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, required=required, widget=forms.Textarea(attrs={"rows": 2})
    )


class PresentForm(forms.Form):
    """Whom a recruiter looks for in the hall."""

    skill = forms.CharField(label=_("Skill"), max_length=40, required=False)
    major = forms.TypedChoiceField(label=_("Major"), required=False, coerce=int, empty_value=None)
    department = forms.TypedChoiceField(label=_("Department"), required=False, coerce=int, empty_value=None)
    education = forms.ChoiceField(
        label=_("Education"),
        required=False,
        choices=[ANY, *[choice for choice in Education.choices if choice[0] != Education.ANY]],
    )

    def __init__(self, *args: Any, majors: Named, departments: Named, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["major"].choices = [ANY, *majors]
        self.fields["department"].choices = [ANY, *departments]

    def wanted(self) -> Wanted:
        """What was asked for, where it makes sense."""
        return Wanted(**self.cleaned_data) if self.is_valid() else Wanted()


class SayForm(forms.Form):
    """Something to say to the team."""

    text = _area(_("Message to the team"), LONGEST_SAID, required=True)


class FollowForm(forms.ModelForm):
    """What came of a talk that is over, and what the team keeps of it."""

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[("", "—"), *[c for c in Outcome.choices if c[0] != "pending"]],
    )
    message = _area(_("Message to the student"), 1000)
    rating = rating_field()

    class Meta:
        model = Meeting
        fields = ("note", "rating", "next_step", "next_step_due")
        widgets = {
            "note": forms.Textarea(attrs={"rows": 2}),
            "next_step_due": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def _post_clean(self) -> None:
        """Leave the instance alone: the domain writes, the form only reads."""


class ReportForm(forms.Form):
    """What is told to the school about the other side."""

    reason = forms.ChoiceField(label=_("Reason"), choices=ReportReason.choices)
    text = _area(_("What happened"), LONGEST_REPORT)
    block = forms.BooleanField(label=_("Do not meet again"), required=False)


class DecideForm(forms.Form):
    """What the school did about a report."""

    decision = forms.ChoiceField(label=_("Decision"), choices=Decision.choices)
    answer = _area(pgettext_lazy("to a report", "Answer"), LONGEST_REPORT)
