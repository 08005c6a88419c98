"""Invented names: people, companies, schools. Any likeness to real ones is chance."""

import random

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN = "子轩雨涵梓欣怡浩然思远嘉宁文博晓雯佳琪俊杰诗语志强明月海燕天佑可馨一鸣安琪宇航静怡泽民若兰国栋雪梅建华秋实春晓立新永康欣然亦凡书瑶景行知远清扬星辰沐阳乐天"
BRANDS = (
    "云岭",
    "澜江",
    "启辰",
    "禾川",
    "润泽",
    "朗图",
    "拓岳",
    "晨翊",
    "卓衡",
    "鼎沐",
    "睿桥",
    "星渡",
    "安屿",
    "博湾",
    "锦禾",
    "瀚舟",
    "望岳",
    "青砚",
    "融野",
    "迅陌",
    "长汀",
    "白榆",
    "南麓",
    "北川口",
    "听澜",
    "合纵",
    "同舟",
    "致衡",
    "嘉木",
    "天枢",
    "鸣谷",
    "东篱",
    "远帆",
    "明溪",
    "千峰",
    "百川里",
)
CITIES = (
    ("420100", "武汉", 30),
    ("430100", "长沙", 12),
    ("320100", "南京", 10),
    ("330100", "杭州", 12),
    ("440300", "深圳", 9),
    ("310000", "上海", 8),
    ("510100", "成都", 7),
    ("410100", "郑州", 5),
    ("420500", "宜昌", 4),
    ("340100", "合肥", 3),
)
SCHOOLS = (("云浦职业技术学院", "yunpu"), ("楚衡工业职业学院", "chuheng"), ("澄湖商贸职业学院", "chenghu"))


def person(rng: random.Random) -> str:
    """An invented name of two or three characters."""
    return rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2))))


def company(rng: random.Random, city: str, stem: str) -> str:
    """An invented company name: city, brand, trade, form."""
    form = rng.choice(("有限公司", "有限公司", "股份有限公司", "集团有限公司"))
    return f"{city}{rng.choice(BRANDS)}{stem}{form}"


def city(rng: random.Random) -> tuple[str, str]:
    """(code, name) of a city, the schools' own region most often."""
    code, name, _ = rng.choices(CITIES, weights=[weight for _, _, weight in CITIES])[0]
    return code, name
