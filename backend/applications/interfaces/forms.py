"""Forms of applying, answering, interview times and offers."""

from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.applications.enums import COMPANY_STEPS, ApplicationStatus
from backend.applications.models import Offer
from backend.students.models import Resume

STEP_CHOICES = [(step.value, step.label) for step in ApplicationStatus if step in COMPANY_STEPS]
FIELD_DATETIME = "%Y-%m-%dT%H:%M"


def _moment(label: str) -> forms.DateTimeField:
    """A date and time, typed or picked."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FIELD_DATETIME)
    return forms.DateTimeField(label=label, widget=widget)


class ApplyForm(forms.Form):
    """One resume and a note."""

    resume_id = forms.ModelChoiceField(
        label=_("Resume"), queryset=Resume.objects.none(), required=False, empty_label=_("Profile only")
    )
    note = forms.CharField(
        label=_("Note to the company"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args, student_id: int, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        resumes = Resume.objects.filter(student_id=student_id, deleted_at__isnull=True).order_by("-pk")
        self.fields["resume_id"].queryset = resumes

    def values(self) -> dict:
        """Arguments for `apply`."""
        resume = self.cleaned_data["resume_id"]
        return {"resume_id": resume.pk if resume else None, "note": self.cleaned_data["note"]}


class MoveForm(forms.Form):
    """The company's next step, with a sentence to the student."""

    to = forms.ChoiceField(label=_("Next step"), choices=STEP_CHOICES)
    message = forms.CharField(
        label=_("Message to the student"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class BulkMoveForm(MoveForm):
    """One answer to several applications."""

    ids = forms.TypedMultipleChoiceField(label=_("Applications"), coerce=int, choices=[])

    def __init__(self, *args, ids: list[int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ids"].choices = [(pk, pk) for pk in ids]


class NoteForm(forms.Form):
    """A note only the company reads."""

    text = forms.CharField(label=_("Note"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class RatingForm(forms.Form):
    """One to five."""

    rating = forms.TypedChoiceField(label=_("Rating"), coerce=int, choices=[(n, n) for n in range(1, 6)])


class ReasonForm(forms.Form):
    """A sentence why, if the student likes."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, required=False)


class OfferForm(forms.ModelForm):
    """Terms of an offer and the deadline for the answer."""

    deadline = _moment(_("Answer by"))

    class Meta:
        model = Offer
        fields = ["salary", "starts_on", "deadline", "text"]
        widgets = {
            "starts_on": forms.DateInput(attrs={"type": "date"}),
            "text": forms.Textarea(attrs={"rows": 4}),
        }


class SlotsForm(forms.Form):
    """A row of interview times, one after the other."""

    first = _moment(_("First interview starts"))
    minutes = forms.IntegerField(label=_("Minutes for each"), min_value=5, max_value=240, initial=30)
    number = forms.IntegerField(label=_("How many"), min_value=1, max_value=100, initial=6)
    place = forms.CharField(label=_("Place or link"), max_length=200)

    def times(self) -> list[tuple[datetime, datetime]]:
        """Start and end of each."""
        data = self.cleaned_data
        length = timedelta(minutes=data["minutes"])
        return [(data["first"] + n * length, data["first"] + (n + 1) * length) for n in range(data["number"])]
