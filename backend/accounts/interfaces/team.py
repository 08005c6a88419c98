"""Who belongs to the company or school: members, invitations, and the link an invited person opens."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from backend.accounts import domain, queries, rules
from backend.accounts.domain.invitation import open_invitation
from backend.accounts.enums import Role
from backend.accounts.interfaces.forms import (
    NewAccountForm,
    RecruiterInvitationForm,
    SchoolStaffInvitationForm,
    StaffInvitationForm,
)
from backend.common.errors import Invalid, NotFound
from backend.web.forms import add_errors
from backend.web.paging import page

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_required
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest) -> HttpResponse:
    """Members and open invitations; whoever is in charge invites and removes."""
    actor = request.actor
    if actor.role not in {Role.RECRUITER, Role.STAFF, Role.OPERATOR}:
        raise NotFound()
    form = _invitation_form(request)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            domain.invite_person(actor=actor, **_invited(actor, form.cleaned_data))
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The invitation is on its way."))
            return redirect("accounts:team")
    members = queries.memberships_visible_to(actor).order_by("school__name", "-is_owner", "user__name", "pk")
    rows = page(request, members)
    for membership in rows:
        membership.may_end = rules.can_end(actor, membership)
        membership.may_set_owner = rules.can_set_owner(actor, membership)
    context = {
        "form": form,
        "rows": rows,
        "invitations": queries.invitations_visible_to(actor).order_by("-pk")[:100],
        "may_manage": form is not None,
        "may_leave": actor.role in {Role.RECRUITER, Role.STAFF},
    }
    return render(request, "accounts/team.html", context, status=422 if form and form.errors else 200)


@login_required
@require_POST
def end_membership(request: HttpRequest, membership_id: int) -> HttpResponse:
    """See somebody out."""
    membership = domain.end_membership(actor=request.actor, membership_id=membership_id)
    messages.success(request, _("%(name)s no longer belongs to this team.") % {"name": membership.user})
    return redirect("accounts:team")


@login_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave one's own company or school; the account stays."""
    membership = domain.leave_team(actor=request.actor)
    place = membership.company or membership.school
    messages.success(request, _("You no longer belong to %(place)s.") % {"place": place})
    return redirect("/")


@login_required
@require_POST
def set_owner(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Make a colleague an owner, or end an ownership."""
    is_owner = request.POST.get("is_owner") == "1"
    membership = domain.set_owner(actor=request.actor, membership_id=membership_id, is_owner=is_owner)
    sentence = _("%(name)s is an owner now.") if is_owner else _("%(name)s is no longer an owner.")
    messages.success(request, sentence % {"name": membership.user})
    return redirect("accounts:team")


@login_required
@require_POST
def revoke_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Make a link useless."""
    domain.revoke_invitation(actor=request.actor, invitation_id=invitation_id)
    messages.success(request, _("The invitation has been withdrawn."))
    return redirect("accounts:team")


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What an invited person opens: join with the account at hand, sign in, or make an account."""
    row = open_invitation(token)
    known = queries.user_by_address(row.email) is not None
    context = {"invitation": row, "token": token, "known": known}
    if request.user.is_authenticated:
        if request.method == "POST":
            domain.accept_invitation(user=request.user, token=token)
            return _welcome(request)
        return render(request, "accounts/invitation.html", context)
    form = None if known else NewAccountForm(request.POST or None)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            user = domain.register_invited(token=token, language=get_language(), **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            login(request, user, backend=BACKEND)
            return _welcome(request)
    context["form"] = form
    return render(request, "accounts/invitation.html", context, status=422 if form and form.errors else 200)


def _welcome(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Welcome: you now belong to the team."))
    return redirect("/")


def _invitation_form(request: HttpRequest):
    """The form that fits the person's scope; None for whoever may not invite."""
    actor, data = request.actor, request.POST or None
    if actor.role == Role.OPERATOR:
        return SchoolStaffInvitationForm(data)
    if not rules.can_manage_team(actor):
        return None
    if actor.role == Role.RECRUITER:
        return RecruiterInvitationForm(data)
    return StaffInvitationForm(data, school_id=actor.school_id)


def _invited(actor, data: dict) -> dict:
    """The form's answers as arguments of invite_person."""
    if actor.role == Role.RECRUITER:
        return {"email": data["email"], "role": Role.RECRUITER, "is_owner": data["is_owner"]}
    department, school = data.get("department"), data.get("school")
    return {
        "email": data["email"],
        "role": Role.STAFF,
        "school_id": school.pk if school else None,
        "department_id": department.pk if department else None,
    }
