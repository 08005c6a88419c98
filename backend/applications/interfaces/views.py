"""Pages of applications: they parse, call one domain function, render."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.enums import Role
from backend.applications import domain, fits, rules
from backend.applications.calendar import calendar_file
from backend.applications.eligibility import eligibility
from backend.applications.enums import BEFORE_INTERVIEW, COMPANY_STEPS, TONES, TRANSITIONS, ApplicationStatus
from backend.applications.interfaces.forms import (
    ApplyForm,
    BulkMoveForm,
    MoveForm,
    NoteForm,
    OfferForm,
    RatingForm,
    ReasonForm,
    SlotsForm,
)
from backend.applications.models import Application, ApplicationStep
from backend.applications.queries import (
    applications_visible_to,
    booked_slot,
    free_slots_for,
    get_application,
    live_application,
    notes_on,
    overdue_visible_to,
    slots_visible_to,
    stage_counts,
)
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.positions.models import Position
from backend.positions.queries import positions_visible_to
from backend.students.domain.grants import record_profile_view
from backend.students.models import Student
from backend.students.profiles import StudentProfile, completed, profiles_of
from backend.web import downloads
from backend.web.forms import add_errors, number_or_none
from backend.web.paging import page as page_of

FIT = {"sort": "fit"}


def _position(request: HttpRequest, pk: int) -> Position:
    position = positions_visible_to(request.actor).filter(pk=pk).first()
    if position is None:
        raise NotFound()
    return position


def _address(query: dict) -> str:
    """The list of applications, narrowed by a query."""
    return f"{reverse('applications:list')}?{urlencode(query)}" if query else reverse("applications:list")


@login_required
@require_GET
def application_list(request: HttpRequest) -> HttpResponse:
    """A student's applications; a company's by stage and position; all of a school's students."""
    everything = applications_visible_to(request.actor).order_by("-pk")
    position_id = number_or_none(request.GET.get("position"))
    if position_id is not None:
        everything = everything.filter(position_id=position_id)
    counts = stage_counts(everything)
    status = request.GET.get("status", "")
    rows = everything.filter(status=status) if status in ApplicationStatus.values else everything
    by_fit = request.actor.role == Role.RECRUITER and request.GET.get("sort") == "fit"
    page = page_of(request, _by_fit(request, rows) if by_fit else rows)
    if by_fit:
        found = everything.in_bulk(page.object_list)
        page.object_list = [found[pk] for pk in page.object_list if pk in found]
    told = fits.fits_of(request.actor, list(page.object_list))
    for row in page.object_list:
        row.fit = told.get(row.pk)
    base = {"position": position_id} if position_id is not None else {}
    narrowed = {"status": status} if status else {}
    kept = {**base, **(FIT if by_fit else {})}
    context = {
        "page": page,
        "stages": [
            (stage, counts[stage.value], _address({**kept, "status": stage.value}), status == stage.value)
            for stage in ApplicationStatus
            if counts[stage.value]
        ],
        "all_url": _address(kept),
        "all_active": status not in ApplicationStatus.values,
        "all_count": sum(counts.values()),
        "by_fit": by_fit,
        "latest": not by_fit,
        "bound": fits.MOST if by_fit and page.paginator.count > fits.MOST else None,
        "by_fit_url": _address({**base, **narrowed, **FIT}),
        "latest_url": _address({**base, **narrowed}),
        "position": page.object_list[0].position if position_id and page.object_list else None,
        "position_id": position_id,
        "step_choices": [step for step in ApplicationStatus if step in COMPANY_STEPS],
    }
    role = request.actor.role if request.actor.role in {Role.STUDENT, Role.RECRUITER} else "staff"
    return render(request, f"applications/list_{role}.html", context)


def _by_fit(request: HttpRequest, rows: QuerySet[Application]) -> list[int]:
    return fits.best_first(request.actor, rows.values_list("pk", "student_id", "position_id"))


