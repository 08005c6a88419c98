"""The colours: both themes complete, the two dark blocks the same, every pair of text and ground readable."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[3] / "backend" / "web" / "static" / "web" / "css" / "tokens.css"
GROUNDS = ("bg", "surface", "surface-2")
PAIRS = [
    *[(text, ground) for text in ("text", "muted") for ground in GROUNDS],
    *[(ink, ground) for ink in ("primary-ink", "accent-ink", "danger-ink") for ground in GROUNDS],
    *[
        (f"{tone}-ink", f"{tone}-soft")
        for tone in ("primary", "accent", "success", "warning", "danger", "info")
    ],
    *[(f"{tone}-ink", "surface") for tone in ("success", "warning", "info")],
    ("on-primary", "primary"),
    ("on-primary", "primary-hover"),
    ("on-danger", "danger"),
    ("on-danger", "danger-hover"),
    ("on-hero", "hero"),
    ("hero-muted", "hero"),
]
EDGES = [("line-strong", ground) for ground in ("surface", "bg")] + [
    ("primary", ground) for ground in GROUNDS
]


def block(selector: str) -> dict[str, str]:
    """The custom properties of one rule."""
    body = CSS.read_text().split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


LIGHT, DARK, AUTO = block(":root"), block(':root[data-theme="dark"]'), block(':root[data-theme="auto"]')


def test_contrast_of_black_on_white_is_21():
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0


def test_dark_by_choice_and_dark_by_device_are_the_same():
    assert AUTO == DARK


def test_dark_names_every_colour_of_light():
    colours = {name for name, value in LIGHT.items() if value.startswith("#") or value.startswith("rgb")}
    colours |= {name for name in LIGHT if name.startswith("shadow")}
    assert set(DARK) == colours


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_readable(theme, text, ground):
    assert contrast(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_of_controls_are_visible(theme, edge, ground):
    assert contrast(theme[edge], theme[ground]) >= 3.0
