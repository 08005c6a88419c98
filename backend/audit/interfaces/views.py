"""The trail as a page, for staff and the operator."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from backend.accounts.enums import Role
from backend.audit.labels import NOUNS
from backend.audit.queries import entries_visible_to
from backend.common.errors import NotFound
from backend.web.paging import page


@login_required
@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    """Newest first, narrowed to one noun where asked."""
    if request.actor.role not in {Role.STAFF, Role.OPERATOR}:
        raise NotFound()
    rows = entries_visible_to(request.actor)
    noun = request.GET.get("noun", "")
    if noun in NOUNS:
        rows = rows.filter(verb__startswith=f"{noun}.")
    nouns = sorted(((code, str(label)) for code, label in NOUNS.items()), key=lambda pair: pair[1])
    return render(
        request, "audit/trail.html", {"rows": page(request, rows, size=50), "noun": noun, "nouns": nouns}
    )
