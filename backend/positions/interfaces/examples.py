"""Answers of search as the documentation shows them."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_HIT: dict[str, Any] = {
    "id": 42,
    "title": "Java 开发工程师",
    "company": 7,
    "company_name": "苏州云帆软件有限公司",
    "kind": "full_time",
    "occupation": "2-02-10-03",
    "occupation_name": "计算机程序设计员",
    "openings": 3,
    "duties": "编写和维护业务系统。",
    "conditions": "会 Java 和 SQL。",
    "education": "associate",
    "majors": ["软件技术"],
    "skills": ["Java", "SQL"],
    "skill_levels": {"Java": 2},
    "wanted_skills": ["Linux"],
    "certificates": [],
    "experience_months": 0,
    "graduation_years": [2026],
    "city_code": "320500",
    "district_code": "",
    "place": "苏州工业园区",
    "salary_min": 6000,
    "salary_max": 8000,
    "salary_months": 12,
    "deadline": "2026-06-30",
    "starts_on": "2026-07-06",
    "published_at": "2026-05-01T09:00:00+08:00",
    "expires_at": "2026-07-01T00:00:00+08:00",
    "highlights": {"title": "<mark>Java</mark> 开发工程师", "excerpt": "会 <mark>Java</mark> 和 SQL。"},
    "fit": {
        "score": 0.84,
        "zh": "掌握了多数要求的技能",
        "en": "Most of the skills asked are there",
    },
}
_ANSWER: dict[str, Any] = {
    "total": 31,
    "worded": 31,
    "page": 1,
    "next": "",
    "degraded": False,
    "updating": False,
    "corrected": "",
    "widened": [],
    "by_meaning_only": False,
    "fit": {"order": "pT3fW0qLk2aX", "ordered": 31, "refused": ""},
    "results": [_HIT],
    "facets": [{"name": "city", "values": [{"value": "320500", "label": "苏州", "count": 12}]}],
}
BY_FIT = OpenApiExample("By fit", _ANSWER, response_only=True)
NOT_BY_FIT = OpenApiExample(
    "Asked for by fit without a session: by relevance, and said so",
    _ANSWER
    | {
        "fit": {"order": "", "ordered": 0, "refused": "signed_out"},
        "results": [_HIT | {"fit": None}],
    },
    response_only=True,
)
FACETS = OpenApiExample(
    "Cities and districts of a search in one city",
    {
        "total": 31,
        "degraded": False,
        "updating": False,
        "corrected": "",
        "widened": [],
        "facets": [
            {
                "name": "city",
                "values": [
                    {"value": "420100", "label": "武汉", "count": 31},
                    {"value": "320500", "label": "苏州", "count": 12},
                ],
            },
            {"name": "district", "values": [{"value": "420102", "label": "江岸", "count": 7}]},
        ],
    },
    response_only=True,
)
SUGGESTIONS = OpenApiExample(
    "For “dian”",
    {
        "q": "dian",
        "items": [
            {"kind": "occupation", "text": "电工", "count": 31, "states": {"occupation": "6-31-01-03"}},
            {"kind": "company", "text": "点创软件有限公司", "count": 4, "states": {"company": "7"}},
            {"kind": "skill", "text": "电气制图", "count": 9, "states": {"q": "电气制图"}},
            {"kind": "title", "text": "电气工程师助理", "count": 6, "states": {"q": "电气工程师助理"}},
        ],
    },
    response_only=True,
)
COMPARED = OpenApiExample(
    "One of two positions is still open, for a student",
    {
        "positions": [{key: value for key, value in _HIT.items() if key not in ("highlights", "fit")}],
        "gone": 1,
        "rows": [
            {"name": "pay", "label": "基本薪资", "values": ["6,000–8,000元/月"], "differs": False},
            {"name": "city", "label": "城市", "values": ["苏州"], "differs": False},
        ],
        "fits": [{"position": 42, "percent": 84, "good": ["掌握了多数要求的技能"], "poor": []}],
    },
    response_only=True,
)
