"""Every component in all its states, as a tree: names for screen readers, addresses, tones, and words of others as words."""

import itertools
from datetime import UTC, datetime

import pytest
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import TemplateSyntaxError
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.web.templatetags.web import TONES, VARIANTS
from tests.backend.web.markup import drawn, parsed

EVIL = '"><script>alert(1)</script>'
WHEN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
QUIET = settings(max_examples=40, deadline=None)

# Words and addresses of others


ESCAPED = {
    "button": "{% button evil %}",
    "link": "{% button evil href=evil %}",
    "attribute of a button": '{% button "Go" title=evil hx_get=evil %}',
    "badge": "{% badge evil %}",
    "stat": "{% stat evil evil hint=evil %}",
    "stat that opens": "{% stat evil evil href=evil %}",
    "empty state": "{% empty_state evil text=evil href=evil action=evil %}",
    "back": "{% back evil label=evil %}",
    "meter": "{% meter 3 label=evil text=evil %}",
    "stepper": "{% stepper steps %}",
    "avatar": "{% avatar evil %}",
    "chip": "{% chip evil href=evil count=evil %}",
    "definitions": "{% definitions rows %}",
    "tabs": "{% tabs items label=evil %}",
    "timeline": "{% timeline events label=evil %}",
    "card": "{% card title=evil href=evil css=evil %}{% endcard %}",
    "notice": "{% notice title=evil %}{% endnotice %}",
    "dialog": "{% dialog id=evil title=evil %}{% enddialog %}",
    "menu": "{% menu evil %}{% endmenu %}",
    "table": "{% table caption=evil %}{% endtable %}",
    "page header": "{% page_header title=evil subtitle=evil back=evil back_label=evil %}{% endpage_header %}",
    "icon": '{% icon "check" label=evil %}',
}


@pytest.mark.parametrize("component", ESCAPED)
def test_no_word_of_others_becomes_markup(component):
    root = drawn(
        ESCAPED[component],
        evil=EVIL,
        steps=[EVIL],
        rows=[(EVIL, EVIL)],
        items=[(EVIL, EVIL, True, EVIL)],
        events=[{"title": EVIL, "at": WHEN, "by": EVIL, "text": EVIL, "href": EVIL, "tone": EVIL}],
    )
    assert root.all("script") == []
    written = root.text + " ".join(value for one in root.below() for value in one.attributes.values())
    assert component == "avatar" or EVIL in written


# Button


@pytest.mark.parametrize(
    ("variant", "size", "icon", "href"),
    list(itertools.product(VARIANTS, ["", "small", "large"], ["", "plus"], ["", "/x/"])),
)
def test_a_button_in_each_form(variant, size, icon, href):
    root = drawn(
        '{% button "Go" href=href variant=variant size=size icon=icon %}',
        href=href, variant=variant, size=size, icon=icon,
    )  # fmt: skip
    (button,) = [one for one in root.below() if one.tag in {"a", "button"}]
    assert button.tag == ("a" if href else "button")
    assert button.classes == {"button", f"button-{variant}", *([f"button-{size}"] if size else [])}
    assert (button.get("href"), button.get("type")) == ((href, None) if href else (None, "submit"))
    assert button.text == "Go"
    assert [one["href"].rpartition("#")[2] for one in root.all("use")] == ([icon] if icon else [])


@pytest.mark.parametrize("kind", ["submit", "button", "reset"])
def test_a_button_that_is_off_cannot_be_pressed(kind):
    button = drawn('{% button "Go" type=kind disabled=True %}', kind=kind).one("button")
    assert (button["type"], button.get("disabled")) == (kind, "")


def test_a_button_keeps_its_own_class_beside_its_looks():
    button = drawn('{% button "Go" css="block wide" data_row=7 hidden=none title="" %}', none=None).one(
        "button"
    )
    assert button.classes == {"button", "button-primary", "block", "wide"}
    assert (button["data-row"], button.get("hidden"), button.get("title")) == ("7", None, "")


# Tones

TONED = {
    "badge": ('{% badge "x" tone=tone %}', "badge-{}"),
    "stat": ('{% stat "x" 1 tone=tone %}', "stat-{}"),
    "meter": ("{% meter 1 tone=tone %}", "meter-{}"),
    "notice": ("{% notice tone=tone %}x{% endnotice %}", "notice-{}"),
}


@pytest.mark.parametrize("component", TONED)
@pytest.mark.parametrize("tone", TONES)
def test_a_tone_is_a_class(component, tone):
    source, css = TONED[component]
    assert len(drawn(source, tone=tone).all(class_=css.format(tone))) == 1


@pytest.mark.parametrize("component", TONED)
@pytest.mark.parametrize("tone", ["", "Primary", "red", "primary danger"])
def test_a_misspelt_tone_is_an_error_of_ours(component, tone):
    with pytest.raises(TemplateSyntaxError, match="Unknown tone"):
        drawn(TONED[component][0], tone=tone)


