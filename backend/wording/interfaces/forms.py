"""Forms of staff about the words of the search."""

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.schools.interfaces.forms import WordsField


class GroupForm(forms.Form):
    """The words of a group."""

    words = WordsField(
        label=_("Words that mean the same"),
        help_text=_(
            "Separate them by commas: 会计、财务、accounting. Two to twelve words, Chinese and English."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class TryForm(forms.Form):
    """A text to try, and words to try beside those in use."""

    q = forms.CharField(label=_("Text as a student would type it"), max_length=200, required=False)
    words = WordsField(
        label=_("With these words as well"),
        required=False,
        help_text=_("What the search would find if these were a group. Nothing is saved."),
    )
