"""The markup of each component."""

from datetime import UTC, datetime

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import Context, Template, TemplateSyntaxError
from django.test.html import parse_html
from django.utils.translation import override


def render(source: str, **values) -> str:
    """A piece of template, in English."""
    with override("en"):
        return Template(source).render(Context(values)).strip()


def same(html: str, expected: str) -> bool:
    """Whether two pieces of HTML are the same but for white space and the order of attributes."""
    return parse_html(html) == parse_html(expected)


def test_icon_without_label_is_hidden_from_screen_readers():
    assert render('{% icon "check" %}') == (
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="/static/web/icons.svg#check"></use></svg>'
    )


def test_icon_with_label_is_an_image():
    assert render('{% icon "bell" label="News" %}') == (
        '<svg class="icon" role="img" aria-label="News"><use href="/static/web/icons.svg#bell"></use></svg>'
    )


def test_button_submits_by_default():
    assert (
        render('{% button "Save" %}')
        == '<button class="button button-primary" type="submit"><span>Save</span></button>'
    )


def test_button_with_address_is_a_link():
    assert render('{% button "Edit" href="/x/" variant="secondary" %}') == (
        '<a class="button button-secondary" href="/x/"><span>Edit</span></a>'
    )


def test_button_passes_attributes_on_and_drops_false_ones():
    html = render(
        '{% button "More" type="button" hx_get=url hx_boost=no autofocus=yes %}',
        url="/r/?a=1&b=2",
        no=False,
        yes=True,
    )
    assert html == (
        '<button class="button button-primary" type="button" hx-get="/r/?a=1&amp;b=2" autofocus><span>More</span></button>'
    )


def test_button_escapes_its_label():
    assert "<span>&lt;b&gt;</span>" in render("{% button label %}", label="<b>")


def test_disabled_link_has_no_address():
    html = render('{% button "Edit" href="/x/" disabled=True %}')
    assert html == '<a class="button button-primary" role="link" aria-disabled="true"><span>Edit</span></a>'


def test_button_names_the_dialog_it_opens():
    assert ' data-dialog="leave"' in render('{% button "Leave" href="/leave/" dialog="leave" %}')


@pytest.mark.parametrize(
    "source", ['{% badge "x" tone="pink" %}', '{% button "x" variant="huge" %}', '{% stat "a" 1 tone="x" %}']
)
def test_unknown_tone_is_refused(source):
    with pytest.raises(TemplateSyntaxError, match="Unknown"):
        render(source)


def test_badge():
    assert render('{% badge "Vetted" tone="success" %}') == '<span class="badge badge-success">Vetted</span>'


def test_stat_with_address_opens_its_rows():
    html = render('{% stat "Openings" 12 hint="today" href="/rows/" %}')
    assert html.startswith('<a class="stat stat-neutral" href="/rows/">')
    assert '<span class="stat-value">12</span><span class="stat-hint">today</span>' in html


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1934, "1,934"),
        (-1934, "-1,934"),
        (1234567, "1,234,567"),
        ("2024", "2024"),
        ("5,900", "5,900"),
        (3.05, "3.05"),
        (True, "True"),
        ("–", "–"),
    ],
)
def test_stat_writes_whole_numbers_in_threes_in_either_language(language, value, shown):
    with override(language):
        html = Template('{% stat "Openings" value %}').render(Context({"value": value}))
    assert f'<span class="stat-value">{shown}</span>' in html


def test_stat_without_address_is_no_link():
    assert render('{% stat "Openings" 0 %}') == (
        '<div class="stat stat-neutral"><span class="stat-label">Openings</span><span class="stat-value">0</span></div>'
    )


