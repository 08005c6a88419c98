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


def rewritten(text: str, better: Callable[[str], str]) -> str:
    """The query with what it looks for replaced by `better` of it; empty when that is empty for all of it.

    Marks, prefixes and exclusions stay as they were typed: nobody is shown what they have excluded.
    """
    query, changed = text[:MAX_QUERY_CHARACTERS], False

    def replaced(part: re.Match[str]) -> str:
        nonlocal changed
        new = "" if part["minus"] or not _said(part).strip() else better(_said(part))
        if not new:
            return part[0]
        changed = True
        if part["field"] and part["word"] and " " in new:
            new = f'"{new}"'
        start, end = part.span(part.lastindex or 0)
        return query[part.start() : start] + new + query[end : part.end()]

    made = _PART.sub(replaced, query)
    return made if changed else ""


def _said(part: re.Match[str]) -> str:
    """The word, or what stands between the quotation marks: the last group that took part."""
    return str(part[part.lastindex or 0])
