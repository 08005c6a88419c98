"""Forms of fairs: they shape the input, the domain judges it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.companies.models import CompanyDivision
from backend.positions.models import Position
from backend.positions.queries import open_now
from fairs.domain.fair import FIELDS
from fairs.enums import Outcome
from fairs.models import Fair


class FairForm(forms.ModelForm):
    """What staff say about a fair."""

    class Meta:
        model = Fair
        fields = FIELDS
        widgets = {
            "starts_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "ends_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }

    def _post_clean(self) -> None:
        """Leave the instance alone: the domain writes, the form only reads."""


class PositionsForm(forms.Form):
    """Which positions come to the fair."""

    positions = forms.ModelMultipleChoiceField(
        Position.objects.none(), label=_("Positions you bring"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Position.objects.filter(open_now(), company_id=actor.company_id).order_by("title", "pk")
        self.fields["positions"].queryset = own


class BoothForm(PositionsForm):
    """Which positions, and which division, come to the fair."""

    division = forms.ModelChoiceField(
        CompanyDivision.objects.none(),
        label=_("Division"),
        required=False,
        empty_label=_("The whole company"),
    )
    field_order = ("division", "positions")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, **kwargs)
        self.fields["division"].queryset = CompanyDivision.objects.filter(company_id=actor.company_id)


class ApproveForm(forms.Form):
    """Number and zone of a booth."""

    label = forms.CharField(label=_("Booth number"), max_length=12, required=False)
    zone = forms.CharField(label=_("Zone"), max_length=40, required=False)


class RefuseForm(forms.Form):
    """Why a booth is refused."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class MessageForm(forms.Form):
    """One message of a meeting."""

    text = forms.CharField(
        label=_("Message"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": _("Write a message")}),
    )


class OutcomeForm(forms.Form):
    """What came of a talk."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome.choices)
    message = forms.CharField(
        label=_("Message to the student"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    note = forms.CharField(
        label=_("Private note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    rating = forms.TypedChoiceField(
        label=_("Rating"),
        choices=[("", _("No rating")), *[(n, "★" * n) for n in range(1, 6)]],
        coerce=int,
        empty_value=None,
        required=False,
    )
