"""The student's side of invitations: come, decline, or be left in peace."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.enums import Role
from backend.common.errors import NotFound
from fairs import invitations
from fairs.domain import invitation
from fairs.enums import InvitationStatus
from fairs.interfaces.views.public import fair_for


@login_required
@require_GET
def invited(request: HttpRequest, pk: int) -> HttpResponse:
    """The open invitations, as the hall shows them above its booths; without script they stand among the lines."""
    if request.actor.role != Role.STUDENT:
        raise NotFound
    rows = invitations.open_for(request.actor, fair_for(request.actor, pk))
    return render(request, "fairs/_invited.html", {"invited": rows})


@login_required
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Come into the line, or decline."""
    accept = request.POST.get("accept") == "yes"
    answered = invitation.answer_invitation(actor=request.actor, invitation_id=pk, accept=accept)
    if answered.status == InvitationStatus.ACCEPTED:
        messages.success(request, _("Your number is %(number)s.") % {"number": answered.ticket.number})
    else:
        messages.success(request, _("Declined. This booth will not ask again."))
    return redirect("fairs:lines", answered.booth.fair_id)


@login_required
@require_POST
def allow(request: HttpRequest, pk: int) -> HttpResponse:
    """Take invitations at this fair, or none."""
    allowed = request.POST.get("allowed") == "yes"
    invitation.allow_invitations(actor=request.actor, fair_id=pk, allowed=allowed)
    messages.success(
        request,
        _("Companies may invite you.") if allowed else _("Companies invite you no more at this fair."),
    )
    return redirect("fairs:lines", pk)
