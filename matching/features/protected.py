"""Takes out of free text what must not count: sex, age, origin, household, marriage, disability.

The types have no place for these, but a resume is free text and may say them. What replaces a word is the same
whatever the word was, so that the two sides of a flip read alike. Names and photos are taken out where they are named
as such; they have no field either.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PEOPLES = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 "
    "柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 "
    "塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
)
_REST = r"[:：]?\s*[^\s，。；、,;]*"
# Not \b: to that, Chinese characters are letters too, and “我是female” would pass.
_START, _END = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"
_WORDS = re.compile(
    "|".join(
        (
            r"(?:性别|民族|籍贯|户籍|户口|婚姻状况|婚姻|婚否|年龄|姓名|照片|政治面貌)" + _REST,
            r"(?:出生年月|出生日期|出生于|生日)[:：]?\s*[\d年月日./\-]*",
            r"\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?出?生",
            r"(?:\d{1,3}|[一二两三四五六七八九十百]{1,4})\s*周?岁|(?<!\d)(?:[6-9]0|0[05])后|[六七八九零]零后|零五后",
            r"[男女][性生士]?",
            r"已婚|未婚|离异|丧偶|已育|未育",
            r"(?:" + "|".join(sorted(_PEOPLES.split(), key=len, reverse=True)) + r")族",
            r"残疾[人证]?|肢残|听障|视障|聋哑人?|盲人|健全|身体健康",
            _START + r"(?:gender|sex|ethnicity|nationality|marital status|age)\s*[:：]\s*\w+",
            _START + r"(?:(?:fe)?males?|(?:wo)?m[ae]n|\d{1,3}[ -]years?[ -]old)" + _END,
            _START + r"(?:(?:un)?married|disabled|disabilit(?:y|ies))" + _END,
        )
    ),
    re.IGNORECASE,
)

# Not + # . which are part of names such as C++, C# and .NET.
_MARKS = re.compile(r"""[\s，。；：、！？（）【】《》“”‘’,;:!?()\[\]"'|/]+""")


@lru_cache(maxsize=20_000)
def readable(text: str) -> str:
    """The text in one line, without protected words and without the marks around them."""
    return _MARKS.sub(" ", _WORDS.sub(" ", text)).strip()
