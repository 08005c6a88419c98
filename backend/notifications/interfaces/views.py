"""Pages: what I was told; what could not be delivered."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.enums import Role
from backend.common.errors import NotFound
from backend.notifications import delivery, domain, queries
from backend.web.paging import page


@login_required
@require_GET
def notification_list(request: HttpRequest) -> HttpResponse:
    """Newest first; unread ones stand out."""
    rows = queries.notifications_visible_to(request.actor)
    if request.GET.get("unread"):
        rows = rows.filter(read_at__isnull=True)
    return render(request, "notifications/list.html", {"rows": page(request, rows)})


@login_required
@require_POST
def open_notification(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Mark one as read and go where it points."""
    row = queries.notifications_visible_to(request.actor).filter(pk=notification_id).first()
    if row is None:
        raise NotFound()
    domain.mark_read(user_id=request.actor.user_id, notification_id=row.pk)
    inside = row.url and url_has_allowed_host_and_scheme(row.url, allowed_hosts=None)
    return redirect(row.url if inside else "notifications:list")


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    domain.mark_read(user_id=request.actor.user_id)
    return redirect("notifications:list")


@login_required
@require_GET
def deliveries(request: HttpRequest) -> HttpResponse:
    """What the outbox has given up on."""
    if request.actor.role not in {Role.STAFF, Role.OPERATOR}:
        raise NotFound()
    rows = page(request, queries.dead_deliveries_visible_to(request.actor))
    return render(
        request,
        "notifications/deliveries.html",
        {"rows": rows, "with_errors": request.actor.role == Role.OPERATOR},
    )


@login_required
@require_POST
def send_again(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Deliver a dead entry anew."""
    delivery.send_again(actor=request.actor, entry_id=entry_id)
    messages.success(request, _("It is being sent again."))
    return redirect("notifications:deliveries")
