"""Each kind of field in each state: its label is bound, its help and its errors are said, what people wrote is escaped."""

import itertools

import pytest
from django import forms
from django.http import QueryDict

from backend.web.forms import LongSelect
from backend.web.gallery import SampleForm
from tests.backend.web.markup import described, drawn

EVIL = '<img src=x onerror="alert(1)">'
CHOICES = [("a", "Alpha"), ("b", "Beta & co")]
KINDS = {
    "text": forms.CharField,
    "email": forms.EmailField,
    "number": lambda **more: forms.IntegerField(min_value=1, **more),
    "date": lambda **more: forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **more),
    "long text": lambda **more: forms.CharField(widget=forms.Textarea, **more),
    "password": lambda **more: forms.CharField(widget=forms.PasswordInput, **more),
    "select": lambda **more: forms.ChoiceField(choices=[("", "—"), *CHOICES], **more),
    "long select": lambda **more: forms.ChoiceField(choices=[("", "—"), *CHOICES], widget=LongSelect, **more),
    "file": forms.FileField,
    "check": forms.BooleanField,
    "radio": lambda **more: forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect, **more),
    "checks": lambda **more: forms.MultipleChoiceField(
        choices=CHOICES, widget=forms.CheckboxSelectMultiple, **more
    ),
}
GROUPS = {"radio", "checks"}
STATES = list(itertools.product(KINDS, [True, False], ["", "As in the passport"], [False, True]))


def form_with(
    kind: str, *, required: bool, help: str = "", wrong: bool = False, label: str = "Field", **more
):
    """A form of one field; `wrong`: sent, with an error at the field."""

    class OneForm(forms.Form):
        field = KINDS[kind](label=label, help_text=help, required=required, **more)

    form = OneForm({"field": ""} if wrong else None)
    if wrong:
        form.full_clean()
        form.errors.pop("field", None)
        form.add_error("field", "Not like that.")
    return form


@pytest.mark.parametrize(("kind", "required", "help", "wrong"), STATES)
def test_a_field_in_each_state(kind, required, help, wrong):
    """The same questions over every product of kind, duty, help and error."""
    root = drawn("{% field form.field %}", form=form_with(kind, required=required, help=help, wrong=wrong))
    controls = [one for one in root.below() if one.tag in {"input", "select", "textarea"}]
    names = {one["name"] for one in controls}
    labels = {one["for"]: one for one in root.all("label")}
    assert names == {"field"}
    assert all(one["id"] in labels for one in controls)
    said = " ".join(part for part in (help, "Not like that." if wrong else "") if part)
    if kind in GROUPS:
        group = root.one("fieldset")
        assert root.one("legend").text == "Field" + ("*" if required else "")
        assert described(root, group) == said
        assert [labels[one["id"]].text for one in controls] == ["Alpha", "Beta & co"]
    else:
        (control,) = controls
        assert labels[control["id"]].text == "Field" + ("*" if required else "")
        assert described(root, control) == said
        assert (control.get("aria-invalid") == "true") is wrong
        assert (control.get("required") is not None) is required
    stars = root.all("span", class_="required")
    assert [one.get("aria-hidden") for one in stars] == ["true"] * required
    assert (len(root.all(class_="field-wrong")), len(root.all(class_="field-error"))) == (wrong, wrong)


@pytest.mark.parametrize("kind", KINDS)
def test_words_of_others_in_label_and_error_are_escaped(kind):
    form = form_with(kind, required=False, wrong=True, label=EVIL)
    form.add_error("field", EVIL)
    root = drawn("{% field form.field %}", form=form)
    assert root.all("img") == []
    assert EVIL in root.text
    assert [one.text for one in root.one(class_="field-error").all("li")] == ["Not like that.", EVIL]


@pytest.mark.parametrize("kind", ["text", "email", "number", "long text"])
def test_what_was_written_is_shown_again_as_text(kind):
    form = form_with(kind, required=False)
    form.data, form.is_bound = {"field": EVIL}, True
    root = drawn("{% field form.field %}", form=form)
    control = next(one for one in root.below() if one.tag in {"input", "textarea"})
    assert root.all("img") == []
    assert (control.get("value") or control.text) == EVIL


def test_a_password_is_never_shown_again():
    form = form_with("password", required=True)
    form.data, form.is_bound = {"field": "hunter2"}, True
    assert drawn("{% field form.field %}", form=form).one("input").get("value") is None


@pytest.mark.parametrize(
    ("kind", "css"),
    [("text", "field-input"), ("select", "field-select"), ("long select", "field-select"), ("file", "field-file"),
     ("check", "field-check"), ("radio", "field-group"), ("checks", "field-group"), ("long text", "field-input")],
)  # fmt: skip
def test_a_field_is_drawn_as_its_kind(kind, css):
    root = drawn("{% field form.field %}", form=form_with(kind, required=False))
    assert [css in one.classes for one in root.all(class_="field")] == [True]


def test_label_and_help_can_be_said_otherwise_at_the_place():
    form = form_with("text", required=False, help="Usual", label="Usual")
    root = drawn('{% field form.field label="Here" help="So" %}', form=form)
    assert (root.one("label").text, root.one(class_="field-help").text) == ("Here", "So")


@pytest.mark.parametrize("kind", GROUPS)
def test_what_is_chosen_is_marked_and_nothing_else(kind):
    form = form_with(kind, required=False)
    form.data, form.is_bound = QueryDict("field=b"), True
    root = drawn("{% field form.field %}", form=form)
    assert [one["value"] for one in root.all("input") if one.get("checked") is not None] == ["b"]


class WholeForm(forms.Form):
    name = forms.CharField()
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        if self.cleaned_data.get("name") == "twice":
            raise forms.ValidationError(EVIL)
        return self.cleaned_data


@pytest.mark.parametrize(
    ("data", "alerts"),
    [
        (None, []),
        ({"name": "fine"}, []),
        ({"name": ""}, ["Some entries need correcting"]),
        ({"name": "twice"}, [EVIL]),
    ],
)
def test_what_is_wrong_with_a_form_is_an_alert_above_it(data, alerts):
    root = drawn("{% form_fields form %}", form=WholeForm(data))
    assert [one.text for one in root.all(role="alert")] == alerts
    assert root.all("img") == []
    order = [one for one in root.below() if one.get("role") == "alert" or one.tag == "input"]
    assert [one.tag for one in order][: len(alerts)] == ["div"] * len(alerts)
    assert [one["name"] for one in order if one.tag == "input"] == ["token", "name"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("sent", [None, {}, {"title": "", "openings": "0", "kind": ""}])
def test_the_style_guides_form_is_whole_in_each_language(language, sent):
    form = SampleForm(sent)
    root = drawn("{% form_fields form %}", language, form=form)
    ids = [one["id"] for one in root.below() if one.get("id")]
    assert len(ids) == len(set(ids))
    targets = {one["for"] for one in root.all("label")}
    assert targets <= set(ids)
    for control in root.below():
        if control.get("aria-describedby"):
            assert described(root, control)
    wrong = {one["name"] for one in root.below() if one.get("aria-invalid") == "true"}
    assert wrong == set(form.errors)
    assert len(root.all(class_="field-error")) == len(form.errors)
