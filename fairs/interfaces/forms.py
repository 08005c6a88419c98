"""Forms of fairs: they shape the input, the domain judges it."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.accounts.actor import Actor
from backend.companies.models import CompanyDivision
from backend.positions.models import Position
from backend.positions.queries import open_now
from backend.schools.models import Department, Major
from fairs.domain.fair import FIELDS
from fairs.domain.onsite import FURTHEST
from fairs.enums import FairEntry, Outcome
from fairs.interfaces.plan_forms import MajorsField
from fairs.models import Fair
from fairs.window_models import MOST_WINDOWS


def _moment_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def rating_field() -> forms.TypedChoiceField:
    """One to five stars, or none."""
    return forms.TypedChoiceField(
        label=_("Rating"),
        choices=[("", _("No rating")), *[(n, "★" * n) for n in range(1, 6)]],
        coerce=int,
        empty_value=None,
        required=False,
    )


class FairForm(forms.ModelForm):
    """What staff say about a fair; an emptied window goes, and a window filled in the last, empty row comes."""

    entry = forms.ChoiceField(
        label=Fair._meta.get_field("entry").verbose_name, choices=FairEntry.choices, required=False
    )
    departments = forms.ModelMultipleChoiceField(
        Department.objects.none(), label=_("Departments invited"), required=False
    )
    majors = MajorsField(Major.objects.none(), label=_("Majors invited"), required=False)
    years = forms.CharField(
        label=_("Years of graduation invited"),
        required=False,
        max_length=100,
        help_text=_("Such as 2026, 2027. Empty: every year."),
    )

    class Meta:
        model = Fair
        fields = FIELDS
        widgets = {"starts_at": _moment_input(), "ends_at": _moment_input()}

    def __init__(self, *args: Any, school_ids: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["departments"].queryset = Department.objects.filter(school__in=school_ids).order_by(
            "name", "pk"
        )
        majors = Major.objects.filter(school__in=school_ids).select_related("school")
        self.fields["majors"].queryset = majors.order_by("name", "pk")
        hours = self.instance.hours() if self.instance.pk else []
        if hours:
            self.initial["ends_at"] = hours[0][1]
            guests = list(self.instance.guests.all())
            self.initial["departments"] = [row.department_id for row in guests if row.department_id]
            self.initial["majors"] = [row.major_id for row in guests if row.major_id]
            self.initial["years"] = ", ".join(str(row.year) for row in guests if row.year)
        # As many rows as were sent: who has none to fill in asks for one more.
        sent = sum(1 for number in range(1, MOST_WINDOWS) if f"window_{number}_from" in self.data)
        rows = max(sent, len(hours) - 1) + (not sent or "more" in self.data)
        self.more = range(1, min(rows + 1, MOST_WINDOWS))
        for number in self.more:
            starts, ends = hours[number] if number < len(hours) else (None, None)
            for name, label, at in (
                ("from", _("Starts"), starts),
                ("until", pgettext_lazy("time", "Ends"), ends),
            ):
                self.fields[f"window_{number}_{name}"] = forms.DateTimeField(
                    label=label, required=False, widget=_moment_input(), initial=at
                )

    def window_rows(self) -> list[tuple[Any, Any]]:
        """The bound fields of every window after the first."""
        return [(self[f"window_{number}_from"], self[f"window_{number}_until"]) for number in self.more]

    def clean_years(self) -> list[int]:
        """Whole numbers, however they are set apart."""
        words = re.split(r"[\s,，、;；]+", self.cleaned_data["years"].strip())
        if any(not word.isdecimal() for word in words if word):
            raise forms.ValidationError(_("Enter whole numbers."))
        return [int(word) for word in words if word]

    def clean(self) -> dict[str, Any]:
        """Both ends of every window."""
        for number in self.more:
            ends = [self.cleaned_data.get(f"window_{number}_{name}") for name in ("from", "until")]
            for name, given in zip(("from", "until"), ends, strict=True):
                field = f"window_{number}_{name}"
                if given is None and any(ends) and field not in self.errors:
                    self.add_error(field, _("Fill in both ends, or neither."))
        return self.cleaned_data

    def values(self) -> dict[str, Any]:
        """What the form says, as the domain takes it; for a form that is in order."""
        said = self.cleaned_data
        values = {key: said[key] for key in FIELDS if key != "entry"}
        if said["entry"]:
            values["entry"] = said["entry"]
        rows = [(said[f"window_{number}_from"], said[f"window_{number}_until"]) for number in self.more]
        values["windows"] = [(said["starts_at"], said["ends_at"]), *(row for row in rows if all(row))]
        values["years"] = said["years"]
        for kind in ("departments", "majors"):
            values[kind] = [row.pk for row in said[kind]]
        return values

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


class PlaceForm(forms.Form):
    """Where an approved booth stands."""

    label = forms.CharField(label=_("Booth number"), max_length=12)
    zone = forms.CharField(label=_("Zone"), max_length=40, required=False)
    order = forms.IntegerField(label=_("Order in the zone"), min_value=0, max_value=FURTHEST)


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
    rating = rating_field()
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_step_due = forms.DateField(
        label=_("Next step due"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