@login_required
@require_GET
def overdue(request: HttpRequest) -> HttpResponse:
    """Applications whose answer is past its due date."""
    if not rules.can_see_overdue(request.actor):
        raise NotAllowed()
    page = page_of(request, overdue_visible_to(request.actor))
    return render(request, "applications/overdue.html", {"page": page})


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One application with every step and its time; a company's first look is such a step."""
    application = domain.open_application(actor=request.actor, application_id=pk)
    if rules.can_answer(request.actor, application) and application.status != ApplicationStatus.WITHDRAWN:
        record_profile_view(actor=request.actor, student=application.student, where="application")
    return _detail(request, application)


def _profile(request: HttpRequest, application: Application) -> StudentProfile | None:
    """What the company may see of the applicant; nothing once the application is withdrawn."""
    if application.status == ApplicationStatus.WITHDRAWN:
        return None
    return profiles_of(request.actor, [completed(application.student)])[0]


def _event(step: ApplicationStep) -> dict:
    """A step as the timeline shows it."""
    status = ApplicationStatus(step.status)
    return {
        "title": status.label,
        "at": step.at,
        "text": step.message,
        "by": Role(step.by_role).label,
        "tone": TONES[status],
    }


def _detail(request: HttpRequest, application: Application, **forms) -> HttpResponse:
    """The page of one application for whoever looks, with what they can do next."""
    mine = rules.is_applicant(request.actor, application)
    answers = rules.can_answer(request.actor, application)
    possible = TRANSITIONS[application.status]
    picking = mine and application.status == ApplicationStatus.INTERVIEW
    context = {
        "application": application,
        "heading": application.position.title if mine else application.student.name,
        "subheading": application.position.company.name if mine else application.position.title,
        "mine": mine,
        "events": [_event(step) for step in application.steps.order_by("pk")],
        "profile": _profile(request, application) if answers else None,
        "slot": booked_slot(application) if application.status not in BEFORE_INTERVIEW else None,
        "free_slots": free_slots_for(application) if picking else [],
        "can_withdraw": mine and ApplicationStatus.WITHDRAWN in possible,
        "can_answer_offer": mine and application.status == ApplicationStatus.OFFER,
        "offer": getattr(application, "offer", None),
        "answers": answers,
        "next_steps": [s for s in ApplicationStatus if answers and s in possible and s in COMPANY_STEPS],
        "can_offer": answers and ApplicationStatus.OFFER in possible,
        "notes": notes_on(request.actor, application),
        "note_form": NoteForm(),
        "rating_form": RatingForm(initial={"rating": application.rating}),
        **forms,
    }
    return render(request, "applications/detail.html", context, status=422 if forms else 200)


@login_required
@require_http_methods(["GET", "POST"])
def apply_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a resume, write a note, apply; what stands in the way is named before."""
    if not rules.can_apply(request.actor):
        raise NotAllowed()
    position = _position(request, pk)
    student = Student.objects.select_related("major").get(pk=request.actor.student_id)
    existing = live_application(student.pk, position.pk)
    if existing is not None:
        return redirect("applications:detail", existing.pk)
    failing = eligibility(student, position)
    form = ApplyForm(request.POST or None, student_id=student.pk)
    if request.method == "POST" and form.is_valid():
        try:
            application = domain.apply(actor=request.actor, position_id=position.pk, **form.values())
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Sent. You will see every step here."))
            return redirect("applications:detail", application.pk)
    context = {"position": position, "failing": failing, "form": form}
    return render(request, "applications/apply.html", context, status=422 if form.errors else 200)


def _after(request: HttpRequest, text: str, pk: int) -> HttpResponse:
    messages.success(request, text)
    return redirect("applications:detail", pk)


@login_required
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    domain.withdraw(actor=request.actor, application_id=pk, reason=reason)
    return _after(request, _("Withdrawn."), pk)


@login_required
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """The company's next step."""
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _detail(request, get_application(request.actor, pk), move_form=form)
    domain.move_application(actor=request.actor, application_id=pk, **form.cleaned_data)
    return _after(request, _("Done. The student has been told."), pk)


