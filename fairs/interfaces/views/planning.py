"""The plan of a fair as staff see it: proposed, looked at by booth and by student, mended, published."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.students.models import Student
from backend.web.forms import add_errors, number_of
from backend.web.paging import page
from fairs import plans, queries, rules
from fairs.domain import plan as planner
from fairs.interfaces import labels
from fairs.interfaces.plan_forms import AddForm, ProposeForm
from fairs.interfaces.views.public import fair_for
from fairs.models import Booth, Fair, Plan
from fairs.plan_models import MOST_SLOTS

VIEWS = ("booths", "students", "without", "outdated")


def _watched(request: HttpRequest, pk: int) -> Fair:
    fair = fair_for(request.actor, pk)
    if not rules.can_watch_fair(request.actor, fair):
        raise NotFound
    return fair


@login_required
@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan by booth, by student, and who has none and why."""
    return _plan(request, _watched(request, pk))


@login_required
@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a plan worked out."""
    fair = _watched(request, pk)
    if not rules.can_manage_fair(request.actor, fair):
        raise NotAllowed
    form = ProposeForm(request.POST)
    if form.is_valid():
        try:
            planner.propose_plan(actor=request.actor, fair_id=pk, values=form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Proposed. Look it over, mend it, and publish it."))
            return redirect("fairs:plan", pk)
    return _plan(request, fair, form)


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the draft everybody's timetable; where talks no longer hold, they are listed instead."""
    try:
        planner.publish_plan(actor=request.actor, fair_id=pk)
    except Conflict as error:
        if error.code != "plan_outdated":
            raise
        messages.error(request, error.text)
        return redirect(f"{reverse('fairs:plan', args=[pk])}?view=outdated")
    messages.success(request, _("Published. Both sides have been told."))
    return redirect("fairs:plan", pk)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the timetables back, to propose anew."""
    planner.withdraw_plan(actor=request.actor, fair_id=pk)
    messages.success(request, _("Taken back. Both sides have been told."))
    return redirect("fairs:plan", pk)


@login_required
@require_GET
def booth_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The timetable of one booth, to mend by hand."""
    return _booth_plan(request, pk)


@login_required
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """One more talk at a booth."""
    booth, found = _planned_booth(request, pk)
    if not rules.can_manage_fair(request.actor, booth.fair):
        raise NotAllowed
    form = _add_form(booth, found, request.POST)
    if form.is_valid():
        values = {"student_id": form.cleaned_data["student"], "slot": form.cleaned_data["slot"]}
        planner.add_talk(actor=request.actor, fair_id=booth.fair_id, booth_id=pk, **values)
        messages.success(request, _("Planned."))
        return redirect("fairs:booth_plan", pk)
    return _booth_plan(request, pk, form)


@login_required
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Another time for a talk."""
    slot = number_of(request.POST, "slot", least=0, most=MOST_SLOTS)
    moved = planner.move_talk(actor=request.actor, talk_id=pk, slot=slot)
    messages.success(request, _("Moved."))
    return redirect("fairs:booth_plan", moved.booth_id)


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a talk out of the plan; a student gives up their own."""
    dropped = planner.drop_talk(actor=request.actor, talk_id=pk)
    messages.success(request, _("Taken out of the plan."))
    if rules.can_stand_in_line(request.actor):
        return redirect("fairs:timetable", dropped.plan.fair_id)
    return redirect("fairs:booth_plan", dropped.booth_id)


