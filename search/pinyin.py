"""Chinese as it is typed on a Latin keyboard: whole syllables, or their first letters."""

from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from search.text import is_chinese, pieces


@lru_cache(maxsize=65_536)
def spelt(text: str) -> tuple[str, str]:
    """A text in whole syllables and in first letters: 前端开发 -> ("qianduankaifa", "qdkf"). Latin words stay whole."""
    whole, first = [], []
    for piece in pieces(text):
        if is_chinese(piece):
            syllables = _readings().lazy_pinyin(piece, errors="ignore")
            whole += syllables
            first += [syllable[:1] for syllable in syllables]
        else:
            whole.append(piece)
            first.append(piece)
    return "".join(whole), "".join(first)


@lru_cache(maxsize=8_192)
def sounds(character: str) -> frozenset[str]:
    """Every syllable a character is read as, without tones."""
    return frozenset(_readings().pinyin(character, style=_readings().Style.NORMAL, heteronym=True)[0])


@cache
def _readings() -> Any:
    """The dictionary of readings, 55 MB: read when somebody first types letters or a document is indexed."""
    return import_module("pypinyin")