@pytest.mark.parametrize(
    ("tone", "icon"),
    [
        ("success", "check"),
        ("warning", "warning"),
        ("danger", "warning"),
        ("info", "info"),
        ("neutral", "info"),
    ],
)
def test_a_notice_has_the_picture_of_its_tone_and_only_danger_interrupts(tone, icon):
    root = drawn("{% notice tone=tone %}x{% endnotice %}", tone=tone)
    assert root.one("use")["href"].rpartition("#")[2] == icon
    assert (root.one(class_="notice").get("role") == "alert") is (tone == "danger")
    other = drawn('{% notice tone=tone icon="bell" %}x{% endnotice %}', tone=tone)
    assert other.one("use")["href"].endswith("#bell")


# Lists and ways


@pytest.mark.parametrize(
    ("href", "active", "removable", "count"),
    list(itertools.product(["", "/p/"], [False, True], [False, True], [None, 0, 7])),
)
def test_a_chip_in_each_state(href, active, removable, count):
    root = drawn(
        '{% chip "Full time" href=href count=count active=active removable=removable %}',
        href=href, count=count, active=active, removable=removable,
    )  # fmt: skip
    chip = root.one(class_="chip")
    assert (chip.tag, chip.get("href")) == (("a", href) if href else ("span", None))
    assert ("chip-active" in chip.classes) is active
    assert (chip.get("aria-current") == "true") is bool(active and href)
    assert [one.text for one in root.all(class_="chip-count")] == ([] if count is None else [str(count)])
    assert [one.text for one in root.all(class_="visually-hidden")] == ["remove"] * removable


@pytest.mark.parametrize("current", [0, 1, 2])
def test_exactly_one_tab_is_the_present_one(current):
    items = [(name, f"/{name}/", number == current) for number, name in enumerate("abc")]
    root = drawn("{% tabs items %}", items=items)
    assert [one["href"] for one in root.all("a", aria_current="page")] == [items[current][1]]
    assert root.one("nav")["aria-label"] == "Views"
    assert drawn('{% tabs items label="Ways" %}', items=items).one("nav")["aria-label"] == "Ways"


@pytest.mark.parametrize("current", range(5))
def test_steps_before_are_done_and_steps_after_ahead(current):
    root = drawn("{% stepper steps current=current %}", steps=list("ABCD"), current=current)
    states = [next(name for name in one.classes if name != "step") for one in root.all("li")]
    wanted = [
        "step-done" if n < current else "step-current" if n == current else "step-ahead" for n in range(4)
    ]
    assert states == wanted
    assert len(root.all(aria_current="step")) == (1 if current < 4 else 0)
    assert [one.text for one in root.all(class_="visually-hidden")] == ["(done)"] * min(current, 4)


@pytest.mark.parametrize("given", [{}, {"by": "李"}, {"text": "5,500"}, {"href": "/x/"}, {"tone": "danger"}])
def test_an_event_shows_what_it_has(given):
    root = drawn("{% timeline events %}", events=[{"title": "Applied", "at": WHEN, **given}])
    assert root.one("time")["datetime"] == "2026-03-02T09:00:00+08:00"
    assert [one.text for one in root.all(class_="timeline-by")] == ([given["by"]] if "by" in given else [])
    assert [one.text for one in root.all(class_="timeline-text")] == (
        [given["text"]] if "text" in given else []
    )
    assert [one["href"] for one in root.all("a")] == ([given["href"]] if "href" in given else [])
    assert f"timeline-{given.get('tone', 'neutral')}" in root.one("li").classes


@pytest.mark.parametrize(("href", "action"), list(itertools.product(["", "/new/"], ["", "Begin"])))
def test_an_empty_list_offers_a_step_where_there_is_one(href, action):
    root = drawn('{% empty_state "None" href=href action=action %}', href=href, action=action)
    assert [(one["href"], one.text) for one in root.all("a")] == ([(href, action)] if href and action else [])


@pytest.mark.parametrize(("value", "shown"), [("", "—"), (None, "—"), (0, "0"), (False, "False"), ("x", "x")])
def test_a_value_that_is_missing_is_a_dash_and_nought_is_a_value(value, shown):
    assert drawn("{% definitions rows %}", rows=[("Name", value)]).one("dd").text == shown


@given(st.text(max_size=12))
@QUIET
def test_a_person_has_letters_and_a_colour_that_stay(name):
    first, again = (drawn("{% avatar name %}", name=name).one("span") for _ in range(2))
    assert (first.text, first.classes) == (again.text, again.classes)
    assert first["aria-hidden"] == "true"
    assert len(first.text) <= 8
    assert first.text or name.strip()


