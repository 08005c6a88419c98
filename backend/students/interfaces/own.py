"""Pages on which students look after themselves."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.enums import Role
from backend.common.errors import Invalid, NotFound
from backend.schools.interfaces.access import for_roles
from backend.schools.queries import majors_visible_to, schools_visible_to
from backend.students import domain, queries
from backend.students.domain.profile import own_experience, own_student
from backend.students.interfaces.forms import (
    ClaimForm,
    ExperienceForm,
    GrantForm,
    ProfileForm,
    RegisterForm,
    ResubmitForm,
    ResumeForm,
    VisibilityForm,
)
from backend.students.models import DisclosureGrant, Resume
from backend.web.forms import add_errors
from backend.web.paging import page


def answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page, with 422 when a form on it was refused."""
    refused = any(getattr(value, "errors", None) for value in context.values())
    return render(request, template, context, status=422 if refused else 200)


@login_required
@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    """Take one's place on the roster."""
    if request.actor.role == Role.STUDENT:
        return redirect("students:home")
    form = ClaimForm(request.POST or None, schools=schools_visible_to(request.actor))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            domain.claim_place(
                actor=request.actor,
                school_id=values["school"].pk,
                number=values["number"],
                name=values["name"],
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Welcome. Complete your profile next."))
            return redirect("students:home")
    return answer(request, "students/claim.html", {"form": form})


@login_required
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register without being on the roster."""
    if request.actor.role == Role.STUDENT:
        return redirect("students:home")
    form = RegisterForm(
        request.POST or None, majors=majors_visible_to(ANONYMOUS).order_by("school__name", "name")
    )
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        major = values.pop("major")
        try:
            domain.register_student(
                actor=request.actor, school_id=major.school_id, major_id=major.pk, **values
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Registered. Your school will confirm you."))
            return redirect("students:home")
    return answer(request, "students/register.html", {"form": form})


@require_http_methods(["GET", "POST"])
@for_roles(Role.STUDENT)
def home(request: HttpRequest) -> HttpResponse:
    """The profile as it stands, what is missing, and where the school's confirmation stands."""
    student = own_student(request.actor)
    form = ResubmitForm(request.POST or None, initial={"number": student.number, "name": student.name})
    if request.method == "POST" and form.is_valid():
        try:
            domain.resubmit(actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Sent to your school again."))
            return redirect("students:home")
    context = {
        "student": student,
        "profile": queries.profile_for(request.actor, student),
        "experiences": student.experiences.select_related("occupation").order_by("-started_on", "-pk"),
        "completeness": queries.completeness(student),
        "form": form,
    }
    return answer(request, "students/home.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(Role.STUDENT)
def profile(request: HttpRequest) -> HttpResponse:
    """Write the profile."""
    student = own_student(request.actor)
    initial = {name: getattr(student, name) for name in ProfileForm.base_fields}
    form = ProfileForm(request.POST or None, initial=initial, campus=student.school.city_code)
    if request.method == "POST" and form.is_valid():
        try:
            domain.update_profile(actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("students:home")
    return answer(request, "students/profile_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
@for_roles(Role.STUDENT)
def experience(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or correct a period of work."""
    row = own_experience(request.actor, pk) if pk else None
    initial = {name: getattr(row, name) for name in ExperienceForm.base_fields} if row else None
    form = ExperienceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            domain.save_experience(actor=request.actor, experience_id=pk, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("students:home")
    return answer(request, "students/experience_form.html", {"form": form, "row": row})


@require_POST
@for_roles(Role.STUDENT)
def remove_experience(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a period of work away."""
    domain.remove_experience(actor=request.actor, experience_id=pk)
    messages.success(request, _("Removed."))
    return redirect("students:home")


@require_http_methods(["GET", "POST"])
@for_roles(Role.STUDENT)
def resumes(request: HttpRequest) -> HttpResponse:
    """Resumes: listed, uploaded."""
    form = ResumeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            domain.upload_resume(
                actor=request.actor, title=form.cleaned_data["title"], upload=form.cleaned_data["file"]
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Uploaded."))
            return redirect("students:resumes")
    rows = queries.resumes_visible_to(request.actor)
    return answer(request, "students/resumes.html", {"form": form, "rows": rows})


@require_POST
@for_roles(Role.STUDENT)
def generate_resume(request: HttpRequest) -> HttpResponse:
    """Draw a resume from the profile."""
    language = request.POST.get("language")
    known = language if language in {"zh-hans", "en"} else get_language() or "zh-hans"
    domain.generate_resume(actor=request.actor, language=known)
    messages.success(request, _("A resume was made from your profile."))
    return redirect("students:resumes")


@require_POST
@for_roles(Role.STUDENT)
def remove_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a resume away."""
    domain.remove_resume(actor=request.actor, resume_id=pk)
    messages.success(request, _("Removed."))
    return redirect("students:resumes")


@require_GET
@login_required
def open_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out a resume as an attachment, to whom the policy lets have it; companies' looks are counted."""
    resume = queries.resumes_visible_to(request.actor).filter(pk=pk).first()
    if resume is None:
        raise NotFound()
    return resume_file(request.actor, resume)


def resume_file(actor: Actor, resume: Resume) -> HttpResponse:
    """The file of a resume that the person may open, as an attachment; the look is counted."""
    domain.record_profile_view(actor=actor, student=resume.student, where="resume")
    ending = resume.file.name.rsplit(".", 1)[-1]
    name = get_valid_filename(f"{resume.title}.{ending}")
    # Read whole: uploads are small, and no server is left with an open file.
    with resume.file.open("rb") as file:
        response = HttpResponse(file.read(), content_type=resume.content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
@for_roles(Role.STUDENT)
def visibility(request: HttpRequest) -> HttpResponse:
    """How much companies see."""
    student = own_student(request.actor)
    initial = {name: getattr(student, name) for name in VisibilityForm.base_fields}
    form = VisibilityForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        domain.set_visibility(actor=request.actor, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("students:visibility")
    return answer(request, "students/visibility.html", {"form": form, "student": student})


@require_http_methods(["GET", "POST"])
@for_roles(Role.STUDENT)
def grants(request: HttpRequest) -> HttpResponse:
    """Consents: listed, given."""
    student = own_student(request.actor)
    choices = {
        "companies": queries.companies_to_grant(request.actor),
        "resumes": queries.resumes_visible_to(request.actor),
    }
    form = GrantForm(request.POST or None, **choices)
    if request.method == "POST" and form.is_valid():
        try:
            _give(request, form)
        except Invalid as error:
            error.fields = {
                "fields_open" if name == "fields" else name: text for name, text in error.fields.items()
            }
            add_errors(form, error)
        else:
            messages.success(request, _("Consent given."))
            return redirect("students:grants")
    rows = page(request, queries.grants_of(student), size=20)
    live = set(queries.live_grants().filter(student=student).values_list("pk", flat=True))
    return answer(request, "students/grants.html", {"form": form, "rows": rows, "live": live})


def _give(request: HttpRequest, form: GrantForm) -> DisclosureGrant:
    values = form.cleaned_data
    return domain.give_grant(
        actor=request.actor,
        company_id=values["company"].pk,
        fields=values["fields_open"],
        purpose=values["purpose"],
        until=form.until_moment,
        resume_id=values["resume"].pk if values["resume"] else None,
    )


@require_POST
@for_roles(Role.STUDENT)
def revoke_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a consent back."""
    domain.revoke_grant(actor=request.actor, grant_id=pk)
    messages.success(request, _("Consent taken back."))
    return redirect("students:grants")


@require_GET
@for_roles(Role.STUDENT)
def seen(request: HttpRequest) -> HttpResponse:
    """Who saw me."""
    rows = page(request, queries.who_saw(own_student(request.actor)), size=20)
    return render(request, "students/seen.html", {"rows": rows})
