"""The components; a builtin library, so no template needs `{% load %}`. Each is described in backend/web/README.md."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.paginator import Page
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    FileInput,
    RadioSelect,
    Select,
)
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

TONES = ("neutral", "primary", "success", "warning", "danger", "info", "accent")
VARIANTS = ("primary", "secondary", "ghost", "danger", "link")


def _known(value: str, known: Sequence[str], what: str) -> str:
    """The value, if it is one of ours: a misspelt tone is an error while developing, not a grey badge."""
    if value not in known:
        raise template.TemplateSyntaxError(f"Unknown {what} {value!r}; known: {', '.join(known)}")
    return value


def _attributes(values: dict[str, Any]) -> SafeString:
    """Keyword arguments as HTML attributes: `hx_post=url` becomes `hx-post="…"`; False and None are left out."""
    given = [
        (name.replace("_", "-"), value)
        for name, value in values.items()
        if value is not None and value is not False
    ]
    return format_html_join("", "{}", ((_attribute(name, value),) for name, value in given))


def _attribute(name: str, value: Any) -> SafeString:
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A picture from the sprite; without a label it is decoration."""
    href = f"{staticfiles_storage.url('web/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
        )
    return _decoration(href)


@lru_cache(maxsize=1000)
def _decoration(href: str) -> SafeString:
    """Written once for an address; a page has some forty."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href
    )


@register.simple_tag
def button(
    label: Any,
    href: str = "",
    *,
    variant: str = "primary",
    icon: str = "",
    size: str = "",
    type: str = "submit",
    dialog: str = "",
    disabled: bool = False,
    **attributes: Any,
) -> SafeString:
    """A button, or a link that looks like one where `href` is given."""
    classes = f"button button-{_known(variant, VARIANTS, 'variant')}" + (f" button-{size}" if size else "")
    extra = attributes.pop("class", "") or attributes.pop("css", "")
    rest = _attributes(attributes | ({"data-dialog": dialog} if dialog else {}))
    values = {"icon": icon, "label": label, "classes": f"{classes} {extra}".strip(), "rest": rest}
    values |= {"href": href, "type": type, "disabled": disabled}
    return mark_safe(render_to_string("web/components/button.html", values).strip())


@register.inclusion_tag("web/components/field.html")
def field(bound: BoundField, label: Any = None, help: Any = None) -> dict[str, Any]:
    """A form field with label, help, errors and their wiring for screen readers."""
    widget = bound.field.widget
    # Several controls under one title: options of one choice, or rows that a widget writes itself.
    rows = getattr(widget, "rows", None) is True
    group = rows or isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    return {
        "field": bound,
        "label": label or bound.label,
        "help": help or bound.help_text,
        "kind": "group" if group else "check" if isinstance(widget, CheckboxInput) else "plain",
        "control": "file"
        if isinstance(widget, FileInput)
        else "select"
        if isinstance(widget, Select)
        else "input",
        "required": bound.field.required,
        "rows": rows,
    }


@register.inclusion_tag("web/components/form_fields.html")
def form_fields(form: BaseForm) -> dict[str, Any]:
    """All fields of a form, hidden ones and the errors of the whole form included."""
    return {"form": form}


@register.inclusion_tag("web/components/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """The errors that belong to no single field."""
    return {"form": form}


@register.inclusion_tag("web/components/badge.html")
def badge(text: Any, tone: str = "neutral", icon: str = "") -> dict[str, Any]:
    """A short word about a state."""
    return {"text": text, "tone": _known(tone, TONES, "tone"), "icon": icon}


@register.inclusion_tag("web/components/stat.html")
def stat(label: Any, value: Any, hint: Any = "", href: str = "", tone: str = "neutral") -> dict[str, Any]:
    """One figure, whole numbers in threes (1,934); with `href` it opens into the rows that make it."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value:,}"
    return {"label": label, "value": value, "hint": hint, "href": href, "tone": _known(tone, TONES, "tone")}


@register.inclusion_tag("web/components/empty_state.html")
def empty_state(
    title: Any, text: Any = "", icon: str = "inbox", href: str = "", action: Any = ""
) -> dict[str, Any]:
    """What a list says when it has no rows, and what to do about it."""
    return {"title": title, "text": text, "icon": icon, "href": href, "action": action}


@register.inclusion_tag("web/components/timeline.html")
def timeline(events: Sequence[Any], label: Any = "") -> dict[str, Any]:
    """What happened, in order: each event has `title` and `at`, and may have `text`, `by`, `tone`, `href`."""
    return {"events": events, "label": label}


