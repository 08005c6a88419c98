"""What a person typed, as a tree: words, phrases, exclusions and words of one field. It never raises.

    会计 "成本核算" -销售 公司:海川        words 会计; phrase 成本核算; without 销售; company 海川

A quotation mark that is not closed, a minus that stands alone and a prefix that nobody knows are plain text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

MAX_QUERY_CHARACTERS = 200

FIELDS = {
    "公司": "company", "企业": "company", "company": "company",
    "岗位": "title", "职位": "title", "标题": "title", "position": "title", "title": "title",
    "技能": "skills", "skill": "skills", "skills": "skills",
    "地点": "places", "城市": "places", "place": "places", "city": "places",
    "职业": "occupation_name", "occupation": "occupation_name",
}  # fmt: skip
_QUOTED = r'"([^"]*)"|“([^”]*)”|「([^」]*)」|『([^』]*)』|＂([^＂]*)＂'
_PART = re.compile(
    rf"(?P<minus>(?<!\S)[-－−–])?(?:(?<![^\s\-－−–])(?P<field>{'|'.join(FIELDS)})\s?[:：]\s?)?(?:{_QUOTED}|(?P<word>[^\s\"“”「」『』＂]+))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Tree:
    """A query taken apart. `fields` holds (field of a document, text); all texts are as typed."""

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """What is looked for by its words and its meaning."""
        return " ".join([*self.words, *self.phrases])


def parse(text: str) -> Tree:
    """The tree of a query; only the first 200 characters count."""
    words, phrases, excluded, fields = [], [], [], []
    for part in _PART.finditer(text[:MAX_QUERY_CHARACTERS]):
        said = _said(part)
        if not said.strip():
            continue
        if part["minus"]:
            excluded.append(said)
        elif part["field"]:
            fields.append((FIELDS[part["field"].lower()], said))
        elif part["word"] is None:
            phrases.append(said)
        else:
            words.append(said)
    return Tree(tuple(words), tuple(phrases), tuple(excluded), tuple(fields))


def rewritten(text: str, better: Callable[[str], str], *, words_only: bool = False) -> str:
    """The query with what it looks for replaced by `better` of it; empty when that is empty for all of it.

    Marks, prefixes and exclusions stay as they were typed: nobody is shown what they have excluded. Words of Latin
    letters that stand side by side are asked for together, as they may be the syllables of one (kuai ji).
    `words_only` leaves phrases and words of a field as they are too.
    """
    query = text[:MAX_QUERY_CHARACTERS]
    made, place, changed = "", 0, False
    for row in _rows(list(_PART.finditer(query))):
        first, last = row[0], row[-1]
        start, end = first.start(first.lastindex or 0), last.end(last.lastindex or 0)
        said = " ".join(map(_said, row))
        stays = first["minus"] or (words_only and (first["field"] or first["word"] is None))
        new = "" if stays or not said.strip() else better(said)
        if new:
            changed = True
            if first["field"] and first["word"] and " " in new:
                new = f'"{new}"'
            made, place = made + query[place:start] + new, end
    return made + query[place:] if changed else ""


def _rows(parts: list[re.Match[str]]) -> list[list[re.Match[str]]]:
    """Every part alone, but plain Latin words that only white space parts in one row."""
    rows: list[list[re.Match[str]]] = []
    for part in parts:
        if rows and _latin(part) and _latin(rows[-1][-1]) and _parted_by_space(rows[-1][-1], part):
            rows[-1].append(part)
        else:
            rows.append([part])
    return rows


def _parted_by_space(left: re.Match[str], right: re.Match[str]) -> bool:
    return not left.string[left.end() : right.start()].strip()


def _latin(part: re.Match[str]) -> bool:
    said = part["word"] or ""
    plain = not part["minus"] and not part["field"]
    return plain and said.isascii() and said.replace("'", "").isalpha()


def _said(part: re.Match[str]) -> str:
    """The word, or what stands between the quotation marks: the last group that took part."""
    return str(part[part.lastindex or 0])
