"""Pages on which staff shape their school."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.enums import Role
from backend.common.errors import Invalid, NotFound
from backend.schools import domain, queries
from backend.schools.interfaces.access import for_roles
from backend.schools.interfaces.forms import ClassForm, DepartmentForm, MajorForm
from backend.schools.rules import can_shape_school
from backend.web.forms import add_errors
from backend.web.paging import page


@require_GET
@for_roles(Role.STAFF)
def structure(request: HttpRequest) -> HttpResponse:
    """Departments with their numbers of majors and students."""
    rows = page(request, queries.structure_of(request.actor), size=20)
    return render(
        request, "schools/structure.html", {"rows": rows, "may_shape": can_shape_school(request.actor)}
    )


@require_GET
@for_roles(Role.STAFF)
def department(request: HttpRequest, pk: int) -> HttpResponse:
    """One department with its majors and their classes."""
    row = _found(queries.departments_visible_to(request.actor), pk)
    majors = page(request, queries.majors_of(request.actor, row.pk), size=20)
    context = {"department": row, "rows": majors, "may_shape": can_shape_school(request.actor)}
    return render(request, "schools/department.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(Role.STAFF)
def edit_department(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or rename a department."""
    row = _found(queries.departments_visible_to(request.actor), pk) if pk else None
    form = DepartmentForm(request.POST or None, initial={"name": row.name} if row else None)

    def save(values: dict[str, Any]) -> None:
        domain.save_department(actor=request.actor, department_id=pk, name=values["name"])

    return _form_page(request, form, save, row, ("department", _("Department")))


@require_http_methods(["GET", "POST"])
@for_roles(Role.STAFF)
def edit_major(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or correct a major."""
    row = _found(queries.majors_visible_to(request.actor), pk) if pk else None
    names = ("name", "department", "code", "skills", "occupation_codes")
    initial = (
        {name: getattr(row, name) for name in names} if row else {"department": request.GET.get("department")}
    )
    departments = queries.departments_visible_to(request.actor)
    form = MajorForm(request.POST or None, initial=initial, departments=departments)

    def save(values: dict[str, Any]) -> None:
        department_id = values.pop("department").pk
        domain.save_major(actor=request.actor, major_id=pk, department_id=department_id, **values)

    return _form_page(request, form, save, row, ("major", _("Major")))


@require_http_methods(["GET", "POST"])
@for_roles(Role.STAFF)
def edit_class(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or correct a class."""
    row = _found(queries.classes_visible_to(request.actor), pk) if pk else None
    names = ("name", "major", "graduation_year")
    initial = {name: getattr(row, name) for name in names} if row else {"major": request.GET.get("major")}
    form = ClassForm(request.POST or None, initial=initial, majors=queries.majors_visible_to(request.actor))

    def save(values: dict[str, Any]) -> None:
        major_id = values.pop("major").pk
        domain.save_class(actor=request.actor, class_id=pk, major_id=major_id, **values)

    return _form_page(request, form, save, row, ("class", _("Class")))


@require_POST
@for_roles(Role.STAFF)
def remove(request: HttpRequest, noun: str, pk: int) -> HttpResponse:
    """Remove a department, major or class that nothing needs any more."""
    match noun:
        case "department":
            domain.remove_department(actor=request.actor, department_id=pk)
        case "major":
            domain.remove_major(actor=request.actor, major_id=pk)
        case "class":
            domain.remove_class(actor=request.actor, class_id=pk)
        case _:
            raise NotFound()
    messages.success(request, _("Removed."))
    return redirect("schools:structure")


def _form_page(
    request: HttpRequest,
    form: forms.Form,
    save: Callable[[dict[str, Any]], None],
    row: models.Model | None,
    noun: tuple[str, str],
) -> HttpResponse:
    """Show a form, or save what it says and go back to the structure."""
    if request.method == "POST" and form.is_valid():
        try:
            save(dict(form.cleaned_data))
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("schools:structure")
    context = {"form": form, "row": row, "noun": noun[0], "word": noun[1]}
    return render(request, "schools/form.html", context, status=422 if form.errors else 200)


def _found(rows: models.QuerySet, pk: int) -> Any:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound()
    return row
