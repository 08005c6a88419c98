"""One spelling per skill, and levels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

# One line per skill, the spelling that stands for the others first.
_SAME = """
python|python3|py|python语言
javascript|js|ecmascript
typescript|ts
c++|cpp|cplusplus|c/c++
c#|csharp|c sharp
golang|go|go语言
java|java语言|javase|j2ee
html|html5|h5
css|css3
vue|vue.js|vuejs|vue3
react|react.js|reactjs
node.js|node|nodejs
mysql|my sql
postgresql|postgres|pgsql
sql|sql语言|结构化查询语言
linux|linux系统|linux操作系统
excel|microsoft excel|ms excel|excel表格|电子表格
word|microsoft word|ms word
powerpoint|ppt|microsoft powerpoint
office|ms office|microsoft office|办公软件|office办公软件|wps
photoshop|ps|adobe photoshop
illustrator|adobe illustrator
premiere|pr|adobe premiere
autocad|cad|auto cad|cad制图
solidworks|solid works
plc|plc编程|可编程控制器|可编程逻辑控制器
数控|数控加工|cnc|数控编程|数控操作
焊接|电焊|焊工|welding
钳工|钳工操作
会计|会计核算|accounting|账务处理
英语|english|英文
普通话|mandarin|国语
驾驶|开车|driving|驾驶汽车
护理|nursing|临床护理
电工|电工操作|低压电工
沟通|沟通能力|communication|沟通协调
销售|sales|推销
机器学习|machine learning|ml
数据分析|data analysis|数据统计分析
"""
_ALIASES = {
    alias: names[0] for line in _SAME.split("\n") if line for names in [line.split("|")] for alias in names
}
_SPACE = re.compile(r"\s+")


@lru_cache(maxsize=50_000)
def canonical(word: str) -> str:
    """The spelling that stands for a skill: no case, single spaces, aliases joined."""
    plain = _SPACE.sub(" ", word.strip()).casefold()
    return _ALIASES.get(plain, plain)


def skills(words: Iterable[str]) -> frozenset[str]:
    """Distinct skills without blanks."""
    return frozenset(filter(None, map(canonical, words)))


def levels(pairs: Iterable[tuple[str, int]], names: Iterable[str] = ()) -> dict[str, int]:
    """The highest level stated per skill, within 1 to 3; a name without a level is known, so 1."""
    found = dict.fromkeys(skills(names), 1)
    for word, level in pairs:
        skill = canonical(word)
        if skill:
            found[skill] = max(found.get(skill, 1), min(max(level, 1), 3))
    return found
