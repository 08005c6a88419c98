"""Mark in a text what somebody searched for, and find the piece of a long text that shows it."""

import re
import unicodedata

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from backend.positions.models import Position
from search.text import normalise
from search.tree import parse

WIDTH = 90
LEAD = 20


def pattern_of(query: str) -> re.Pattern[str] | None:
    """What to mark for a query: its words, and the pairs of characters of longer Chinese ones; None for nothing.

    Words are marked as they were typed and as the search folds them (會計 as 会计, café as cafe); what a query excludes
    and the names of fields in it are no words of it.
    """
    tree = parse(query)
    said = " ".join([*tree.words, *tree.phrases, *(text for _, text in tree.fields)])
    forms = {unicodedata.normalize("NFKC", said).lower(), normalise(said)}
    words = [word for form in forms for word in re.findall(r"[\u4e00-\u9fff]+|[a-z0-9.+#]+", form)]
    parts = {word for word in words if len(word) > 1 or "\u4e00" <= word <= "\u9fff"}
    parts |= {
        word[at : at + 2]
        for word in words
        if len(word) > 2 and "\u4e00" <= word[0] <= "\u9fff"
        for at in range(len(word) - 1)
    }
    if not parts:
        return None
    longest_first = sorted(parts, key=lambda part: (-len(part), part))[:40]
    return re.compile("|".join(re.escape(part) for part in longest_first), re.IGNORECASE)


def marked(text: str, pattern: re.Pattern[str] | None) -> SafeString:
    """The text, escaped, with what matches in <mark>."""
    if pattern is None:
        return escape(text)
    pieces, place = [], 0
    for match in pattern.finditer(text):
        pieces += [escape(text[place : match.start()]), "<mark>", escape(match.group()), "</mark>"]
        place = match.end()
    return mark_safe("".join([*pieces, escape(text[place:])]))


def excerpt(text: str, pattern: re.Pattern[str] | None) -> SafeString:
    """The piece of a text around the first match, marked; empty where nothing matches."""
    flat = " ".join(text.split())
    match = pattern.search(flat) if pattern else None
    if match is None:
        return mark_safe("")
    start = max(0, match.start() - LEAD)
    piece = flat[start : start + WIDTH]
    return mark_safe(
        f"{'…' if start else ''}{marked(piece, pattern)}{'…' if start + WIDTH < len(flat) else ''}"
    )


def of(position: Position, pattern: re.Pattern[str] | None) -> dict[str, SafeString]:
    """The title of a position that was found, marked, and the piece of duties and conditions that shows why."""
    return {
        "title": marked(position.title, pattern),
        "excerpt": excerpt(f"{position.duties} {position.conditions}", pattern),
    }
