"""Every template of the project obeys the content security policy, and the scripts stay small."""

import gzip
import re
from pathlib import Path

import django_htmx
import pytest

ROOT = Path(__file__).resolve().parents[3]
# A paper (`…_pdf.html`) is drawn by WeasyPrint and never sent to a browser.
TEMPLATES = sorted(
    path
    for app in ("backend", "fairs", "search")
    for path in (ROOT / app).rglob("templates/**/*.html")
    if not path.name.endswith("_pdf.html")
)
STATIC = ROOT / "backend" / "web" / "static" / "web"
FORBIDDEN = {
    "inline style": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json[\"'])", re.I),
    "event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.I),
    "script address": re.compile(r"javascript:", re.I),
    "htmx eval": re.compile(r"\bhx-on[:-]|hx-vals=[\"']js:|hx-headers=[\"']js:", re.I),
    "foreign host": re.compile(r"<(?:script|link|img)\b[^>]*(?:src|href)=[\"'](?:https?:)?//", re.I),
}


def test_scan_finds_what_it_looks_for():
    bad = {
        "inline style": '<p style="color:red">',
        "inline script": "<script>alert(1)</script>",
        "event attribute": '<a onclick="x()">',
        "script address": '<a href="javascript:x">',
        "htmx eval": '<a hx-on:click="x">',
        "foreign host": '<script src="https://cdn.example/x.js">',
    }
    assert {name for name, pattern in FORBIDDEN.items() if pattern.search(bad[name])} == set(bad)
    assert not FORBIDDEN["inline script"].search('<script src="/x.js" type="module"></script>')


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_holds_nothing_inline(template):
    text = re.sub(r"{#.*?#}", "", template.read_text(encoding="utf-8"))
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []


def test_scripts_of_a_page_stay_below_30_kb():
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    sent = sum(
        len(gzip.compress(path.read_bytes())) for path in [htmx, *sorted((STATIC / "js").glob("*.js"))]
    )
    assert sent <= 30_000


def test_every_icon_named_in_a_template_is_in_the_sprite():
    known = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
    used = {
        name
        for path in TEMPLATES
        for name in re.findall(r'{% icon "([\w-]+)"|\bicon="([\w-]+)"', path.read_text(encoding="utf-8"))
        for name in name
        if name
    }
    assert used - known == set()
