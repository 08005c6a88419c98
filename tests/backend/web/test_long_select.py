"""The select of many options says the same as Django's own, a hundred times faster."""

import re

import pytest
from django import forms
from django.utils.translation import gettext_lazy as _

from backend.web.forms import LongSelect

CHOICES = [("", _("Choose a city")), ("310000", "上海"), ("320500", "苏州"), ("7", '<b>"x"</b> & co')]


class CityForm(forms.Form):
    """One field, written by either widget."""

    def __init__(self, widget, required, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["city"] = forms.ChoiceField(choices=CHOICES, required=required, widget=widget)


def written(form) -> tuple[dict, list]:
    """The select's attributes and its options: value, chosen, label."""
    html = str(form["city"])
    head = re.search(r"<select([^>]*)>", html)[1]
    attributes = dict(re.findall(r'([\w-]+)(?:="([^"]*)")?', head))
    options = re.findall(r'<option value="([^"]*)"( selected)?>(.*?)</option>', html)
    return attributes, options


@pytest.mark.parametrize("value", [None, "", "310000", "7", 7, "nowhere", '"><script>'])
@pytest.mark.parametrize("required", [True, False])
def test_it_says_what_the_select_of_django_says(value, required):
    data = None if value is None else {"city": value}
    long = written(CityForm(LongSelect, required, data))
    plain = written(CityForm(forms.Select(attrs={"data-search": ""}), required, data))
    assert long == plain
    assert len(long[1]) == len(CHOICES)


def test_initial_values_choose_too_and_other_attributes_stay():
    form = CityForm(LongSelect(attrs={"class": "wide"}), True, initial={"city": "320500"})
    attributes, options = written(form)
    assert [value for value, chosen, _label in options if chosen] == ["320500"]
    assert (attributes["class"], attributes["name"], attributes["id"]) == ("wide", "city", "id_city")


def test_labels_are_escaped():
    assert "&lt;b&gt;&quot;x&quot;&lt;/b&gt; &amp; co" in str(CityForm(LongSelect, True)["city"])
