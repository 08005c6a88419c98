"""What is sent: for each address that writes, the body that whoever may do it would send."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from backend.common import clock
from tests.factories.accounts import PASSWORD
from tests.factories.companies import credit_code
from tests.factories.world import OCCUPATION

Rows = dict[str, Any]

# The arguments of socket commands that are not rows.
ARGUMENTS = {"agree": True, "user": 1, "size": 2, "topic": "校招宣讲",
    "accept": False, "reason": "rude", "paused": True, "text": "你好", "outcome": "interview", "message": "请来面试",
    "call": "call-1", "what": "ring", "data": "", "minutes": 5, "agreed": True,
}  # fmt: skip


def body_of(pattern: str, method: str, rows: Rows) -> dict[str, Any]:
    """The body for an address and method, the same for the page and for JSON; empty where nothing need be said."""
    if method in {"GET", "DELETE"}:
        return {}
    key = re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]*>", "*", pattern).translate({ord("^"): None, ord("$"): None})
    make = BODIES.get(key.removeprefix("api/v1/"))
    return make(rows) if make else {}


def query_of(pattern: str) -> str:
    """What a page that cannot be asked for bare wants to hear behind the question mark."""
    return {
        "insights/ratio/rows/": "?side=openings",
        "positions/suggest/": "?q=数",
        "api/v1/positions/compare/": "?ids=1",
    }.get(pattern, "")


def _day(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


def _moment(days: int) -> str:
    return (clock.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def _always(**fields: Any) -> Callable[[Rows], dict[str, Any]]:
    return lambda rows: fields


def _position(rows: Rows) -> dict[str, Any]:
    return {
        "title": "数控操作员", "kind": "full_time", "occupation": OCCUPATION, "openings": 3,
        "duties": "操作数控车床，完成零件加工和自检。", "conditions": "两班倒，提供住宿；会看图纸。", "education": "associate",
        "experience_months": 0, "city_code": "320500", "place": "东方路1号", "salary_min": 5000, "salary_max": 8000,
        "salary_months": 12, "deadline": _day(60),
    }  # fmt: skip


def _company(rows: Rows) -> dict[str, Any]:
    return {
        "name": "新星制造有限公司", "credit_code": credit_code(900_001), "industry": "制造业", "size": "20-99",
        "city_code": "320500", "school": rows["school"].pk,
    }  # fmt: skip


def _fair(rows: Rows) -> dict[str, Any]:
    return {
        "name": "秋季双选会", "place": "both", "address": "体育馆", "starts_at": _moment(20), "ends_at": _moment(21),
        "lines_per_student": 3, "meeting_minutes": 8, "no_show_grace_seconds": 60, "turn_bonus_minutes": 5, "steps_away_max": 3, "away_minutes_max": 10, "invitations_per_hour": 20, "invitations_per_day": 6,
    }  # fmt: skip


def _student(rows: Rows) -> dict[str, Any]:
    return {
        "school_id": rows["school"].pk, "school": rows["school"].pk, "number": "20239999", "name": "李华",
        "major_id": rows["major"].pk, "major": rows["major"].pk, "education": "associate", "graduation_year": 2027,
    }  # fmt: skip


def _claim(rows: Rows) -> dict[str, Any]:
    place = rows["place"]
    return {
        "school_id": place.school_id,
        "school": place.school_id,
        "number": place.number,
        "name": place.name,
    }


def _major(rows: Rows) -> dict[str, Any]:
    return {"name": "数控技术", "department_id": rows["department"].pk, "department": rows["department"].pk}


def _class(rows: Rows) -> dict[str, Any]:
    return {
        "name": "数控2401",
        "major_id": rows["major"].pk,
        "major": rows["major"].pk,
        "graduation_year": 2027,
    }


def _school(rows: Rows) -> dict[str, Any]:
    return {
        "name": "新学院",
        "code": "new-school",
        "city_code": "320500",
        "staff_email": "somebody-new@example.org",
    }


def _grant(rows: Rows) -> dict[str, Any]:
    company = rows["company"].pk
    return {
        "company_id": company, "company": company, "fields_open": ["email"], "purpose": "contact", "until": _day(30),
    }  # fmt: skip


def _offer(rows: Rows) -> dict[str, Any]:
    return {"salary": 6500, "starts_on": _day(30), "deadline": _moment(3)}


def _bulk(rows: Rows) -> dict[str, Any]:
    chosen = [rows["application"].pk]
    return {"to": "declined", "message": "谢谢。", "application_ids": chosen, "ids": chosen}


def _slots(rows: Rows) -> dict[str, Any]:
    times = [{"starts_at": _moment(2), "ends_at": _moment(3)}]
    page = {"first": _moment(2), "minutes": 30, "number": 2}
    return page | {"position_id": rows["position"].pk, "place": "A 座 301", "times": times}


def _invitation(rows: Rows) -> dict[str, Any]:
    return {
        "email": "somebody-new@example.org",
        "role": "staff",
        "school": rows["school"].pk,
        "school_id": rows["school"].pk,
    }


EXPERIENCE = _always(title="测试实习生", organisation="示例公司", started_on="2025-03-01")
PROFILE = _always(phone="13900000000")
VISIBILITY = _always(visibility="visible", seeking=True, personalised=True)
REFUSAL = _always(reason="名单上没有你", decision="refuse")
NAME = _always(name="新的名字")

BODIES: dict[str, Callable[[Rows], dict[str, Any]]] = {
    "account/": _always(name="李华", language="en"),
    "account/erase/": _always(password=PASSWORD),
    "account/tokens/": _always(label="笔记本"),
    "applications/": lambda rows: {"position_id": rows["position"].pk},
    "applications/*/move/": _always(to="declined", message="谢谢。"),
    "applications/*/note/": _always(text="有礼貌"),
    "applications/*/notes/": _always(text="有礼貌"),
    "applications/*/offer/": _offer,
    "applications/*/rate/": _always(rating=4),
    "applications/bulk-move/": _bulk,
    "applications/bulk/": _bulk,
    "classes/": _class,
    "classes/*/": _class,
    "companies/": _company,
    "companies/*/": _always(about="我们做精密零件。"),
    "companies/*/decisions/": _always(outcome="suspended", reason="执照已注销"),
    "company/divisions/": NAME,
    "company/fairs/booths/*/team/": _always(recruiters=1),
    "company/fairs/booths/*/invite/": lambda rows: {"registration": rows["registration"].pk},
    "company/fairs/booths/*/say/": _always(text="你好"),
    "company/fairs/booths/*/group/open/": _always(size=2),
    "company/fairs/groups/*/end/": _always(outcome="pending"),
    "fairs/groups/*/say/": _always(text="你好"),
    "company/fairs/meetings/*/follow/": lambda rows: {f"{rows['meeting'].pk}-note": "好"},
    "fairs/booths/*/swap/": lambda rows: {"ticket": rows["ticket"].pk},
    "company/fairs/booths/*/mark/": lambda rows: {"student": rows["student"].pk, "wanted": "yes"},
    "company/positions/claim/": lambda rows: {"source": rows["company"].pk},
    "company/positions/*/edit/": _position,
    "company/positions/*/template/": _always(name="模板二"),
    "company/positions/new/": _position,
    "alliances/": NAME,
    "alliances/*/": NAME,
    "company/profile/": _company,
    "company/register/": _company,
    "consents/": _grant,
    "me/searches/": _always(state="q=焊工"),
    "me/searches/*/edit/": _always(name="改名", frequency="instant", q="焊工"),
    "saved-searches/": _always(query="q=焊工&city=320500"),
    "saved-searches/*/": _always(name="改名"),
    "departments/": NAME,
    "departments/*/": NAME,
    "divisions/": NAME,
    "experiences/": EXPERIENCE,
    "experiences/*/": EXPERIENCE,
    "fairs/*/sign-up/": lambda rows: {"positions": [rows["position"].pk]},
    "fairs/*/choices/": lambda rows: {"choice_1": rows["booth"].pk},
    "fairs/choices/": lambda rows: {"fair": rows["fair"].pk, "booths": [rows["booth"].pk]},
    "fairs/plans/": lambda rows: {"fair": rows["fair"].pk},
    "fairs/talks/": lambda rows: {name: rows[name].pk for name in ("fair", "booth", "student")} | {"slot": 3},
    "fairs/talks/*/move/": _always(slot=13),
    "fairs/invitations/*/answer/": _always(accept="no"),
    "fairs/meetings/*/report/": _always(reason="rude"),
    "fairs/meetings/*/end/": _always(outcome="interview", message="请来面试"),
    "fairs/meetings/*/say/": _always(text="你好"),
    "fairs/meetings/*/more/": _always(what="ask", minutes=5),
    "fairs/meetings/*/share/": _always(what="contact"),
    "fairs/tickets/": lambda rows: {"booth": rows["booth"].pk},
    "interactions/": lambda rows: {"position_id": rows["position"].pk, "kind": "save"},
    "interview-slots/": _slots,
    "invitations/": _invitation,
    "invitations/accept/": _always(token="own-invitation"),
    "invitations/*/": _always(name="王老师", password=PASSWORD),
    "majors/": _major,
    "majors/*/": _major,
    "matches/grading/pairs/*/": _always(fit=1),
    "matches/personalisation/": _always(on="1", personalised=True),
    "members/*/": _always(is_owner=True),
    "me/": _always(name="李华", number="20239999", language="en"),
    "me/claim/": _claim,
    "me/consents/": _grant,
    "me/experiences/*/": EXPERIENCE,
    "me/experiences/new/": EXPERIENCE,
    "me/profile/": PROFILE,
    "me/register/": _student,
    "me/visibility/": VISIBILITY,
    "staff/searches/synonyms/*/": _always(words="码农、coder"),
    "staff/searches/synonyms/*/switch/": _always(active="0"),
    "staff/searches/synonyms/new/": _always(words="程序猿、hacker"),
    "position-templates/": lambda rows: {
        "name": "模板二",
        "position_id": rows["position"].pk,
        "position": rows["position"].pk,
    },
    "operator/alliances/": NAME,
    "operator/alliances/*/": NAME,
    "operator/alliances/*/add/": lambda rows: {"school": rows["school"].pk},
    "operator/schools/*/": _school,
    "operator/schools/*/invite/": _always(email="somebody-new@example.org"),
    "operator/schools/*/suspend/": _always(reason="停办"),
    "operator/schools/new/": _school,
    "positions/": _position,
    "positions/*/": _always(place="东方路2号"),
    "positions/*/interest/": _always(kind="save"),
    "positions/*/review/": _always(publish=True),
    "positions/compare/choose/": lambda rows: {"position": rows["position"].pk},
    "positions/searches/": _always(text="数控", q="数控"),
    "positions/*/slots/": _slots,
    "positions/*/take-down/": _always(reason="收费"),
    "schools/": _school,
    "schools/*/": _school,
    "schools/*/alliance/": _always(alliance_id=None),
    "schools/*/suspend/": _always(reason="停办"),
    "school/classes/*/edit/": _class,
    "school/classes/new/": _class,
    "school/departments/*/edit/": NAME,
    "school/departments/new/": NAME,
    "school/majors/*/edit/": _major,
    "school/majors/new/": _major,
    "staff/companies/*/": _always(outcome="suspended", reason="执照已注销"),
    "company/fairs/booths/*/questions/": lambda rows: {"question": rows["question"].pk, "answer": "没有"},
    "company/fairs/booths/*/today/": lambda rows: {
        "do": "stand_in",
        "user": rows["membership of owner"].user_id,
    },
    "fairs/booths/*/questions/": _always(text="有夜班吗？"),
    "staff/fairs/*/announce/": _always(scope="all", text_zh="请到主席台", text_en=""),
    "staff/fairs/*/announce/withdraw/": lambda rows: {"announcement": rows["announcement"].pk},
    "staff/fairs/*/extend/": lambda rows: {
        "ends_at": f"{timezone.localtime(rows['fair'].ends_at) + timedelta(hours=1):%Y-%m-%dT%H:%M}"
    },
    "staff/fairs/*/people/": lambda rows: {"user": rows["student account"].user_id, "reason": "辱骂"},
    "staff/fairs/booths/*/questions/hide/": lambda rows: {"question": rows["question"].pk},
    "staff/fairs/booths/*/steer/": _always(do="close"),
    "staff/fairs/*/check-in/": lambda rows: {"registration": rows["fair"].registrations.first().pk},
    "staff/fairs/booths/*/place/": _always(label="Z9", zone="Z区", order=1),
    "staff/fairs/*/edit/": _fair,
    "staff/fairs/*/move/": _always(to="closed"),
    "staff/fairs/*/plan/propose/": _always(most=3, minutes=10, breath=0, seed=0),
    "staff/fairs/booths/*/plan/add/": lambda rows: {"student": rows["place"].pk, "slot": 13},
    "staff/fairs/booths/*/decide/": _always(decision="refuse", reason="已满"),
    "staff/fairs/new/": _fair,
    "staff/fairs/reports/*/decide/": _always(decision="warned"),
    "staff/matching/grading/*/pairs/*/": _always(fit=1),
    "staff/positions/claims/": lambda rows: {"source": rows["company"].pk, "company": rows["company"].pk},
    "staff/positions/*/": _always(outcome="publish", reason="收费"),
    "students/*/decide/": REFUSAL,
    "students/*/refuse/": REFUSAL,
    "students/rosters/*/decide/": _always(decision="drop"),
    "team/": _invitation,
    "theme/": _always(theme="dark"),
    "tokens/": lambda rows: {
        "email": rows["student account"].user.email,
        "password": PASSWORD,
        "label": "笔记本",
    },
}
