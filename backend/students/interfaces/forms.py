"""Forms of students and of staff about students."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.schools.interfaces.forms import CitiesField, OccupationsField, WordsField
from backend.schools.queries import cities, city_name, districts_of, occupation_choices
from backend.students.enums import (
    Education,
    GrantField,
    GrantPurpose,
    PositionKind,
    StudentStatus,
    Visibility,
)
from backend.students.interfaces.levels import LevelsField, offer_levels
from backend.web.forms import LongSelect

EDUCATIONS = [choice for choice in Education.choices if choice[0] != Education.ANY]
# Two majors of two schools may have one name, so the registration form says which school is meant.
DATE = {"type": "date"}


class ClaimForm(forms.Form):
    """School, number and name as they stand on the roster."""

    school = forms.ModelChoiceField(label=_("School"), queryset=None)
    number = forms.CharField(label=_("Student number"), max_length=30)
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("As the school writes it."))

    def __init__(self, *args: Any, schools: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].queryset = schools


class MajorChoice(forms.ModelChoiceField):
    """Majors with their schools."""

    def label_from_instance(self, obj: Any) -> str:
        """School and major."""
        return f"{obj.school.name} · {obj.name}"


class RegisterForm(forms.Form):
    """What the school needs to know somebody who is not on the roster."""

    major = MajorChoice(
        label=_("School and major"), queryset=None, widget=forms.Select(attrs={"data-search": ""})
    )
    number = forms.CharField(label=_("Student number"), max_length=30)
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("As the school writes it."))
    education = forms.ChoiceField(label=_("Education"), choices=EDUCATIONS)
    graduation_year = forms.IntegerField(label=_("Year of graduation"), min_value=2000, max_value=2100)

    def __init__(self, *args: Any, majors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["major"].queryset = majors


class ResubmitForm(forms.Form):
    """Corrected entries after a refusal."""

    number = forms.CharField(label=_("Student number"), max_length=30)
    name = forms.CharField(label=_("Name"), max_length=60)


class ProfileForm(forms.Form):
    """What a student writes about themselves."""

    skills = WordsField(label=_("Skills"), required=False)
    skill_levels = LevelsField(label=_("Levels of skill"))
    certificates = WordsField(label=_("Certificates"), required=False)
    about = forms.CharField(
        label=_("About me"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    wanted_occupations = OccupationsField(
        label=_("Wanted occupations"),
        required=False,
        help_text=_("Names of the national classification, separated by commas."),
    )
    wanted_cities = CitiesField(label=_("Wanted cities"), required=False)
    wanted_kinds = forms.MultipleChoiceField(
        label=_("Wanted kinds of work"),
        choices=PositionKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    salary_floor = forms.IntegerField(
        label=_("Lowest monthly salary wished, yuan"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=_("Companies never see it; it is used to order positions for you."),
    )
    salary_hope = forms.IntegerField(
        label=_("Monthly salary hoped for, yuan"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=_("Companies never see it; it is used to order positions for you."),
    )
    based_in = forms.ChoiceField(
        label=_("Where I start from in the morning"),
        required=False,
        widget=LongSelect,
        help_text=_("Companies never see it; positions nearby come first. Not your household registration."),
    )
    available_from = forms.DateField(
        label=_("Available from"), required=False, widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d")
    )
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=30,
        required=False,
        help_text=_("Companies see it only with your consent."),
    )
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("Companies see it only with your consent.")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, campus: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["based_in"].choices = _starts(campus, str(self.initial.get("based_in") or ""))
        offer_levels(self)


def _starts(campus: str, chosen: str) -> list[tuple[str, Any]]:
    """Where somebody may start from: the districts of the campus' city, every city, and what was chosen before."""
    listed = [*districts_of(campus), *cities()]
    more = [] if chosen in dict(listed) or not chosen else [(chosen, city_name(chosen))]
    return [("", _("The campus of my school")), *more, *listed]


class VisibilityForm(forms.Form):
    """How much companies see."""

    visibility = forms.ChoiceField(
        label=_("Visibility"),
        choices=Visibility.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Hidden: only companies you apply to. Anonymous: all companies, without your name. "
            "Visible at fairs: companies of fairs you visit. Visible: all verified companies. "
            "Contact data always needs your consent."
        ),
    )
    seeking = forms.BooleanField(label=_("Looking for a position"), required=False)
    personalised = forms.BooleanField(label=_("Order positions by fit"), required=False)


def _occupations() -> list[tuple[str, Any]]:
    return [("", _("Not named")), *occupation_choices()]


class ExperienceForm(forms.Form):
    """A period of work."""

    title = forms.CharField(label=_("Your role"), max_length=80)
    occupation_id = forms.ChoiceField(
        label=_("Occupation"),
        choices=_occupations,
        required=False,
        widget=LongSelect,
        help_text=_("Positions of this kind are found more surely for you."),
    )
    organisation = forms.CharField(label=_("Company or organisation"), max_length=120)
    started_on = forms.DateField(label=_("Start date"), widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"))
    ended_on = forms.DateField(
        label=_("End date"),
        required=False,
        widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
        help_text=_("Leave it empty if it goes on."),
    )
    description = forms.CharField(
        label=_("What you did"), max_length=1500, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class ResumeForm(forms.Form):
    """A resume to upload."""

    title = forms.CharField(label=_("Resume title"), max_length=80)
    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF or Word (.docx)."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.docx"}),
    )


class GrantForm(forms.Form):
    """A consent to one company."""

    company = forms.ModelChoiceField(
        label=_("Company"), queryset=None, widget=forms.Select(attrs={"data-search": ""})
    )
    fields_open = forms.MultipleChoiceField(
        label=_("What the company may see"), choices=GrantField.choices, widget=forms.CheckboxSelectMultiple
    )
    resume = forms.ModelChoiceField(label=_("Resume"), queryset=None, required=False)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=GrantPurpose.choices)
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"))

    def __init__(self, *args: Any, companies: Any, resumes: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"until": clock.today() + timedelta(days=90), "purpose": "contact"})
        super().__init__(*args, **kwargs)
        self.fields["company"].queryset = companies
        self.fields["resume"].queryset = resumes

    @property
    def until_moment(self) -> datetime:
        """The end of the chosen day."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["until"], time(23, 59, 59)))


class FindForm(forms.Form):
    """What staff look for among students."""

    text = forms.CharField(label=_("Name, number or major"), required=False, max_length=60)
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), *StudentStatus.choices]
    )
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=None, required=False, empty_label=_("All")
    )
    major = forms.ModelChoiceField(label=_("Major"), queryset=None, required=False, empty_label=_("All"))
    year = forms.IntegerField(label=_("Year of graduation"), required=False, min_value=2000, max_value=2100)

    def __init__(self, *args: Any, departments: Any, majors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments
        self.fields["major"].queryset = majors


class RosterForm(forms.Form):
    """A roster to look at."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("Excel (.xlsx) or CSV in UTF-8 or GBK."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    create_structure = forms.BooleanField(
        label=_("Create missing departments, majors and classes"), required=False
    )


class RefusalForm(forms.Form):
    """Why somebody is not confirmed."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The student reads it."),
    )
