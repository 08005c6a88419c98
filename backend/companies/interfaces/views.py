"""Pages of companies: the company's own, the staff's queue, the public page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.enums import Role
from backend.audit.queries import history_of
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.companies import domain, queries, rules
from backend.companies.enums import TRANSITIONS, CompanyStatus
from backend.companies.interfaces.forms import (
    CompanyForm,
    DecisionForm,
    DivisionForm,
    EvidenceForm,
    RegistrationForm,
)
from backend.companies.interfaces.labels import history_events, tone_of
from backend.companies.models import Company, VettingEvidence
from backend.web.forms import add_errors
from backend.web.paging import page

STAFF = {Role.STAFF, Role.OPERATOR}


def _own(request: HttpRequest) -> Company:
    """The recruiter's company; nobody else has one."""
    if request.actor.role != Role.RECRUITER:
        raise NotFound()
    return queries.companies_visible_to(request.actor).get(pk=request.actor.company_id)


def _staff_company(request: HttpRequest, pk: int) -> Company:
    if request.actor.role not in STAFF:
        raise NotFound()
    company = queries.companies_visible_to(request.actor).filter(pk=pk).first()
    if company is None:
        raise NotFound()
    return company


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page, with 422 when a form on it was refused."""
    refused = any(getattr(value, "errors", None) for value in context.values())
    return render(request, template, context, status=422 if refused else 200)


@login_required
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """First step of a company: its entries; the person becomes its owner."""
    if request.actor.role == Role.RECRUITER:
        return redirect("companies:home")
    if not rules.can_register(request.actor):
        raise NotAllowed("already_member", _("You already belong to a company or a school."))
    form = RegistrationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        school = values.pop("school")
        try:
            domain.register_company(actor=request.actor, school_id=school.pk, values=values)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Registered. Now upload the business licence."))
            return redirect("companies:licence")
    return _answer(request, "companies/register.html", {"form": form, "steps": _steps(), "current": 0})


def _steps() -> list[str]:
    return [_("Company"), _("Licence"), _("Vetting")]


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Where the company stands and what is next."""
    if request.actor.role == Role.ANONYMOUS:
        return redirect("companies:register")
    company = _own(request)
    context = {
        "company": company,
        "tone": tone_of(company.status),
        "evidence": list(company.evidence.order_by("-pk")),
        "decision": company.decisions.order_by("-pk").first(),
        "may_edit": rules.can_edit(request.actor, company),
        "may_submit": CompanyStatus.SUBMITTED in TRANSITIONS[company.status]
        and company.status != CompanyStatus.VERIFIED,
        "steps": _steps(),
        "events": history_events(history_of(company)),
    }
    context["current"] = 2 if context["evidence"] else 1
    return render(request, "companies/home.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Change the company's entries."""
    company = _own(request)
    form = CompanyForm(request.POST or None, instance=company)
    if request.method == "POST" and form.is_valid():
        try:
            changed = domain.update_company(
                actor=request.actor, company_id=company.pk, values=form.cleaned_data
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            _say_saved(request, company, changed)
            return redirect("companies:home")
    return _answer(request, "companies/profile.html", {"form": form, "company": company})


def _say_saved(request: HttpRequest, before: Company, after: Company) -> None:
    if before.status == CompanyStatus.VERIFIED and after.status == CompanyStatus.SUBMITTED:
        messages.warning(
            request, _("Saved. The company waits for vetting again, because its name or code changed.")
        )
    else:
        messages.success(request, _("Saved."))


@login_required
@require_http_methods(["GET", "POST"])
def licence(request: HttpRequest) -> HttpResponse:
    """Upload the licence, and see what was uploaded."""
    company = _own(request)
    form = EvidenceForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            domain.upload_evidence(actor=request.actor, company_id=company.pk, file=form.cleaned_data["file"])
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Uploaded."))
            return redirect("companies:home")
    context = {"form": form, "company": company, "evidence": company.evidence.order_by("-pk")}
    return _answer(request, "companies/licence.html", context)


@login_required
@require_POST
def submit(request: HttpRequest) -> HttpResponse:
    """Hand the company to staff."""
    try:
        domain.submit_company(actor=request.actor, company_id=_own(request).pk)
    except Invalid as error:
        for field, sentences in error.fields.items():
            label = _("Business licence") if field == "file" else Company._meta.get_field(field).verbose_name
            messages.error(request, f"{label}: {sentences[0]}")
    else:
        messages.success(request, _("Submitted. Staff of the school will look at it."))
    return redirect("companies:home")


@login_required
@require_http_methods(["GET", "POST"])
def divisions(request: HttpRequest) -> HttpResponse:
    """Divisions of the company, added and removed."""
    company = _own(request)
    form = DivisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            domain.add_division(actor=request.actor, company_id=company.pk, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect("companies:divisions")
    context = {
        "form": form,
        "company": company,
        "divisions": company.divisions.order_by("name"),
        "may_edit": rules.can_edit(request.actor, company),
    }
    return _answer(request, "companies/divisions.html", context)


@login_required
@require_POST
def division_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a division."""
    domain.remove_division(actor=request.actor, company_id=_own(request).pk, division_id=pk)
    messages.success(request, _("Removed."))
    return redirect("companies:divisions")


@login_required
@require_GET
def evidence_file(request: HttpRequest, pk: int) -> HttpResponse:
    """An uploaded licence, as an attachment, to those who may see it."""
    row = queries.evidence_visible_to(request.actor).filter(pk=pk).first()
    if row is None:
        raise NotFound()
    return as_attachment(row)


def as_attachment(row: VettingEvidence) -> FileResponse:
    """A document under its own name, never shown inside a page of ours."""
    return FileResponse(
        row.file.open(), as_attachment=True, filename=row.original_name, content_type=row.content_type
    )


@login_required
@require_GET
def staff_list(request: HttpRequest) -> HttpResponse:
    """The vetting queue, or all companies of the circle by status."""
    if request.actor.role not in STAFF:
        raise NotFound()
    status, text = request.GET.get("status", "submitted"), request.GET.get("q", "")
    waiting = queries.vetting_queue(request.actor)
    rows = (
        waiting
        if status == CompanyStatus.SUBMITTED and not text
        else queries.staff_companies(request.actor, status=status, text=text)
    )
    tabs = [
        (label, f"?status={value}", status == value, None)
        for value, label in [*CompanyStatus.choices, ("all", _("All"))]
    ]
    shown = page(request, rows)
    for row in shown:
        row.tone = tone_of(row.status)
    context = {"rows": shown, "tabs": tabs, "status": status, "q": text}
    return render(request, "companies/staff_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def staff_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A company with its evidence and history, and the decision."""
    company = _staff_company(request, pk)
    may_vet = rules.can_vet(request.actor, company)
    outcomes = TRANSITIONS[company.status] if may_vet else ()
    form = DecisionForm(request.POST or None, outcomes=outcomes, initial={"version": company.version})
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request, company, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Decided. The company has been told."))
            return redirect("companies:staff_list")
    context = {
        "company": company,
        "tone": tone_of(company.status),
        "form": form,
        "may_decide": bool(form.fields["outcome"].choices),
        "may_vet": may_vet,
        "evidence": company.evidence.order_by("-pk") if may_vet else [],
        "decisions": company.decisions.select_related("decided_by").order_by("-pk"),
        "events": history_events(history_of(company)),
    }
    return _answer(request, "companies/staff_detail.html", context)


def _decide(request: HttpRequest, company: Company, outcome: str, reason: str, version: int | None) -> None:
    if outcome == CompanyStatus.SUSPENDED:
        domain.suspend_company(actor=request.actor, company_id=company.pk, reason=reason)
    else:
        domain.decide_vetting(
            actor=request.actor, company_id=company.pk, outcome=outcome, reason=reason, seen=version
        )


@require_GET
def public(request: HttpRequest, pk: int) -> HttpResponse:
    """What everybody sees of a verified company; its positions come from the positions app."""
    company = queries.companies_visible_to(request.actor).filter(pk=pk).first()
    if company is None:
        raise NotFound()
    return render(request, "companies/public.html", {"company": company, "tone": tone_of(company.status)})
