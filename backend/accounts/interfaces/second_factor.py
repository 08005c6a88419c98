"""The code of the second factor: allauth's forms, with attempts counted per person in the database."""

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms
from django.utils.translation import gettext_lazy as _

from backend.accounts import limits


class CountedCode:
    """Eight wrong codes in ten minutes, from wherever, and the person's codes are refused for a while."""

    def clean_code(self) -> str:
        """Count first, then look at the code; a right one is taken back from the count."""
        person = str(self.user.pk)
        if not limits.consume("second_factor", person):
            raise forms.ValidationError(
                _("Too many wrong codes. Wait ten minutes."), code="too_many_attempts"
            )
        code = super().clean_code()
        limits.give_back("second_factor", person)
        return code


class SignInForm(CountedCode, AuthenticateForm):
    """After the password."""


class ConfirmForm(CountedCode, ReauthenticateForm):
    """Before something delicate."""