def _plan(request: HttpRequest, fair: Fair, form: ProposeForm | None = None) -> HttpResponse:
    found = plans.plans_visible_to(request.actor).filter(fair=fair).first()
    view = request.GET.get("view", VIEWS[0])
    manages = rules.can_manage_fair(request.actor, fair)
    if view == "outdated" and not manages:
        view = VIEWS[0]
    open_yet = fair.status in plans.BEFORE
    defaults = found or Plan(fair=fair, minutes=planner.usual_minutes(fair))
    context = {
        "fair": fair,
        "plan": found,
        "manages": manages,
        "proposes": manages and open_yet and (found is None or found.status == "draft"),
        "publishes": manages and open_yet and found is not None,
        "form": form or ProposeForm(initial={n: getattr(defaults, n) for n in ProposeForm.base_fields}),
        "view": view,
        "time_format": "H:i" if found is None or plans.on_one_day(found) else "m-d H:i",
    }
    if found is not None:
        labels.toned([found], labels.PLAN)
        # Told on the first and the last view alone: it takes two queries.
        context["stale"] = view in (VIEWS[0], VIEWS[-1]) and plans.off_hours(found).exists()
        context |= _looked_at(request, found, view)
        if manages and open_yet:
            context["tabs"].append((_("No longer holds"), "?view=outdated", view == "outdated", None))
    status = 422 if form is not None and form.errors else 200
    return render(request, "fairs/plan.html", context, status=status)


def _looked_at(request: HttpRequest, found: Plan, view: str) -> dict:
    """Figures, tabs and the rows of one view."""
    held = plans.talks_by_student(request.actor, found)
    booths = list(
        Booth.objects.filter(queries.open_booths(), fair=found.fair)
        .select_related("company", "division")
        .order_by("label", "pk")
    )
    none = plans.without_talk_visible_to(request.actor, found)
    talks = plans.talks_visible_to(request.actor).filter(plan=found)
    if view == "without":
        rows = page(request, none, size=30)
        rows.object_list = plans.reasons_given(found, rows)
    elif view == "students":
        rows = page(request, list(held), size=30)
        people = {one.pk: one for one in Student.objects.filter(pk__in=list(rows)).select_related("major")}
        rows.object_list = [people[pk] for pk in rows]
        _give(rows, talks.filter(student__in=list(people)), "student_id")
    elif view == "outdated":
        rows = page(request, plans.outdated(found), size=30)
    else:
        rows = page(request, booths, size=30)
        _give(rows, talks.filter(booth__in=[row.pk for row in rows]), "booth_id")
    without = rows.paginator.count if view == "without" else none.count()
    tabs = [
        (_("By booth"), "?view=booths", view not in VIEWS[1:], len(booths)),
        (_("By student"), "?view=students", view == "students", len(held)),
        (_("Without a talk"), "?view=without", view == "without", without),
    ]
    return {
        "rows": rows,
        "tabs": tabs,
        "talks": sum(held.values()),
        "planned": len(held),
        "fewest": min(held.values(), default=0),
        "most": max(held.values(), default=0),
        "without": without,
    }


def _give(rows, talks, column: str) -> None:
    """Give each row its `talks`."""
    held: dict[int, list] = {row.pk: [] for row in rows}
    for one in talks:
        held[getattr(one, column)].append(one)
    for row in rows:
        row.talks = held[row.pk]


def _planned_booth(request: HttpRequest, pk: int) -> tuple[Booth, Plan]:
    booth = queries.booths_visible_to(request.actor).filter(pk=pk).first()
    if booth is None or not rules.can_watch_fair(request.actor, booth.fair):
        raise NotFound
    found = plans.plans_visible_to(request.actor).filter(fair=booth.fair).first()
    if found is None:
        raise NotFound
    return booth, found


def _booth_plan(request: HttpRequest, pk: int, form: AddForm | None = None) -> HttpResponse:
    booth, found = _planned_booth(request, pk)
    manages = rules.can_manage_fair(request.actor, booth.fair)
    context = {
        "booth": booth,
        "fair": booth.fair,
        "plan": labels.toned([found], labels.PLAN)[0],
        "rows": list(plans.talks_at(request.actor, booth)),
        "manages": manages,
        "times": plans.times_of(found),
        "form": form or (_add_form(booth, found) if manages else None),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "fairs/plan_booth.html", context, status=status)


def _add_form(booth: Booth, found: Plan, data=None) -> AddForm:
    students = [
        (row.student_id, f"{row.student.name} · {row.student.number}") for row in plans.unplanned_at(booth)
    ]
    times = [(slot, timezone.localtime(at).strftime("%m-%d %H:%M")) for slot, at in plans.times_of(found)]
    return AddForm(data, students=students, times=times)
