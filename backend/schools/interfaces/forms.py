"""Forms of a school's structure."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from backend.schools.queries import (
    cities,
    city_name,
    districts_of,
    occupation_choices,
    occupation_name,
)
from backend.web.forms import LongSelect

SEPARATORS = re.compile(r"[,，、;；\n]+")


class WordsField(forms.CharField):
    """Several short entries in one line, separated by commas of any kind."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Separate entries by commas."))
        super().__init__(max_length=2000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a list as one line."""
        return "、".join(value) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> list[str]:
        """Entries without blanks around them."""
        text = super().to_python(value) or ""
        # The field's own check of max_length would count entries, not characters.
        MaxLengthValidator(self.max_length)(text)
        return [part.strip() for part in SEPARATORS.split(text) if part.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as lists."""
        return list(initial or []) != self.to_python(data)


class CodesField(WordsField):
    """Names of things that have codes: written as names, kept as codes; an unknown name is met with likely ones.

    `known` gives (code, name) of everything that may be written, `shown` what a code reads as; both may be written.
    """

    def __init__(
        self, *, known: Callable[[], list[tuple[str, str]]], shown: Callable[[str], str], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.known, self.shown = known, shown

    def prepare_value(self, value: Any) -> Any:
        """Show codes as names."""
        return "、".join(map(self.shown, value)) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> list[str]:
        """Codes in the order written; the sentence of the error offers names that come close."""
        entries = super().to_python(value)
        by_name = self._codes_by_name() if entries else {}
        # "文学、艺术学研究人员" is one name: the longest that is known wins over its parts.
        longest = max((name.count("、") + 1 for name in by_name), default=1)
        found = []
        while entries:
            tried = range(min(longest, len(entries)), 1, -1)
            count = next((n for n in tried if "、".join(entries[:n]) in by_name), 1)
            found.append(self._code("、".join(entries[:count]), by_name))
            entries = entries[count:]
        return found

    def _codes_by_name(self) -> dict[str, str]:
        known = self.known()
        labels = {self.shown(code): code for code, _name in known}
        return labels | {name: code for code, name in known}

    def _code(self, entry: str, by_name: dict[str, str]) -> str:
        if entry in by_name:
            return by_name[entry]
        if entry in by_name.values():
            return entry
        near = "、".join([name for name in by_name if entry in name][:5])
        text = (
            _("“%(entry)s” is not on the list. Did you mean: %(near)s")
            if near
            else _("“%(entry)s” is not on the list.")
        )
        raise forms.ValidationError(text, params={"entry": entry[:40], "near": near})


class OccupationsField(CodesField):
    """Occupations proper, by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(known=occupation_choices, shown=occupation_name, **kwargs)


class CitiesField(CodesField):
    """Cities by name, with or without 市."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(known=cities, shown=city_name, **kwargs)


class DepartmentForm(forms.Form):
    """Name of a department."""

    name = forms.CharField(label=_("Department name"), max_length=80)


class MajorForm(forms.Form):
    """A major; departments are those the person may see."""

    name = forms.CharField(label=_("Major name"), max_length=80)
    department = forms.ModelChoiceField(label=_("Department"), queryset=None)
    code = forms.CharField(label=_("National code"), max_length=10, required=False)
    skills = WordsField(label=_("Skills taught"), required=False)
    occupation_codes = OccupationsField(
        label=_("Occupations it leads to"),
        required=False,
        help_text=_("Names of the national classification, separated by commas."),
    )

    def __init__(self, *args: Any, departments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments


class ClassForm(forms.Form):
    """A class; majors are those the person may see."""

    name = forms.CharField(label=_("Class name"), max_length=80)
    major = forms.ModelChoiceField(label=_("Major"), queryset=None)
    graduation_year = forms.IntegerField(label=_("Year of graduation"), min_value=2000, max_value=2100)

    def __init__(self, *args: Any, majors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["major"].queryset = majors


def district_select() -> forms.Select:
    """A list of districts, asked for anew whenever the city of the form changes."""
    return forms.Select(
        attrs={
            "hx-get": "/positions/districts/",
            "hx-trigger": "change from:#id_city_code",
            "hx-include": "#id_city_code",
            "hx-target": "this",
        }
    )


class SchoolForm(forms.Form):
    """What the platform says about a school."""

    name = forms.CharField(label=_("School name"), max_length=100)
    code = forms.SlugField(
        label=_("Short code"), max_length=20, help_text=_("Letters, digits and hyphens; used in file names")
    )
    city_code = forms.ChoiceField(
        label=_("City"),
        choices=lambda: [("", _("Choose a city")), *cities()],
        widget=LongSelect,
    )

    district_code = forms.ChoiceField(
        label=_("District of the campus"),
        required=False,
        help_text=_("How far students have to work is reckoned from it, unless they say otherwise."),
        widget=district_select(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        city = str(self["city_code"].value() or "")
        self.fields["district_code"].choices = [("", _("Not named")), *districts_of(city)]


class OpenSchoolForm(SchoolForm):
    """The same, and who begins."""

    staff_email = forms.EmailField(
        label=_("E-mail of the first member of staff"),
        max_length=190,
        help_text=_("Gets an invitation, and invites the others."),
    )


class FirstStaffForm(forms.Form):
    """Whom to invite."""

    email = forms.EmailField(label=_("E-mail"), max_length=190)


class SuspensionForm(forms.Form):
    """Why a school is closed for the time being."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The people of the school read it when they sign in."),
    )


class AllianceForm(forms.Form):
    """Name of an alliance."""

    name = forms.CharField(label=_("Name of the alliance"), max_length=100)


class AllianceSchoolForm(forms.Form):
    """A school that belongs to no alliance yet."""

    school = forms.ModelChoiceField(
        label=_("School"), queryset=None, widget=forms.Select(attrs={"data-search": ""})
    )

    def __init__(self, *args: Any, schools: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].queryset = schools
