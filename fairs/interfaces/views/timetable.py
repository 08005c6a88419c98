"""Timetables of both sides, and what each says beforehand: students' choices and hours, companies' team and marks."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.enums import Role
from backend.common.errors import Invalid, NotFound
from backend.recommendations.queries import at_booth, sides_with
from backend.students.queries import complete, profiles_of
from backend.web import downloads
from backend.web.forms import add_errors, number_of
from backend.web.paging import page
from fairs import plans, queries
from fairs.domain import wishes
from fairs.interfaces.plan_calendar import calendar_file
from fairs.interfaces.plan_forms import ChoicesForm, TeamForm
from fairs.interfaces.views.company import own_booth
from fairs.interfaces.views.public import fair_for
from fairs.models import Booth, BoothMark, BoothTeam, Fair, FairRegistration, PlannedTalk


def _as_student(request: HttpRequest, pk: int) -> Fair:
    if request.actor.role != Role.STUDENT:
        raise NotFound
    return fair_for(request.actor, pk)


@login_required
@require_GET
def timetable(request: HttpRequest, pk: int) -> HttpResponse:
    """A student's planned talks at a fair."""
    fair = _as_student(request, pk)
    talks = plans.my_talks(request.actor, fair)
    waiting = {talk.pk for talk in plans.coming(talks)}
    for talk in talks:
        talk.open = talk.pk in waiting
    context = {"fair": fair, "rows": talks, "chooses": fair.status in plans.BEFORE}
    return render(request, "fairs/timetable.html", context)


@login_required
@require_GET
def timetable_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a calendar file."""
    fair = _as_student(request, pk)
    talks = plans.my_talks(request.actor, fair)
    if not talks:
        raise NotFound
    address = request.build_absolute_uri(reverse("fairs:timetable", args=[pk]))
    return downloads.calendar("timetable.ics", calendar_file(talks, address=address))


@login_required
@require_http_methods(["GET", "POST"])
def choices(request: HttpRequest, pk: int) -> HttpResponse:
    """Which booths a student wants to meet, and when they can come."""
    fair = _as_student(request, pk)
    row = FairRegistration.objects.filter(fair=fair, student_id=request.actor.student_id).first()
    booths = list(
        Booth.objects.filter(queries.open_booths(), fair=fair)
        .select_related("company")
        .order_by("label", "pk")
    )
    said = {"free_from": row.free_from, "free_until": row.free_until} if row else {}
    if row:
        said |= {f"choice_{rank}": booth for rank, booth in row.choices.values_list("rank", "booth_id")}
    form = ChoicesForm(request.POST if request.method == "POST" else None, booths=booths, initial=said)
    if request.method == "POST" and form.is_valid():
        hours = {name: form.cleaned_data[name] for name in ("free_from", "free_until")}
        try:
            wishes.choose_booths(actor=request.actor, fair_id=pk, booth_ids=form.booth_ids(), **hours)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved. The plan follows your choices as far as there is room."))
            return redirect("fairs:detail", pk)
    context = {"form": form, "fair": fair, "registered": row, "open": fair.status in plans.BEFORE}
    return render(request, "fairs/choices.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """Who comes to the booth and when, and whom the company wants to meet."""
    booth = own_booth(request, pk)
    found = getattr(booth, "team", None) or BoothTeam(booth=booth)
    marks = list(BoothMark.objects.filter(booth=booth).values_list("student_id", "major_id"))
    said = {name: getattr(found, name) for name in ("recruiters", "starts_at", "ends_at")}
    said["majors"] = [major for _student, major in marks if major is not None]
    data = request.POST if request.method == "POST" else None
    form = TeamForm(data, fair=booth.fair, school_ids=request.actor.school_ids, initial=said)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("recruiters", "starts_at", "ends_at")}
        majors = [major.pk for major in form.cleaned_data["majors"]]
        try:
            wishes.set_team(actor=request.actor, booth_id=pk, major_ids=majors, **values)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("fairs:team", pk)
    context = {"booth": booth, "form": form, "open": booth.fair.status in plans.BEFORE}
    if context["open"]:
        context |= _to_mark(request, booth, {student for student, _major in marks if student is not None})
    return render(request, "fairs/team.html", context, status=422 if form.errors else 200)


def _to_mark(request: HttpRequest, booth: Booth, own: set[int]) -> dict:
    """Registered students whom the company may see, with how well they fit, those it has marked first."""
    seen = wishes.visible_at(request.actor, booth)
    order = sorted(seen.values_list("pk", flat=True), key=lambda pk: (pk not in own, pk))
    rows = page(request, order, size=20)
    here = FairRegistration.objects.filter(fair=booth.fair_id, student__in=seen.filter(pk__in=list(rows)))
    here = complete(here.annotate(**sides_with(booth.company_id)), "student__")
    held = {row.student_id: row for row in here}
    students = [held[pk].student for pk in rows if pk in held]
    sides = {pk: (row.follows, row.noticed) for pk, row in held.items()}
    fits = at_booth(students, list(queries.offered_at(booth)), sides)
    shown = zip(students, profiles_of(request.actor, students), fits, strict=True)
    rows.object_list = [
        {"pk": student.pk, "profile": profile, "fit": fit, "marked": student.pk in own}
        for student, profile, fit in shown
    ]
    return {"rows": rows, "marked": len(own)}


@login_required
@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Say, or no longer say, that the booth wants to meet a student."""
    own_booth(request, pk)
    student = number_of(request.POST, "student")
    wishes.mark_student(
        actor=request.actor, booth_id=pk, student_id=student, wanted=request.POST.get("wanted") == "yes"
    )
    return redirect("fairs:team", pk)


@login_required
@require_GET
def booth_timetable(request: HttpRequest, pk: int) -> HttpResponse:
    """The booth's planned talks, with who comes as the company may see them."""
    booth = own_booth(request, pk)
    rows = page(request, complete(plans.talks_at(request.actor, booth), "student__"), size=50)
    talks: list[PlannedTalk] = list(rows)
    for talk, profile in zip(talks, profiles_of(request.actor, [t.student for t in talks]), strict=True):
        talk.profile = profile
    rows.object_list = talks
    return render(request, "fairs/booth_timetable.html", {"booth": booth, "rows": rows})
