"""What the account, team and invitation pages ask."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Invitation


class ProfileForm(forms.Form):
    """Name and language."""

    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class RecruiterInvitationForm(forms.Form):
    """Invite a colleague into one's company."""

    email = forms.EmailField(label=_("E-mail"), max_length=190)
    is_owner = forms.BooleanField(
        label=_("Owner of the company"),
        required=False,
        help_text=_("Owners invite and remove colleagues and submit the company for vetting."),
    )


class StaffInvitationForm(forms.Form):
    """Invite somebody into a school, or into one department of it."""

    email = forms.EmailField(label=_("E-mail"), max_length=190)
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Invitation._meta.get_field("department").related_model._default_manager.none(),
        required=False,
        empty_label=_("The whole school"),
    )

    def __init__(self, *args, school_id: int | None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        departments = self.fields["department"].queryset.model._default_manager
        self.fields["department"].queryset = departments.filter(school_id=school_id).order_by("name")


class SchoolStaffInvitationForm(forms.Form):
    """The operator invites the first staff of a school."""

    school = forms.ModelChoiceField(
        label=_("School"),
        queryset=Invitation._meta.get_field("school").related_model._default_manager.order_by("name"),
    )
    email = forms.EmailField(label=_("E-mail"), max_length=190)


class NewAccountForm(forms.Form):
    """What an invited person without an account fills in; the link has already proved the address."""

    name = forms.CharField(label=_("Name"), max_length=60)
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters, and not only digits."),
    )


class TokenForm(forms.Form):
    """Name a program."""

    label = forms.CharField(label=_("What is it for?"), max_length=60)


class EraseForm(forms.Form):
    """The password once more."""

    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
