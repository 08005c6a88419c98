"""The operator's pages: schools of the platform, and the alliances they form."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backend.accounts.domain import invite_person
from backend.accounts.enums import Role
from backend.accounts.queries import invitations_visible_to, memberships_visible_to
from backend.common.errors import NotFound
from backend.schools import domain, queries
from backend.schools.interfaces.access import for_roles
from backend.schools.interfaces.forms import (
    AllianceForm,
    AllianceSchoolForm,
    FirstStaffForm,
    OpenSchoolForm,
    SchoolForm,
    SuspensionForm,
)
from backend.schools.models import Alliance, School
from backend.web.forms import written
from backend.web.paging import page


@require_http_methods(["GET"])
@for_roles(Role.OPERATOR)
def schools(request: HttpRequest) -> HttpResponse:
    """Every school with what it holds."""
    text, state = request.GET.get("q", ""), request.GET.get("state", "")
    labels = {"": _("All"), "open": _("Open"), "suspended": _("Suspended")}
    context = {
        "rows": page(request, queries.schools_listed(request.actor, text=text, state=state)),
        "tabs": [(label, f"?state={value}", state == value, None) for value, label in labels.items()],
        "q": text,
    }
    return render(request, "schools/platform_schools.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(Role.OPERATOR)
def new_school(request: HttpRequest) -> HttpResponse:
    """Open a school and invite its first member of staff."""
    form = OpenSchoolForm(request.POST or None)
    if school := written(form, partial(domain.open_school, actor=request.actor)):
        messages.success(request, _("The school is open, and its first member of staff is invited."))
        return redirect("schools:platform_school", school.pk)
    return _answer(request, "schools/platform_new_school.html", {"form": form})


@require_http_methods(["GET", "POST"])
@for_roles(Role.OPERATOR)
def school(request: HttpRequest, pk: int) -> HttpResponse:
    """One school: its entries, staff, alliance and whether it is open."""
    row = _school(request, pk)
    initial = {name: getattr(row, name) for name in SchoolForm.base_fields}
    form = SchoolForm(request.POST or None, initial=initial)
    if written(form, lambda **values: domain.change_school(actor=request.actor, school_id=pk, values=values)):
        messages.success(request, _("Saved."))
        return redirect("schools:platform_school", pk)
    return _school_page(request, row, form=form)


@require_POST
@for_roles(Role.OPERATOR)
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite somebody into the staff of a school."""
    row = _school(request, pk)
    form = FirstStaffForm(request.POST)
    if written(form, partial(invite_person, actor=request.actor, role=Role.STAFF, school_id=row.pk)):
        messages.success(request, _("The invitation is on its way."))
        return redirect("schools:platform_school", pk)
    return _school_page(request, row, invite_form=form)


@require_POST
@for_roles(Role.OPERATOR)
def suspend(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a school for the time being, with a reason."""
    row = _school(request, pk)
    form = SuspensionForm(request.POST)
    if written(form, partial(domain.suspend_school, actor=request.actor, school_id=pk)):
        messages.success(request, _("Suspended. Nothing of the school can be reached any more."))
        return redirect("schools:platform_school", pk)
    return _school_page(request, row, suspend_form=form)


@require_POST
@for_roles(Role.OPERATOR)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a suspended school again."""
    domain.reopen_school(actor=request.actor, school_id=pk)
    messages.success(request, _("The school is open again."))
    return redirect("schools:platform_school", pk)


@require_http_methods(["GET", "POST"])
@for_roles(Role.OPERATOR)
def alliances(request: HttpRequest) -> HttpResponse:
    """Every alliance with its schools; a new one is made here."""
    form = AllianceForm(request.POST or None)
    if made := written(form, partial(domain.create_alliance, actor=request.actor)):
        return redirect("schools:alliance", made.pk)
    rows = page(request, queries.alliances_listed(request.actor))
    return _answer(request, "schools/alliances.html", {"rows": rows, "form": form})


@require_http_methods(["GET", "POST"])
@for_roles(Role.OPERATOR)
def alliance(request: HttpRequest, pk: int) -> HttpResponse:
    """One alliance: its name and its schools."""
    row = _alliance(request, pk)
    form = AllianceForm(request.POST or None, initial={"name": row.name})
    if written(form, partial(domain.rename_alliance, actor=request.actor, alliance_id=pk)):
        messages.success(request, _("Saved."))
        return redirect("schools:alliance", pk)
    return _alliance_page(request, row, form=form)


@require_POST
@for_roles(Role.OPERATOR)
def add_member(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a school into the alliance."""
    row = _alliance(request, pk)
    form = AllianceSchoolForm(request.POST, schools=_unallied(request))
    if not form.is_valid():
        return _alliance_page(request, row, add_form=form)
    school_id = form.cleaned_data["school"].pk
    domain.set_alliance(actor=request.actor, school_id=school_id, alliance_id=row.pk)
    messages.success(request, _("The school belongs to the alliance now."))
    return redirect("schools:alliance", pk)


@require_POST
@for_roles(Role.OPERATOR)
def remove_member(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a school out of its alliance."""
    row = _school(request, pk)
    domain.set_alliance(actor=request.actor, school_id=pk, alliance_id=None)
    messages.success(request, _("The school no longer belongs to the alliance."))
    return redirect("schools:alliance", row.alliance_id)


@require_POST
@for_roles(Role.OPERATOR)
def dissolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an alliance without schools."""
    domain.dissolve_alliance(actor=request.actor, alliance_id=pk)
    messages.success(request, _("Removed."))
    return redirect("schools:alliances")


def _school(request: HttpRequest, pk: int) -> School:
    row = queries.schools_listed(request.actor).filter(pk=pk).first()
    if row is None:
        raise NotFound()
    return row


def _alliance(request: HttpRequest, pk: int) -> Alliance:
    row = queries.alliances_listed(request.actor).filter(pk=pk).first()
    if row is None:
        raise NotFound()
    return row


def _unallied(request: HttpRequest) -> Any:
    return queries.schools_visible_to(request.actor).filter(alliance__isnull=True)


def _school_page(request: HttpRequest, row: School, **forms: Any) -> HttpResponse:
    initial = {name: getattr(row, name) for name in SchoolForm.base_fields}
    staff = memberships_visible_to(request.actor).filter(school_id=row.pk).order_by("department", "pk")
    context = {
        "school": row,
        "form": SchoolForm(initial=initial),
        "invite_form": FirstStaffForm(),
        "suspend_form": SuspensionForm(),
        "staff": page(request, staff),
        "invitations": invitations_visible_to(request.actor).filter(school_id=row.pk).order_by("-pk")[:20],
    }
    return _answer(request, "schools/platform_school.html", context | forms)


def _alliance_page(request: HttpRequest, row: Alliance, **forms: Any) -> HttpResponse:
    context = {
        "alliance": row,
        "form": AllianceForm(initial={"name": row.name}),
        "add_form": AllianceSchoolForm(schools=_unallied(request)),
    }
    return _answer(request, "schools/alliance.html", context | forms)


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page, with 422 when a form on it was refused."""
    refused = any(getattr(value, "errors", None) for value in context.values())
    return render(request, template, context, status=422 if refused else 200)