@login_required
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """The same answer to several applications."""
    ids = [number for text in request.POST.getlist("ids") if (number := number_or_none(text)) is not None][
        :200
    ]
    form = BulkMoveForm(request.POST, ids=ids)
    position_id = number_or_none(request.POST.get("position"))
    kept = FIT if request.POST.get("sort") == "fit" else {}
    back = _address({"position": position_id, **kept} if position_id else kept)
    if not form.is_valid():
        messages.error(request, _("Choose at least one application and a step."))
        return redirect(back)
    data = form.cleaned_data
    result = domain.bulk_move(
        actor=request.actor, application_ids=data["ids"], to=data["to"], message=data["message"]
    )
    messages.success(request, _("%(number)d applications answered.") % {"number": len(result.moved)})
    if result.refused:
        messages.warning(
            request,
            _("%(number)d could not take this step and are unchanged.") % {"number": len(result.refused)},
        )
    return redirect(back)


@login_required
@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a private note."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _detail(request, get_application(request.actor, pk), note_form=form)
    domain.add_note(actor=request.actor, application_id=pk, text=form.cleaned_data["text"])
    return _after(request, _("Note saved."), pk)


@login_required
@require_POST
def rating(request: HttpRequest, pk: int) -> HttpResponse:
    """Rate from 1 to 5."""
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _detail(request, get_application(request.actor, pk), rating_form=form)
    domain.rate(actor=request.actor, application_id=pk, rating=form.cleaned_data["rating"])
    return _after(request, _("Rating saved."), pk)


@login_required
@require_http_methods(["GET", "POST"])
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer the position with terms and a deadline."""
    application = get_application(request.actor, pk)
    if not rules.can_answer(request.actor, application):
        raise NotAllowed()
    form = OfferForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            domain.make_offer(actor=request.actor, application_id=pk, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            return _after(request, _("Offer sent."), pk)
    context = {"application": application, "form": form}
    return render(request, "applications/offer.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept an offer."""
    domain.accept_offer(actor=request.actor, application_id=pk)
    return _after(request, _("Accepted. Congratulations!"), pk)


@login_required
@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse an offer."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    domain.refuse_offer(actor=request.actor, application_id=pk, reason=reason)
    return _after(request, _("Refused."), pk)


@login_required
@require_http_methods(["GET", "POST"])
def slots(request: HttpRequest, pk: int) -> HttpResponse:
    """A position's interview times: offer more, see who booked which."""
    position = _position(request, pk)
    if not rules.can_open_slots(request.actor, position):
        raise NotAllowed()
    form = SlotsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            place = form.cleaned_data["place"]
            domain.open_slots(actor=request.actor, position_id=position.pk, times=form.times(), place=place)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Times offered."))
            return redirect("applications:slots", position.pk)
    page = page_of(request, slots_visible_to(request.actor).filter(position=position))
    context = {"position": position, "form": form, "page": page}
    return render(request, "applications/slots.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Pick an interview time."""
    slot = domain.book_slot(actor=request.actor, slot_id=pk)
    return _after(request, _("Booked. Put it into your calendar."), slot.application_id)


@login_required
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Free a booked time."""
    slot = domain.cancel_booking(actor=request.actor, slot_id=pk)
    messages.success(request, _("Cancelled; the other side has been told."))
    if request.actor.role == Role.RECRUITER:
        return redirect("applications:slots", slot.position_id)
    return redirect("applications:list")


@login_required
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a free time."""
    slot = slots_visible_to(request.actor).filter(pk=pk).first()
    domain.close_slot(actor=request.actor, slot_id=pk)
    messages.success(request, _("Time taken back."))
    return redirect("applications:slots", slot.position_id)


@login_required
@require_GET
def interview_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The booked interview as a calendar file."""
    slot = slots_visible_to(request.actor).filter(pk=pk, application__isnull=False).first()
    if slot is None:
        raise NotFound()
    if request.actor.role == Role.STUDENT and slot.application.student_id != request.actor.student_id:
        raise NotFound()
    address = request.build_absolute_uri(reverse("applications:detail", args=[slot.application_id]))
    return downloads.calendar("interview.ics", calendar_file(slot, address=address))
