"""What the demo shows staff of searches in vain."""

from datetime import timedelta

import pytest

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.demo.searched import TEXTS, build_searches
from backend.wording.models import SearchTally
from backend.wording.queries import LEAST_PEOPLE, hidden, missed
from tests.factories.schools import SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def test_staff_of_the_demo_have_something_to_look_at_and_something_too_rare_to_see():
    school = SchoolFactory()
    assert build_searches(school, 7) == SearchTally.objects.count()
    staff = Actor(role=Role.STAFF, user_id=1, school_id=school.pk)
    rows = {row["text"]: row for row in missed(staff, days=30)}
    assert {text: rows[text]["total"] for text in rows} == {
        text: people for text, people, share, _ in TEXTS if people * share >= LEAST_PEOPLE
    }
    assert hidden(staff, days=30) == 1
    assert {row["text"] for row in missed(staff, days=30, few=True)} >= {"远程办公"}
    days = SearchTally.objects.values_list("day", flat=True)
    assert clock.today() - timedelta(days=27) <= min(days) <= max(days) <= clock.today()


def test_the_same_seed_gives_the_same_counts():
    made = []
    for _ in range(2):
        SearchTally.objects.all().delete()
        build_searches(SchoolFactory(), 7)
        made.append(
            list(SearchTally.objects.order_by("text", "day").values_list("text", "day", "people", "missed"))
        )
    assert made[0] == made[1]
