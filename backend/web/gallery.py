"""What the style guide shows: invented rows for each component."""

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from django import forms
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backend.web import paging
from backend.web.templatetags.web import TONES, VARIANTS

CITIES = [
    (str(n), name) for n, name in enumerate(["江城", "临海", "云溪", "白石", "新安", "长桥", "东泽"], 1)
]


class SampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(label=_("Title"), help_text=_("As it appears in the list."), max_length=60)
    city = forms.ChoiceField(
        label=_("City"),
        choices=[("", "—"), *CITIES],
        widget=forms.Select(attrs={"data-search": ""}),
        required=False,
    )
    openings = forms.IntegerField(label=_("Openings"), min_value=1)
    closes_on = forms.DateField(
        label=_("Closes on"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        widget=forms.RadioSelect,
        choices=[("full", _("Full time")), ("intern", _("Internship"))],
    )
    duties = forms.CharField(label=_("Duties"), widget=forms.Textarea(attrs={"rows": 4}), required=False)
    licence = forms.FileField(label=_("Licence"), required=False, help_text=_("PDF or picture, up to 10 MB."))
    agreed = forms.BooleanField(label=_("The entries are true"))


def icons() -> list[str]:
    """The names in the sprite."""
    root = ElementTree.parse(finders.find("web/icons.svg")).getroot()
    return [symbol.attrib["id"] for symbol in root]


def everything(request: HttpRequest) -> dict[str, Any]:
    """The context of the style guide."""
    return {
        "icons": icons(),
        "tones": TONES,
        "variants": VARIANTS,
        "form": SampleForm(auto_id="empty_%s"),
        "wrong": SampleForm({"title": "", "openings": "0", "kind": ""}, auto_id="wrong_%s"),
        "steps": [_("Company"), _("Licence"), _("Vetting"), _("Done")],
        "page": paging.page(request, range(1, 230), size=20),
        "companies": [
            ("江城精密制造有限公司", _("Vetted"), "success", 42),
            ("临海云杉酒店管理有限公司", _("In review"), "warning", 8),
            ("Riverside Software", _("Suspended"), "danger", 0),
        ],
        "tabs_items": [
            (_("All"), "#ways", True, 58),
            (_("Shortlisted"), "#ways", False, 7),
            (_("Offers"), "#ways", False),
        ],
        "events": [
            {
                "title": _("Applied"),
                "at": datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
                "by": "李晓明",
                "tone": "primary",
            },
            {"title": _("Viewed"), "at": datetime(2026, 3, 3, 2, 20, tzinfo=UTC), "tone": "info"},
            {
                "title": _("Offer"),
                "at": datetime(2026, 3, 9, 8, 5, tzinfo=UTC),
                "text": "5,500–8,000",
                "tone": "success",
            },
        ],
        "details": [
            (_("City"), "江城"),
            (_("Openings"), 12),
            (_("Closes on"), "2026-06-30"),
            (_("Remarks"), ""),
        ],
    }
