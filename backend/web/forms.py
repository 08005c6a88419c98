"""Put the sentences of a refused write beside the fields they speak of."""

from django.forms import BaseForm
from django.forms.forms import NON_FIELD_ERRORS

from backend.common.errors import Invalid


def add_errors(form: BaseForm, error: Invalid) -> None:
    """Add each of the error's sentences to its field; what names no field of the form stands above it."""
    for name, sentences in error.fields.items():
        for sentence in sentences if isinstance(sentences, list | tuple) else [sentences]:
            form.add_error(name if name in form.fields else NON_FIELD_ERRORS, str(sentence))
    if not error.fields:
        form.add_error(NON_FIELD_ERRORS, error.text)
