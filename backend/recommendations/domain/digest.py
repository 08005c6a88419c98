"""On Monday mornings students who seek are told, in one message, of the week's new positions that fit them best."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation

from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from backend.notifications.domain import notify
from backend.notifications.models import Notification
from backend.positions.models import Position
from backend.recommendations.market import Market, market_of
from backend.recommendations.queries.acted import acted_on
from backend.recommendations.queries.words import main_reason, worded
from backend.recommendations.serving import standing
from backend.schools.models import School
from matching import api as matching
from matching import types as plain

MONDAY, MORNING = 0, range(8, 12)
"""Day and hours, in the platform's time zone, at which messages are sent."""
NEW_WITHIN = timedelta(days=7)
MOST = 5
"""Positions told in one message."""
FITS_ABOVE = 0.5
"""Score above which a position speaks more for itself than against."""


def send_digests() -> int:
    """Tell everybody who has not been told this week; the number of messages. Nothing outside Monday mornings.

    May be killed or run twice at once: a message is sent once a week to each account, whoever tries.
    """
    now = clock.now()
    if not is_time(now):
        return 0
    standing()
    return sum(
        _tell(school, now) for school in School.objects.filter(suspended_at__isnull=True).order_by("pk")
    )


def is_time(now: datetime) -> bool:
    """Whether it is Monday morning."""
    local = timezone.localtime(now)
    return local.weekday() == MONDAY and local.hour in MORNING


def _tell(school: School, now: datetime) -> int:
    key = "digest:{0.year}-{0.week:02d}".format(timezone.localtime(now).isocalendar())
    accounts = Membership.objects.filter(student__school=school, role=Role.STUDENT, ended_at__isnull=True)
    told = Notification.objects.filter(dedupe_key=key).values("user_id")
    rows = accounts.exclude(user_id__in=told).values_list("student_id", "user_id", "user__language")
    users = {student: (user, language) for student, user, language in rows}
    market = market_of(school)
    since = clock.today() - NEW_WITHIN
    market = Market(
        [student for student in market.students if student.id in users],
        [row for row in market.positions if row.published_on and row.published_on > since],
    )
    best = {} if market.empty else _best(market)
    wanted = {pk for ids in best.values() for pk in ids}
    told_of = Position.objects.filter(pk__in=wanted).values_list("pk", "title", "company__name")
    names = {pk: f"{title}（{company}）" for pk, title, company in told_of}
    people = {student.id: student for student in market.students}
    offers = {position.id: position for position in market.positions}
    for student, ids in best.items():
        user, language = users[student]
        reasons = _reasons(people[student], [offers[pk] for pk in ids], language)
        positions = "；".join(f"{names[pk]}：{reason}" for pk, reason in zip(ids, reasons, strict=True))
        with transaction.atomic():
            notify(
                user_ids=[user],
                kind="matches_new",
                dedupe_key=key,
                url="/matches/",
                positions=positions,
            )
    return len(best)


def _reasons(student: plain.Student, positions: list[plain.Position], language: str) -> list[str]:
    """The main reason for each position, in the language of whoever is told."""
    matches = matching.explain_pairs([(student, position) for position in positions], on=clock.today())
    with translation.override(language):
        return [worded(main_reason(match)) for match in matches]


def _best(market: Market) -> dict[int, list[int]]:
    """Student → ids of the positions that fit best and that they have neither looked at nor applied for."""
    scores = matching.score_matrix(market.students, market.positions, on=clock.today()).round(12)
    acted = acted_on(student.id for student in market.students)
    found = {}
    for student, row in zip(market.students, scores.tolist(), strict=True):
        ranked = sorted((-score, position.id) for score, position in zip(row, market.positions, strict=True))
        ids = [pk for score, pk in ranked if -score > FITS_ABOVE and (student.id, pk) not in acted][:MOST]
        if ids:
            found[student.id] = ids
    return found
