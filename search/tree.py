"""What a person typed, as a tree: words, phrases, exclusions and words of one field. It never raises.

    会计 "成本核算" -销售 公司:海川        words 会计; phrase 成本核算; without 销售; company 海川

A quotation mark that is not closed, a minus that stands alone and a prefix that nobody knows are plain text.
"""

import re
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
        word = part["word"]
        quoted = next((group for group in part.groups()[2:-1] if group is not None), None)
        said = word if word is not None else quoted or ""
        if not said.strip():
            continue
        if part["minus"]:
            excluded.append(said)
        elif part["field"]:
            fields.append((FIELDS[part["field"].lower()], said))
        elif word is None:
            phrases.append(said)
        else:
            words.append(word)
    return Tree(tuple(words), tuple(phrases), tuple(excluded), tuple(fields))