@pytest.mark.parametrize("level", [2, 3, 4])
@pytest.mark.parametrize("href", ["", "/c/"])
def test_a_cards_title_is_a_heading_of_its_level(level, href):
    root = drawn('{% card title="T" href=href level=level %}<p>in</p>{% endcard %}', href=href, level=level)
    heading = root.one(f"h{level}")
    assert (heading.text, [one["href"] for one in heading.all("a")]) == ("T", [href] if href else [])
    assert drawn("{% card %}x{% endcard %}").all(class_="card-title") == []


@pytest.mark.parametrize(("back", "actions"), list(itertools.product(["", "/list/"], ["", "<b>go</b>"])))
def test_the_head_of_a_page_has_one_heading_and_what_it_was_given(back, actions):
    source = '{% page_header title="T" back=back %}' + actions + "{% endpage_header %}"
    root = drawn(source, back=back)
    assert root.one("h1").text == "T"
    assert [(one["href"], one.text) for one in root.all("a")] == ([(back, "Back")] if back else [])
    assert len(root.all(class_="page-actions")) == bool(actions)


def test_a_menu_keeps_its_links_behind_one_button():
    root = drawn('{% menu "More" %} <a href="/a/">A</a><a href="/b/">B</a> {% endmenu %}')
    fold = root.one("details")
    assert "open" not in fold.attributes
    assert (fold.one("summary").text, [one["href"] for one in fold.all("a")]) == ("More", ["/a/", "/b/"])


def test_a_table_has_its_name_and_a_meter_its_measure():
    table = drawn('{% table caption="Companies" %}<tr><td>x</td></tr>{% endtable %}')
    assert table.one("caption").text == "Companies"
    assert drawn("{% table %}{% endtable %}").all("caption") == []
    meter = drawn("{% meter 3 max=10 %}", "zh-hans").one("progress")
    assert (meter["value"], meter["max"], meter["aria-label"]) == ("3", "10", "进展")


# Pages of a list


def pager(count: int, number: int, query: str = "", size: int = 10, param: str = "page"):
    page = Paginator(range(count), size).get_page(number)
    page.query, page.param = QueryDict(query), param
    return drawn("{% pagination page %}", page=page)


@given(st.integers(0, 400), st.integers(1, 40))
@QUIET
def test_links_lead_to_pages_that_are_there_and_one_is_the_present(count, number):
    root = pager(count, number)
    pages = max(1, -(-count // 10))
    here = min(number, pages)
    reached = {int(one["href"].partition("page=")[2]) for one in root.all("a")}
    assert reached <= set(range(1, pages + 1))
    current = root.all(aria_current="page")
    assert [one.text for one in current] == ([str(here)] if pages > 1 else [])
    ends = {one["rel"]: int(one["href"].partition("page=")[2]) for one in root.all("a") if one.get("rel")}
    wanted = ({"prev": here - 1} if here > 1 else {}) | ({"next": here + 1} if here < pages else {})
    assert ends == wanted
    assert pages == 1 or {1, pages} <= reached
    assert root.one(class_="pagination-count").text == f"{count} {'row' if count == 1 else 'rows'}"


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", "?page=2"),
        ("q=a", "?q=a&page=2"),
        ("q=a&page=1", "?q=a&page=2"),
        ("q=%26%3D%3F", "?q=%26%3D%3F&page=2"),
        ("q=%E4%BC%9A%E8%AE%A1&tag=1&tag=2", "?q=%E4%BC%9A%E8%AE%A1&tag=1&tag=2&page=2"),
        ("page=1&page=3", "?page=2"),
    ],
)
def test_the_rest_of_the_question_goes_along(query, kept):
    assert pager(30, 1, query).one("a", rel="next")["href"] == kept


def test_two_lists_on_a_page_turn_each_for_itself():
    link = pager(30, 1, "page=2&other=1", param="other").one("a", rel="next")
    assert link["href"] == "?page=2&other=2"


# The style guide


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_style_guide_is_whole(client, language):
    client.cookies["django_language"] = language
    root = parsed(
        client.get(reverse("styleguide"))
        .content.decode()
        .partition("<body")[2]
        .partition(">")[2]
        .partition("</body>")[0]
    )
    ids = [one["id"] for one in root.below() if one.get("id")]
    assert len(ids) == len(set(ids))
    for one in root.below():
        for name in ("for", "aria-labelledby"):
            assert not one.get(name) or set(one[name].split()) <= set(ids), one
        for target in (one.get("aria-describedby") or "").split():
            assert target in ids
    assert [one for one in root.all("button") if not (one.text or one.get("aria-label"))] == []
    assert [one for one in root.all("a") if not (one.text or one.get("aria-label"))] == []
    assert len(root.all("h1")) == 1
