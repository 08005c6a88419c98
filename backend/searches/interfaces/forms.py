"""What somebody changes of a saved search."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.searches.enums import Frequency


class SearchForm(forms.Form):
    """Name, frequency, words, and which of the filters stay; new filters are chosen on the search page."""

    name = forms.CharField(label=_("Name of the search"), max_length=80)
    frequency = forms.ChoiceField(label=_("Tell me of new positions"), choices=Frequency.choices)
    q = forms.CharField(label=_("Words"), max_length=200, required=False, strip=True)
    keep = forms.MultipleChoiceField(label=_("Filters"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, filters: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keep"].choices = filters
        if not filters:
            del self.fields["keep"]
