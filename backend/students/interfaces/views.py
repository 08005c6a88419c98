"""Pages about students: the list, one student as the audience may see them, the queue, rosters."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.enums import Role
from backend.audit.queries import history_of
from backend.common import clock
from backend.common.errors import Invalid, NotFound
from backend.schools.interfaces.access import for_roles
from backend.schools.queries import departments_visible_to, majors_visible_to
from backend.students import domain, queries
from backend.students.interfaces.forms import FindForm, RefusalForm, RosterForm
from backend.students.interfaces.own import answer
from backend.students.models import RosterImport, Student
from backend.students.queries import StudentFilter
from backend.students.roster import TEMPLATE_HEADERS, TEMPLATE_ROW
from backend.web.downloads import spreadsheet
from backend.web.forms import add_errors
from backend.web.paging import page

EXPORT_HEADERS = (*TEMPLATE_HEADERS, "状态")


@require_GET
@for_roles(Role.STAFF)
def students(request: HttpRequest) -> HttpResponse:
    """Students found, page by page."""
    form = _find_form(request)
    rows = page(request, queries.students_found(request.actor, _wanted(form)), size=25)
    return render(request, "students/list.html", {"form": form, "rows": rows})


@require_GET
@for_roles(Role.STAFF)
def export(request: HttpRequest) -> HttpResponse:
    """The students found, as a spreadsheet in the shape of the roster, formula-safe."""
    rows = queries.students_found(request.actor, _wanted(_find_form(request)))
    return spreadsheet(f"students-{clock.today()}.xlsx", EXPORT_HEADERS, [_export_row(row) for row in rows])


@require_GET
@for_roles(Role.STAFF, Role.RECRUITER)
def student(request: HttpRequest, pk: int) -> HttpResponse:
    """One student as this audience may see them; a company's look is counted."""
    row = _student(request, pk)
    domain.record_profile_view(actor=request.actor, student=row)
    context = {
        "student": row,
        "profile": queries.profile_for(request.actor, row),
        "for_staff": request.actor.role == Role.STAFF,
        "refusal": RefusalForm(),
        "history": history_of(row) if request.actor.role == Role.STAFF else [],
    }
    return render(request, "students/student.html", context)


@require_GET
@for_roles(Role.STAFF)
def queue(request: HttpRequest) -> HttpResponse:
    """Who waits for the school's word."""
    rows = page(request, queries.pending_visible_to(request.actor), size=20)
    return render(request, "students/queue.html", {"rows": rows})


@require_POST
@for_roles(Role.STAFF)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm or refuse; a refusal without a reason brings the page back."""
    if request.POST.get("decision") == "confirm":
        domain.confirm_student(actor=request.actor, student_id=pk)
        messages.success(request, _("Confirmed."))
        return redirect("students:queue")
    form = RefusalForm(request.POST)
    row = _student(request, pk)
    if form.is_valid():
        domain.refuse_student(actor=request.actor, student_id=pk, reason=form.cleaned_data["reason"])
        messages.success(request, _("Refused; the student has been told why."))
        return redirect("students:queue")
    context = {"student": row, "profile": queries.profile_for(request.actor, row), "for_staff": True}
    return answer(request, "students/student.html", context | {"refusal": form, "history": history_of(row)})


@require_http_methods(["GET", "POST"])
@for_roles(Role.STAFF)
def rosters(request: HttpRequest) -> HttpResponse:
    """Uploaded rosters, and the form for another."""
    form = RosterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            kept = _upload(request, form)
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect("students:roster", kept.pk)
    rows = page(request, queries.imports_listed(request.actor), size=20)
    return answer(request, "students/rosters.html", {"form": form, "rows": rows})


def _upload(request: HttpRequest, form: RosterForm) -> RosterImport:
    upload = form.cleaned_data["file"]
    return domain.upload_roster(
        actor=request.actor,
        file=upload,
        file_name=upload.name,
        create_structure=form.cleaned_data["create_structure"],
    )


@require_GET
@for_roles(Role.STAFF)
def roster(request: HttpRequest, pk: int) -> HttpResponse:
    """What an uploaded roster would do: problems first, then the rows."""
    kept = _import(request, pk)
    context = {
        "kept": kept,
        "problems": page(request, kept.problems, size=25, param="problems"),
        "rows": page(request, [row for row in kept.rows if row["action"] != "same"], size=25),
    }
    return render(request, "students/roster.html", context)


@require_POST
@for_roles(Role.STAFF)
def decide_roster(request: HttpRequest, pk: int) -> HttpResponse:
    """Write an uploaded roster, or discard it."""
    if request.POST.get("decision") == "confirm":
        kept = domain.confirm_roster(actor=request.actor, import_id=pk)
        messages.success(request, _("Imported: %(new)d added, %(changed)d corrected.") % kept.counts)
        return redirect("students:list")
    domain.drop_roster(actor=request.actor, import_id=pk)
    messages.info(request, _("Discarded; nothing was written."))
    return redirect("students:rosters")


@require_GET
@for_roles(Role.STAFF)
def roster_problems(request: HttpRequest, pk: int) -> HttpResponse:
    """The problems of a roster as a spreadsheet."""
    kept = _import(request, pk)
    headers = (_("Row number"), _("Column"), _("Value"), _("What to do"))
    rows = [(item["row"], item["column"], item["value"], item["remedy"]) for item in kept.problems]
    return spreadsheet("roster-problems.xlsx", headers, rows)


@require_GET
@for_roles(Role.STAFF)
def roster_template(request: HttpRequest) -> HttpResponse:
    """An empty roster with one example row."""
    return spreadsheet("roster.xlsx", TEMPLATE_HEADERS, [TEMPLATE_ROW])


def _find_form(request: HttpRequest) -> FindForm:
    return FindForm(
        request.GET,
        departments=departments_visible_to(request.actor),
        majors=majors_visible_to(request.actor),
    )


def _wanted(form: FindForm) -> StudentFilter:
    """What the form says; wrong entries are shown beside their field and left out."""
    form.is_valid()
    values = form.cleaned_data
    return StudentFilter(
        text=values.get("text") or "",
        status=values.get("status") or "",
        department=getattr(values.get("department"), "pk", None),
        major=getattr(values.get("major"), "pk", None),
        year=values.get("year"),
    )


def _student(request: HttpRequest, pk: int) -> Student:
    row = queries.students_visible_to(request.actor).filter(pk=pk).first()
    if row is None:
        raise NotFound()
    return row


def _import(request: HttpRequest, pk: int) -> RosterImport:
    kept = queries.imports_visible_to(request.actor).filter(pk=pk).first()
    if kept is None:
        raise NotFound()
    return kept


def _export_row(row: Student) -> tuple:
    return (
        row.number,
        row.name,
        row.major.department.name,
        row.major.name,
        row.school_class.name if row.school_class else "",
        row.get_education_display(),
        row.graduation_year,
        row.email,
        row.phone,
        row.get_status_display(),
    )
