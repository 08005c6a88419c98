"""A level beside each skill of a form: rows that follow what is written into its field of skills, and work without a script.

Each row is a select of the same name whose values read "3 PLC", so that no row depends on the order of another.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from backend.schools.interfaces.forms import SEPARATORS
from backend.students.enums import SkillLevel

MOST = 30
_STATED = re.compile(r"([1-3]) (.+)", re.S)


def names_in(text: Any) -> list[str]:
    """The skills a line names, each once, in their order; as many as a profile or a position may have."""
    parts = (" ".join(part.split()) for part in SEPARATORS.split(str(text or "")[:4000]))
    return list(dict.fromkeys(part for part in parts if part))[:MOST]


def stated_in(entries: Iterable[str]) -> dict[str, int]:
    """{skill: level} of what the selects sent; what reads otherwise is left out."""
    found = (_STATED.fullmatch(entry) for entry in entries)
    return {match[2]: int(match[1]) for match in found if match}


def rows_of(names: Iterable[str], levels: Mapping[str, int]) -> list[dict[str, Any]]:
    """One row per skill: its name, and each level with its value and whether it is the one stated."""
    return [
        {
            "name": name,
            "options": [
                (f"{level.value} {name}", level.label, levels.get(name, SkillLevel.KNOWS) == level)
                for level in SkillLevel
            ],
        }
        for name in names
    ]


class LevelsWidget(forms.Widget):
    """The rows; `names` are the skills of the form it stands in."""

    rows, use_fieldset = True, True
    names: list[str]

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.names = []

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """What all selects of this name sent."""
        return data.getlist(name) if hasattr(data, "getlist") else list(data.get(name, ()))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """A form without a skill sends no level, and means it."""
        return False

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The rows, asked for anew whenever the skills change."""
        levels = value if isinstance(value, dict) else stated_in(value or ())
        context = {"rows": rows_of(self.names, levels), "id": (attrs or {}).get("id", f"id_{name}")}
        return mark_safe(render_to_string("students/levels.html", context))


class LevelsField(forms.Field):
    """{skill: level} of the skills named in the field `skills` of the same form."""

    widget = LevelsWidget

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "help_text", _("A skill you have just added is listed as soon as the line is left.")
        )
        super().__init__(required=False, **kwargs)

    def to_python(self, value: Any) -> dict[str, int]:
        """What was stated; the domain leaves out what speaks of no skill of the form."""
        return stated_in(value or ())

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as levels; the first goes without saying."""
        known = {skill: level for skill, level in self.to_python(data).items() if level > SkillLevel.KNOWS}
        return known != (initial or {})


def offer_levels(form: forms.BaseForm) -> None:
    """Give the field `skill_levels` a row for each skill the form shows; call at the end of its `__init__`."""
    form.fields["skill_levels"].widget.names = names_in(form["skills"].value())


@login_required
@require_GET
def levels(request: HttpRequest) -> HttpResponse:
    """The rows for the skills in the address, for htmx."""
    stated = stated_in(request.GET.getlist("skill_levels")[: 2 * MOST])
    rows = rows_of(names_in(request.GET.get("skills", "")), stated)
    return render(request, "students/level_rows.html", {"rows": rows})
