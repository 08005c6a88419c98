"""Forms of positions: they shape the input, the domain judges it."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.positions.models import Position
from backend.schools.interfaces.forms import district_select
from backend.schools.models import School
from backend.schools.queries import cities, districts_of, occupation_choices
from backend.students.interfaces.levels import LevelsField, offer_levels
from backend.web.forms import LongSelect


def city_choices() -> list[tuple[str, object]]:
    """Cities with an empty first entry."""
    return [("", _("Choose a city")), *cities()]


def district_choices(city_code: str) -> list[tuple[str, object]]:
    """Districts of a city with an empty first entry."""
    return [("", _("Not named")), *districts_of(city_code)]


def occupations_to_choose() -> list[tuple[str, object]]:
    """Occupations proper with an empty first entry."""
    return [
        ("", _("Choose an occupation")),
        *((code, f"{name} {code}") for code, name in occupation_choices()),
    ]


class WordsField(forms.CharField):
    """Several words on one line, parted by commas of either width."""

    def to_python(self, value):
        return [word.strip() for word in re.split(r"[,，、;；\n]", value or "") if word.strip()]

    def prepare_value(self, value):
        return "、".join(str(word) for word in value) if isinstance(value, list) else value

    def has_changed(self, initial, data):
        return self.to_python(data) != (initial or [])

    def validate(self, value):
        """The domain judges the words."""

    def run_validators(self, value):
        """The domain judges the words."""


class PositionForm(forms.ModelForm):
    """Everything a position says."""

    occupation = forms.ChoiceField(label=_("Occupation"), choices=occupations_to_choose, widget=LongSelect)
    city_code = forms.ChoiceField(label=_("City"), choices=city_choices, widget=LongSelect)
    district_code = forms.ChoiceField(
        label=_("District"),
        required=False,
        help_text=_("Students find positions near them by it"),
        widget=district_select(),
    )
    majors = WordsField(label=_("Majors"), required=False, help_text=_("Parted by commas; empty: any"))
    skills = WordsField(label=_("Skills"), required=False, help_text=_("Parted by commas"))
    skill_levels = LevelsField(label=_("Levels of skill"))
    wanted_skills = WordsField(
        label=_("Skills that are nice to have"), required=False, help_text=_("Parted by commas")
    )
    certificates = WordsField(
        label=_("Certificates asked for"), required=False, help_text=_("Parted by commas")
    )
    graduation_years = WordsField(
        label=_("Years of graduation"), required=False, help_text=_("For example 2026, 2027; empty: any")
    )

    class Meta:
        model = Position
        fields = (
            "title",
            "kind",
            "occupation",
            "division",
            "openings",
            "duties",
            "conditions",
            "education",
            "majors",
            "skills",
            "skill_levels",
            "wanted_skills",
            "certificates",
            "experience_months",
            "graduation_years",
            "city_code",
            "district_code",
            "place",
            "salary_min",
            "salary_max",
            "salary_months",
            "deadline",
            "starts_on",
        )
        labels = {"division": _("Division")}
        widgets = {
            "duties": forms.Textarea(attrs={"rows": 7}),
            "conditions": forms.Textarea(attrs={"rows": 7}),
            "deadline": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "starts_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args, company_id: int, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"].queryset = self.fields["division"].queryset.filter(company_id=company_id)
        self.fields["salary_min"].required = self.fields["salary_max"].required = True
        self.fields["district_code"].choices = district_choices(str(self["city_code"].value() or ""))
        offer_levels(self)
        if self.instance.pk and not self.is_bound:
            self.initial["occupation"] = self.instance.occupation_id

    def _post_clean(self) -> None:
        """The domain validates and writes; the form never touches its instance."""

    def values(self) -> dict:
        """The entries as the domain takes them."""
        data = dict(self.cleaned_data)
        division = data.pop("division")
        data["division_id"] = division.pk if division else None
        data["occupation_id"] = data.pop("occupation")
        return data


class ReviewForm(forms.Form):
    """Staff's decision about a position."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        choices=[("publish", _("Publish")), ("send_back", _("Send back"))],
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The company reads it. Needed for sending back"),
    )


class TakeDownForm(forms.Form):
    """Why a public position goes back into review."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class TemplateForm(forms.Form):
    """The name a position's entries are kept under."""

    name = forms.CharField(label=_("Name of the template"), max_length=80)


class ImportForm(forms.Form):
    """A spreadsheet of postings, for a school."""

    school = forms.ModelChoiceField(label=_("School"), queryset=School.objects.none())
    file = forms.FileField(
        label=_("Spreadsheet"),
        help_text=_("xlsx or csv, also gzipped; Chinese or English headers"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.gz"}),
    )

    def __init__(self, *args, schools, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].queryset = schools
        if len(schools) == 1:
            self.fields["school"].initial = schools[0]
