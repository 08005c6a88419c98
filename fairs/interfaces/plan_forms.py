"""Forms of a plan and of what both sides wish; they shape the input, the domain judges it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.schools.models import Major
from backend.web.forms import LongSelect
from fairs.models import Booth, Fair, Plan
from fairs.plan_models import MOST_CHOICES


def moment_field(label: Any) -> forms.DateTimeField:
    """A time that may be left open."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget)


class ProposeForm(forms.Form):
    """How a plan is to be laid out."""

    most = forms.IntegerField(label=Plan._meta.get_field("most").verbose_name)
    minutes = forms.IntegerField(label=Plan._meta.get_field("minutes").verbose_name)
    breath = forms.IntegerField(
        label=Plan._meta.get_field("breath").verbose_name,
        help_text=_("0: no time stays free; the line then lives on what is left."),
    )
    seed = forms.IntegerField(label=_("Seed"), help_text=_("Another seed, another equally good plan."))


class ChoicesForm(forms.Form):
    """Which booths a student wants to meet, the dearest first, and when they can come."""

    free_from = moment_field(_("I can come from"))
    free_until = moment_field(_("I can stay until"))

    def __init__(self, *args: Any, booths: list[Booth], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "—"), *((booth.pk, f"{booth.label} {booth.company.name}") for booth in booths)]
        for rank in range(1, MOST_CHOICES + 1):
            self.fields[f"choice_{rank}"] = forms.TypedChoiceField(
                label=_("Choice %(rank)d") % {"rank": rank},
                choices=choices,
                coerce=int,
                empty_value=None,
                required=False,
                widget=LongSelect(),
            )
        self.order_fields([f"choice_{rank}" for rank in range(1, MOST_CHOICES + 1)])

    def booth_ids(self) -> list[int]:
        """The chosen booths, the dearest first."""
        ranks = range(1, MOST_CHOICES + 1)
        return [pk for rank in ranks if (pk := self.cleaned_data[f"choice_{rank}"]) is not None]


class MajorsField(forms.ModelMultipleChoiceField):
    """Majors of several schools: the same name may stand there twice."""

    def label_from_instance(self, major: Major) -> str:
        """The name and its school's."""
        return f"{major.name} · {major.school.name}"


class TeamForm(forms.Form):
    """How many recruiters talk at once, when they are there, and which majors they want to meet."""

    recruiters = forms.IntegerField(label=_("Recruiters who talk at once"))
    starts_at = moment_field(_("There from"))
    ends_at = moment_field(_("There until"))
    majors = MajorsField(
        Major.objects.none(),
        label=_("Majors you want to meet"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, fair: Fair, school_ids: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = Major.objects.filter(school_id__in=school_ids, students__fair_registrations__fair=fair)
        self.fields["majors"].queryset = here.distinct().select_related("school").order_by("name", "pk")


class AddForm(forms.Form):
    """One more talk of a booth, by hand."""

    student = forms.TypedChoiceField(label=_("Student"), coerce=int, widget=LongSelect())
    slot = forms.TypedChoiceField(label=pgettext_lazy("of a plan", "Time"), coerce=int)

    def __init__(self, *args: Any, students: list[tuple], times: list[tuple], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["student"].choices, self.fields["slot"].choices = students, times
