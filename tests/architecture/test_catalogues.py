"""Chinese and English are complete: every sentence in code and templates has its translation."""

import re
import subprocess
from pathlib import Path

import polib
import pytest
from django.utils import translation
from django.utils.translation import gettext, pgettext
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
APPS = [*sorted(path.parent for path in ROOT.glob("backend/*/apps.py")), ROOT / "fairs", ROOT / "search"]


def catalogue(app: Path) -> polib.POFile | None:
    path = app / "locale/zh_Hans/LC_MESSAGES/django.po"
    return polib.pofile(str(path)) if path.exists() else None


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_every_entry_is_translated(app):
    entries = catalogue(app)
    if entries is None:
        assert not list((app / "templates").rglob("*.html")) if (app / "templates").exists() else True
        return
    assert [entry.msgid for entry in entries.untranslated_entries()] == []
    assert [entry.msgid for entry in entries.fuzzy_entries()] == []


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_placeholders_survive_translation(app):
    for entry in catalogue(app) or []:
        if entry.msgid_plural:
            continue
        wanted = sorted(set(re.findall(r"%\(\w+\)[sd]", entry.msgid)))
        assert sorted(set(re.findall(r"%\(\w+\)[sd]", entry.msgstr))) == wanted, entry.msgid


def _as_python(app: Path, folder: Path) -> list[Path]:
    """Templates rewritten as code that xgettext reads."""
    written = []
    for number, path in enumerate(app.glob("templates/**/*.*")):
        target = folder / f"{app.name}-{number}.py"
        target.write_text(templatize(path.read_text(encoding="utf-8"), origin=str(path)), encoding="utf-8")
        written.append(target)
    return written


def test_nothing_new_is_left_out_of_the_catalogues(tmp_path):
    """Extract afresh with gettext and compare: a sentence in the code but in no catalogue is untranslated."""
    known = {(entry.msgctxt, entry.msgid) for app in APPS for entry in catalogue(app) or []}
    missing = {}
    for app in APPS:
        sources = [str(path) for path in app.rglob("*.py") if "migrations" not in path.parts]
        sources += [str(path) for path in _as_python(app, tmp_path)]
        if not sources:
            continue
        out = tmp_path / f"{app.name}.pot"
        subprocess.run(
            ["xgettext", "--language=Python", "--from-code=UTF-8", "--keyword=_", "--keyword=gettext_lazy",
             "--keyword=gettext", "--keyword=ngettext:1,2", "--keyword=ngettext_lazy:1,2", "--keyword=pgettext:1c,2",
             "--keyword=pgettext_lazy:1c,2",
             "-o", str(out), *sources],
            check=True, capture_output=True,
        )  # fmt: skip
        if out.exists():
            found = polib.pofile(str(out))
            missing |= {e.msgid: app.name for e in found if (e.msgctxt, e.msgid) not in known}
    assert missing == {}


def test_one_english_sentence_has_one_translation():
    """Catalogues are merged, so of two translations only one is ever shown, in both places."""
    said: dict[tuple, dict[str, str]] = {}
    for app in APPS:
        for entry in catalogue(app) or []:
            words = entry.msgstr or str(entry.msgstr_plural)
            said.setdefault((entry.msgctxt, entry.msgid), {})[app.name] = words
    assert {key: words for key, words in said.items() if len(set(words.values())) > 1} == {}


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_our_translation_is_the_one_shown(app):
    """Django, its admin and allauth translate some of our words too, for other uses."""
    with translation.override("zh-hans"):
        for entry in catalogue(app) or []:
            if not entry.msgid_plural:
                shown = pgettext(entry.msgctxt, entry.msgid) if entry.msgctxt else gettext(entry.msgid)
                assert shown == entry.msgstr
