"""Read whole numbers and forms, put the sentences of a refused write beside the fields they speak of, write long selects quickly."""

from collections.abc import Callable, Mapping
from typing import Any

from django.forms import BaseForm, Select
from django.forms.forms import NON_FIELD_ERRORS
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from backend.common.errors import Invalid

LARGEST = 2**63 - 1


def number_of(values: Mapping[str, str], name: str, *, least: int = 1, most: int = LARGEST) -> int:
    """The whole number a form or an address states under this name; Invalid names the field and what it may hold."""
    number = number_or_none(values.get(name), least=least, most=most)
    if number is None:
        sentence = _("“%(name)s” takes a whole number from %(least)d to %(most)d.")
        raise Invalid(fields={name: [sentence % {"name": name, "least": least, "most": most}]})
    return number


def number_or_none(text: str | None, *, least: int = 1, most: int = LARGEST) -> int | None:
    """The whole number a text states, where what states none is left out; no text of thousands of digits is read."""
    if not text or len(text) > len(str(most)) or not (text.isascii() and text.isdigit()):
        return None
    return number if least <= (number := int(text)) <= most else None


def add_errors(form: BaseForm, error: Invalid) -> None:
    """Add each of the error's sentences to its field; what names no field of the form stands above it."""
    for name, sentences in error.fields.items():
        for sentence in sentences if isinstance(sentences, list | tuple) else [sentences]:
            form.add_error(name if name in form.fields else NON_FIELD_ERRORS, str(sentence))
    if not error.fields:
        form.add_error(NON_FIELD_ERRORS, error.text)


def written(form: BaseForm, act: Callable[..., Any]) -> Any:
    """What `act(**cleaned_data)` gives once the form was sent and is in order; None else, with the reasons on the form.

    The act is given the form's values by name and must give something; a refusal of the request's own (Invalid) goes to
    the fields it names, any other is the caller's.
    """
    if not form.is_valid():
        return None
    try:
        return act(**form.cleaned_data)
    except Invalid as error:
        add_errors(form, error)
        return None


def values_of(form: BaseForm) -> dict[str, Any]:
    """What a form says that no page shows again; else Invalid, each sentence with the name of its field before it."""
    if form.is_valid():
        return form.cleaned_data
    fields: dict[str, list[Any]] = {}
    for name, sentences in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        said = [_("%(field)s: %(sentence)s") % {"field": label, "sentence": one} for one in sentences]
        fields[name] = said if label else list(sentences)
    raise Invalid(fields=fields)


class LongSelect(Select):
    """A searchable select of many flat options, written without a template for each: two thousand of them took 0.2 s."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"data-search": "", **(attrs or {})}, choices)

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """The select with its options; the chosen one is the one whose value reads the same."""
        chosen = self.format_value(value)
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            (
                ("" if code is None else code, mark_safe(" selected") if str(code) in chosen else "", label)
                for code, label in self.choices
            ),
        )
        return format_html(
            "<select{}>\n{}\n</select>",
            flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})})),
            options,
        )
