"""Forms of companies: they shape the input, the domain judges it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.companies.enums import CompanyStatus
from backend.companies.evidence import ACCEPT
from backend.companies.models import Company
from backend.schools.queries import cities, open_schools
from backend.web.forms import LongSelect


def city_choices() -> list[tuple[str, object]]:
    """Cities for a choice field, with an empty first entry."""
    return [("", _("Choose a city")), *cities()]


class CompanyForm(forms.ModelForm):
    """What a company says about itself."""

    city_code = forms.ChoiceField(label=_("City"), choices=city_choices, widget=LongSelect)
    website = forms.URLField(
        label=_("Website"),
        required=False,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )

    class Meta:
        model = Company
        fields = (
            "name",
            "credit_code",
            "industry",
            "size",
            "city_code",
            "address",
            "website",
            "about",
            "contact_name",
            "contact_phone",
        )
        widgets = {
            "about": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = {
            "credit_code": _("18 characters, as on the business licence"),
            "contact_phone": _("Only staff of the school see it"),
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credit_code"].required = True

    def _post_clean(self) -> None:
        """The domain validates and writes; the form never touches its instance."""


class RegistrationForm(CompanyForm):
    """The same, and the school that vets the company."""

    school = forms.ModelChoiceField(
        label=_("School that vets the company"),
        queryset=open_schools(),
        help_text=_("The schools of its alliance share the company once it is verified"),
    )
    field_order = ("school",)


class EvidenceForm(forms.Form):
    """A scanned licence."""

    file = forms.FileField(
        label=_("Business licence"),
        help_text=_("PDF, PNG or JPEG"),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )


class DivisionForm(forms.Form):
    """A division's name."""

    name = forms.CharField(label=_("Name of the division"), max_length=80)


class DecisionForm(forms.Form):
    """Staff's decision; sending back and suspending need a reason."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        choices=[
            (CompanyStatus.VERIFIED.value, _("Verify for six months")),
            (CompanyStatus.REJECTED.value, _("Send back")),
            (CompanyStatus.SUSPENDED.value, _("Suspend")),
        ],
    )
    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The company reads it. Needed for sending back and suspending"),
    )

    def __init__(self, *args, outcomes=(), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["outcome"]
        field.choices = [choice for choice in field.choices if choice[0] in outcomes]
        if len(field.choices) == 1:
            field.initial = field.choices[0][0]
