"""Bodies as they look, for the schema."""

from drf_spectacular.utils import OpenApiExample

REASONS = [
    {
        "feature": "skills_covered",
        "contribution": 0.31,
        "zh": "掌握了多数要求的技能",
        "en": "Most of the skills asked are there",
    },
    {
        "feature": "salary",
        "contribution": -0.04,
        "zh": "薪资低于期望",
        "en": "The pay is below the wish",
    },
    {"feature": "base", "contribution": 0.5, "zh": "基准分", "en": "Starting score"},
]
MATCH = {
    "position": 42,
    "title": "数控操作员",
    "company": "示例机械有限公司",
    "rank": 1,
    "score": 0.77,
    "model": "additive-0001",
    "reasons": REASONS,
    "saved": False,
}
NEUTRAL = MATCH | {"score": None, "model": None, "reasons": []}
STUDENT = {
    "student": 7,
    "name": "学生 7",
    "anonymous": True,
    "major": "机电一体化技术",
    "education": "associate",
    "graduation_year": 2026,
    "skills": ["数控编程"],
    "rank": 1,
    "score": 0.77,
    "model": "additive-0001",
    "reasons": REASONS,
}
PAIR = {
    "id": 3,
    "student": 7,
    "student_name": "李晓明",
    "position": 42,
    "title": "数控操作员",
    "company": "示例机械有限公司",
    "mutual": 0.81,
    "score": 0.77,
    "reasons": REASONS,
    "hinted_at": None,
}
FAIRNESS = {
    "kind": "fairness",
    "at": "2026-03-02T02:00:00+08:00",
    "model": "additive-0001",
    "figures": {
        "students": 600,
        "positions": 880,
        "first": 20,
        "worst": 0.91,
        "passed": True,
        "groups": {
            "education": [
                {
                    "group": "associate",
                    "people": 420,
                    "selected": 0.98,
                    "impact_ratio": 1.0,
                    "low": 1.0,
                    "high": 1.0,
                    "exposure_ratio": 1.0,
                    "exposure_low": 1.0,
                    "exposure_high": 1.0,
                    "rules": 1.0,
                }
            ]
        },
    },
}


def shown(name: str, value: object) -> OpenApiExample:
    """An example of an answer."""
    return OpenApiExample(name, value=value, response_only=True)


def asked(name: str, value: object) -> OpenApiExample:
    """An example of a body."""
    return OpenApiExample(name, value=value, request_only=True)