@register.inclusion_tag("web/components/pagination.html")
def pagination(page: Page, label: Any = "") -> dict[str, Any]:
    """Links to the pages of a list made by `backend.web.paging.page`; nothing where one page holds all.

    A page may have `after`, what the address of the next one says beside its number.
    """
    query, param = page.query.copy(), page.param
    query.pop(param, None)

    def address(number: int) -> str:
        return f"?{(query.urlencode() + '&') if query else ''}{param}={number}"

    paginator = page.paginator
    numbers = [
        {"number": n, "url": address(n), "current": n == page.number} if isinstance(n, int) else {"gap": True}
        for n in paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]
    return {
        "page": page,
        "label": label,
        "numbers": numbers,
        "many": paginator.num_pages > 1,
        "previous": address(page.number - 1) if page.has_previous() else "",
        "next": "&".join([address(page.number + 1), *getattr(page, "after", [])]) if page.has_next() else "",
    }


@register.inclusion_tag("web/components/back.html")
def back(href: str, label: Any = "") -> dict[str, Any]:
    """The way back to the list above."""
    return {"href": href, "label": label}


@register.inclusion_tag("web/components/meter.html")
def meter(
    value: Any, max: Any = 100, label: Any = "", text: Any = "", tone: str = "primary"
) -> dict[str, Any]:
    """How much of something is reached."""
    return {"value": value, "max": max, "label": label, "text": text, "tone": _known(tone, TONES, "tone")}


@register.inclusion_tag("web/components/stepper.html")
def stepper(steps: Sequence[Any], current: int = 0) -> dict[str, Any]:
    """The steps of a task, `current` counted from 0; equal to the number of steps when all are done."""
    states = ["done" if i < current else "current" if i == current else "ahead" for i in range(len(steps))]
    return {"steps": list(zip(steps, states, strict=True))}


@register.inclusion_tag("web/components/avatar.html")
def avatar(name: Any, size: str = "") -> dict[str, Any]:
    """A round sign with the person's or company's first letters, in a colour that stays the same."""
    text = str(name).strip()
    words = text.split()
    latin = text[:1].isascii()
    letters = (
        "".join(word[0] for word in words[:2]).upper() if latin else text[-2:] if len(text) <= 4 else text[:2]
    )
    return {"letters": letters or "?", "shade": sum(map(ord, text)) % 6, "size": size}


@register.inclusion_tag("web/components/chip.html")
def chip(
    label: Any,
    href: str = "",
    count: Any = None,
    active: bool = False,
    *,
    removable: bool = False,
    id: str = "",
) -> dict[str, Any]:
    """A filter that can be set, or is set and can be taken away."""
    return {"label": label, "href": href, "count": count, "active": active, "removable": removable, "id": id}


@register.inclusion_tag("web/components/definitions.html")
def definitions(rows: Any) -> dict[str, Any]:
    """Names and values side by side; rows are (name, value), empty values show a dash."""
    return {"rows": rows}


@register.inclusion_tag("web/components/tabs.html")
def tabs(items: Sequence[Any], label: Any = "") -> dict[str, Any]:
    """Pages that belong together: items are (label, address, is current[, count])."""
    found = [
        {"label": item[0], "href": item[1], "current": item[2], "count": item[3] if len(item) > 3 else None}
        for item in items
    ]
    return {"items": found, "label": label}


@register.simple_block_tag
def card(content: str, title: Any = "", href: str = "", css: str = "", level: int = 2) -> SafeString:
    """A surface that holds one thing."""
    values = {"content": content, "title": title, "href": href, "css": css, "level": level}
    return mark_safe(render_to_string("web/components/card.html", values))


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: Any = "", icon: str = "") -> SafeString:
    """Something the person should know before going on."""
    default = {"success": "check", "warning": "warning", "danger": "warning"}.get(tone, "info")
    values = {
        "content": content,
        "tone": _known(tone, TONES, "tone"),
        "title": title,
        "icon": icon or default,
    }
    return mark_safe(render_to_string("web/components/notice.html", values))


@register.simple_block_tag
def dialog(content: str, id: str, title: Any) -> SafeString:
    """A native dialog, opened by `{% button … href=… dialog=id %}`; without JavaScript the link's page does the same."""
    return mark_safe(
        render_to_string("web/components/dialog.html", {"content": content, "id": id, "title": title})
    )


@register.simple_block_tag
def menu(content: str, label: Any) -> SafeString:
    """Actions of a page that are wanted seldom, folded behind one button; links of the class `nav-link` stand inside."""
    values = {"content": mark_safe(content.strip()), "label": label}
    return mark_safe(render_to_string("web/components/menu.html", values))


@register.simple_block_tag
def table(content: str, caption: Any = "") -> SafeString:
    """A table that becomes cards on a phone; give each cell `data-label`."""
    return mark_safe(render_to_string("web/components/table.html", {"content": content, "caption": caption}))


@register.simple_block_tag
def page_header(
    content: str, title: Any, subtitle: Any = "", back: str = "", back_label: Any = ""
) -> SafeString:
    """The head of a page; what stands inside are its actions."""
    values = {
        "content": mark_safe(content.strip()),
        "title": title,
        "subtitle": subtitle,
        "back": back,
        "back_label": back_label,
    }
    return mark_safe(render_to_string("web/components/page_header.html", values))
