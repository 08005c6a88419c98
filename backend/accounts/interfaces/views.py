"""The person's own account: settings, tokens, a copy of the data, the end."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts import domain, second_factor
from backend.accounts.interfaces.archive import export_archive
from backend.accounts.interfaces.forms import EraseForm, ProfileForm, TokenForm
from backend.common import clock
from backend.common.errors import Invalid
from backend.web.forms import add_errors


@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Name and language, and the ways to everything else about the account."""
    person = request.user
    form = ProfileForm(request.POST or None, initial={"name": person.name, "language": person.language})
    if request.method == "POST" and form.is_valid():
        domain.change_profile(actor=request.actor, **form.cleaned_data)
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Saved."))
        answer = redirect("accounts:account")
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            form.cleaned_data["language"],
            samesite="Lax",
            secure=settings.HTTPS,
        )
        return answer
    context = {
        "form": form,
        "second_factor": second_factor.has_second_factor(person.pk),
        "second_factor_advised": second_factor.advised(request.actor),
    }
    return render(request, "accounts/account.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Tokens of programs; a new one's text is shown this once."""
    form, text = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _row, text = domain.create_token(actor=request.actor, **form.cleaned_data)
        form = TokenForm()
    rows = request.user.api_tokens.filter(expires_at__gt=clock.now()).order_by("-pk")
    context = {"form": form, "text": text, "rows": rows}
    return render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one of the own tokens."""
    domain.revoke_token(actor=request.actor, token_id=token_id)
    messages.success(request, _("The token has ended."))
    return redirect("accounts:tokens")


@never_cache
@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Everything kept about the person and the person's own files, in one archive."""
    answer = HttpResponse(export_archive(request.actor), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="fairway-account.zip"'
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Say what erasing means, ask for the password, do it."""
    form = EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            domain.erase_account(actor=request.actor, password=form.cleaned_data["password"])
        except Invalid as error:
            add_errors(form, error)
        else:
            logout(request)
            messages.success(request, _("Your account has been erased."))
            return redirect("/")
    context = {"form": form, "held": domain.what_holds(actor=request.actor)}
    return render(request, "accounts/erase.html", context, status=422 if form.errors else 200)