class Form(forms.Form):
    name = forms.CharField(label="Name", help_text="As in the passport")
    kind = forms.ChoiceField(label="Kind", widget=forms.RadioSelect, choices=[("a", "A"), ("b", "B")])
    agreed = forms.BooleanField(label="Agreed", required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        raise forms.ValidationError("All of it is wrong")


def test_field_joins_label_help_and_control():
    html = render("{% field form.name %}", form=Form())
    assert same(
        html,
        """<div class="field field-input"><label class="label" for="id_name">Name<span class="required" aria-hidden="true">*</span></label>
        <input type="text" name="name" required aria-describedby="id_name_helptext" id="id_name">
        <div class="field-help" id="id_name_helptext">As in the passport</div></div>""",
    )


def test_field_with_error_says_so_to_screen_readers():
    html = render("{% field form.name %}", form=Form({"name": ""}))
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert '<div class="field-error" id="id_name_error">' in html
    assert "<li>This field is required.</li>" in html


def test_choices_are_a_group_with_legend():
    html = render("{% field form.kind %}", form=Form())
    assert html.startswith('<fieldset class="field field-group">')
    assert '<legend class="label">Kind' in html
    assert html.count('type="radio"') == 2


def test_checkbox_stands_inside_its_label():
    html = render("{% field form.agreed %}", form=Form())
    assert same(
        html,
        """<div class="field field-check"><label class="check" for="id_agreed"><input type="checkbox" name="agreed" id="id_agreed">
        <span>Agreed</span></label></div>""",
    )


def test_form_fields_shows_hidden_fields_and_errors_of_the_whole_form():
    html = render("{% form_fields form %}", form=Form({"name": "x", "kind": "a"}))
    assert '<input type="hidden" name="token" id="id_token">' in html
    assert "<li>All of it is wrong</li>" in html
    assert html.count('class="field ') == 3


def test_printing_a_form_uses_the_components():
    assert render("{{ form }}", form=Form()) == render("{% form_fields form %}", form=Form())


def test_empty_state_offers_the_first_step():
    html = render('{% empty_state "None" text="Yet" href="/new/" action="Begin" %}')
    assert '<p class="empty-title">None</p><p class="empty-text">Yet</p>' in html
    assert 'href="/new/"' in html


def test_timeline_shows_each_moment_in_local_time():
    events = [{"title": "Applied", "at": datetime(2026, 3, 2, 1, 0, tzinfo=UTC), "tone": "success"}]
    html = render("{% timeline events %}", events=events)
    assert '<li class="timeline-event timeline-success">' in html
    assert ">2026-03-02 09:00</time>" in html


def paged(count: int, number: int, query: str = "") -> str:
    page = Paginator(range(count), 10).get_page(number)
    page.query, page.param = QueryDict(query), "page"
    return render("{% pagination page %}", page=page)


def test_pagination_of_one_page_only_counts():
    html = paged(1, 1)
    assert '<p class="pagination-count">1 row</p>' in html
    assert "<a" not in html


def test_pagination_keeps_the_rest_of_the_query():
    html = paged(35, 2, "q=a%26b&page=2")
    assert 'rel="prev" href="?q=a%26b&amp;page=1"' in html
    assert 'rel="next" href="?q=a%26b&amp;page=3"' in html
    assert 'href="?q=a%26b&amp;page=2" aria-current="page">2</a>' in html


def test_pagination_has_no_next_on_the_last_page():
    assert 'rel="next"' not in paged(35, 4)


def test_meter_is_a_named_progress():
    html = render('{% meter 1200.5 max=2000 label="Complete" text="60 %" %}')
    assert '<progress max="2000" value="1200.5" aria-label="Complete"></progress>' in html


def test_stepper_marks_done_current_and_ahead():
    html = render("{% stepper steps current=1 %}", steps=["A", "B", "C"])
    found = [html.count(f'class="step step-{state}"') for state in ("done", "current", "ahead")]
    assert found == [1, 1, 1]
    assert 'step-current" aria-current="step"' in html


@pytest.mark.parametrize(
    ("name", "letters"),
    [("李晓明", "晓明"), ("王芳", "王芳"), ("江城精密制造", "江城"), ("Anna Berg", "AB"), ("", "?")],
)
def test_avatar_letters(name, letters):
    assert render("{% avatar name %}", name=name).endswith(f">{letters}</span>")


def test_chip_that_is_set_can_be_removed():
    html = render('{% chip "Full time" href="/p/" count=3 active=True removable=True %}')
    assert html.startswith('<a class="chip chip-active" href="/p/" aria-current="true">')
    assert '<span class="visually-hidden">remove</span>' in html


def test_definitions_show_a_dash_for_nothing_and_keep_zero():
    html = render("{% definitions rows %}", rows=[("A", ""), ("B", 0)])
    assert '<dt>A</dt><dd><span class="muted">—</span></dd>' in html
    assert "<dt>B</dt><dd>0</dd>" in html


def test_tabs_mark_the_present_one():
    html = render("{% tabs items %}", items=[("All", "/a/", True, 0), ("Mine", "/m/", False)])
    assert '<a class="tab" href="/a/" aria-current="page">All<span class="tab-count">0</span></a>' in html
    assert '<a class="tab" href="/m/">Mine</a>' in html


def test_block_components_keep_their_content():
    assert "<p>in</p></section>" in render('{% card title="T" %}<p>in</p>{% endcard %}')
    assert "<p>in</p></div></div>" in render('{% notice tone="warning" %}<p>in</p>{% endnotice %}')
    assert "<tr></tr></table></div>" in render('{% table caption="C" %}<tr></tr>{% endtable %}')
    assert '<div class="page-actions"><b>go</b></div>' in render(
        '{% page_header title="T" %} <b>go</b> {% endpage_header %}'
    )


def test_block_components_escape_their_title():
    assert '<h2 class="card-title">&lt;i&gt;</h2>' in render("{% card title=t %}{% endcard %}", t="<i>")


def test_danger_notice_is_an_alert():
    assert 'role="alert"' in render('{% notice tone="danger" %}x{% endnotice %}')
    assert 'role="alert"' not in render("{% notice %}x{% endnotice %}")


def test_dialog_is_named_by_its_title():
    html = render('{% dialog id="leave" title="Leave?" %}x{% enddialog %}')
    assert html.startswith('<dialog class="dialog" id="leave" aria-labelledby="leave-title">')
    assert '<h2 class="dialog-title" id="leave-title">Leave?</h2>' in html
