"""The timeline of a fair, as a page and as a file."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from backend.accounts.enums import Role
from backend.audit.models import AuditEntry
from backend.web.downloads import spreadsheet
from backend.web.forms import number_or_none
from backend.web.paging import page
from fairs import timeline
from fairs.interfaces.views.staff import watched_fair
from fairs.models import Fair

MOST = 5000
"""Lines of a file."""


@login_required
@require_GET
def events(request: HttpRequest, pk: int) -> HttpResponse:
    """Newest first, of one kind or one booth where asked."""
    fair = watched_fair(request, pk)
    kind, booth = _asked(request)
    rows = page(request, timeline.entries(fair, kind=kind, booth_id=booth), size=50)
    booths = timeline.booths_of(fair)
    rows.object_list = timeline.told(request.actor, fair, list(rows.object_list), booths)
    return render(
        request,
        "fairs/timeline.html",
        {
            "fair": fair,
            "rows": rows,
            "kinds": _chips(kind, booth),
            "kind": kind,
            "booth": booth,
            "booths": booths.values(),
            "file": f"?{urlencode({'kind': kind, 'booth': booth or ''})}",
        },
    )


@login_required
@require_GET
def events_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a spreadsheet in which nothing runs as a formula, oldest first."""
    fair = watched_fair(request, pk)
    kind, booth = _asked(request)
    found: list[AuditEntry] = list(timeline.entries(fair, kind=kind, booth_id=booth)[:MOST])[::-1]
    return spreadsheet(
        f"fair-{fair.pk}-timeline.xlsx",
        [_("When"), _("What"), _("Booth"), _("Company"), _("Who"), _("Role"), _("Details")],
        _lines(request, fair, found),
    )


def _lines(request: HttpRequest, fair: Fair, found: list[AuditEntry]) -> list[list[str]]:
    roles = dict(Role.choices)
    return [
        [
            timezone.localtime(one.at).strftime("%Y-%m-%d %H:%M:%S"),
            one.what,
            one.booth.label if one.booth else "",
            one.booth.company.name if one.booth else "",
            one.who,
            str(roles.get(one.role, one.role)),
            one.detail,
        ]
        for one in timeline.told(request.actor, fair, found, timeline.booths_of(fair))
    ]


def _asked(request: HttpRequest) -> tuple[str, int | None]:
    kind = request.GET.get("kind", "")
    return (kind if kind in timeline.KINDS else ""), number_or_none(request.GET.get("booth"))


def _chips(kind: str, booth: int | None) -> list[tuple[str, str, bool]]:
    words = {"": _("Everything"), **{name: str(said) for name, (said, _verbs) in timeline.KINDS.items()}}
    return [
        (said, f"?{urlencode({'kind': name, 'booth': booth or ''})}", name == kind)
        for name, said in words.items()
    ]
