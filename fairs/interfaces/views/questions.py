"""Questions to a booth: asked in the hall, answered at the booth, hidden by staff."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backend.common.errors import Invalid, NotFound
from backend.web.forms import add_errors, number_of
from backend.web.paging import page
from fairs import queries, rules
from fairs.domain import questions
from fairs.enums import RUNNING, BoothStatus
from fairs.interfaces.control_forms import QuestionForm
from fairs.interfaces.views.company import own_booth
from fairs.models import Question


@login_required
@require_http_methods(["GET", "POST"])
def of_booth(request: HttpRequest, pk: int) -> HttpResponse:
    """What a booth was asked and has answered; a student may ask."""
    booth = queries.booths_visible_to(request.actor).filter(pk=pk, status=BoothStatus.APPROVED).first()
    if booth is None:
        raise NotFound
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            questions.ask(actor=request.actor, booth_id=pk, text=form.cleaned_data["text"])
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Asked. Everybody reads it here once the booth has answered."))
            return redirect("fairs:questions", pk)
    # One's own that wait first, whatever the database thinks of nothing.
    newest = F("answered_at").desc(nulls_first=True)
    rows = questions.shown_to(request.actor, booth).order_by(newest, "-pk")
    context = {
        "booth": booth,
        "rows": page(request, rows, size=20),
        "form": form,
        "asks": rules.can_stand_in_line(request.actor) and booth.fair.status in RUNNING,
        "manages": rules.can_manage_fair(request.actor, booth.fair),
    }
    return render(request, "fairs/questions.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def to_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The booth reads what it was asked, the open ones first, and answers."""
    booth = own_booth(request, pk)
    if request.method == "POST":
        questions.answer(
            actor=request.actor,
            booth_id=pk,
            question_id=number_of(request.POST, "question"),
            text=request.POST.get("answer", ""),
        )
        messages.success(request, _("Answered: everybody at the fair reads it now."))
        return redirect("fairs:to_answer", pk)
    rows = Question.objects.filter(booth=booth, hidden_at__isnull=True).order_by("answered_at", "pk")
    waiting = rows.filter(answered_at__isnull=True)
    done = rows.filter(answered_at__isnull=False).order_by("-answered_at", "-pk")
    context = {"booth": booth, "waiting": waiting[:50], "rows": page(request, done, size=20)}
    return render(request, "fairs/to_answer.html", context)


@login_required
@require_POST
def hide(request: HttpRequest, pk: int) -> HttpResponse:
    """Staff hide a question."""
    questions.hide(actor=request.actor, booth_id=pk, question_id=number_of(request.POST, "question"))
    messages.success(request, _("Hidden."))
    return redirect("fairs:questions", pk)
