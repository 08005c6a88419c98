"""The copy in memory under several threads, and a history that teaches."""

import random
from datetime import timedelta

import pytest
from django.core.cache import cache

from backend.common import clock
from backend.demo.history import SHOWN, _opened, _shown
from backend.positions.models import Position
from backend.recommendations import catalogue
from backend.recommendations.domain import record_impressions
from backend.recommendations.domain.recording import propensity
from backend.recommendations.models import Impression
from backend.recommendations.queries import matches_for
from tests.backend.racing import race
from tests.factories.applications import student_actor
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("frozen_now")
def test_several_threads_read_what_one_of_them_changes():
    """Each answer is of one moment: the old title or the new one, never a hole; afterwards all see the new one."""
    position = PositionFactory(published=True, title="旧")
    actor = student_actor(StudentFactory(school=position.company.school))
    catalogue.positions()

    def work(n: int) -> list[str]:
        if n == 0:
            Position.objects.filter(pk=position.pk).update(title="新", version=2, updated_at=clock.now())
        return [item.position.title for item in matches_for(actor).shown]

    found = race(work, threads=4)
    assert all(one in (["旧"], ["新"]) for one in found)
    assert found[0] == ["新"]
    assert catalogue.positions().held.get(position.pk).title == "新"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("frozen_now")
def test_the_same_list_loaded_at_once_is_recorded_once():
    cache.clear()
    position = PositionFactory(published=True)
    actor = student_actor(StudentFactory(school=position.company.school))
    found = matches_for(actor)
    counts = race(lambda _: record_impressions(actor=actor, matches=found, surface="home"), threads=4)
    assert (sorted(counts), Impression.objects.count()) == ([0, 0, 0, 1], 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("frozen_now")
def test_without_the_note_in_the_cache_each_loading_is_recorded():
    """The control: a cache that forgets at once costs recordings, and never a list twice in itself."""
    position = PositionFactory(published=True)
    actor = student_actor(StudentFactory(school=position.company.school))
    found = matches_for(actor)
    for _ in range(3):
        cache.clear()
        record_impressions(actor=actor, matches=found, surface="home")
    assert Impression.objects.values("showing").distinct().count() == Impression.objects.count() == 3


@pytest.mark.parametrize(("rank", "chance"), [(1, 1.0), (3, 0.5), (7, 1 / 3), (15, 0.25)])
def test_what_stands_lower_is_looked_at_less(rank, chance):
    assert propensity(rank) == pytest.approx(chance)


@pytest.fixture
def market(db):
    student = StudentFactory(wanted_occupations=[])
    rows = PositionFactory.create_batch(SHOWN + 5, published=True, company__school=student.school)
    return student, rows


@pytest.mark.usefixtures("frozen_now")
def test_an_invented_list_is_newest_first_with_the_chance_of_each_place(market):
    student, rows = market
    for days, row in enumerate(rows):
        row.published_at = clock.now() - timedelta(days=days)
    shown = _shown(random.Random(1), student, rows, clock.now())
    assert [row.rank for row in shown] == list(range(1, SHOWN + 1))
    days = [row.position.published_at for row in shown]
    assert days == sorted(days, reverse=True)
    assert [row.propensity for row in shown] == [propensity(rank) for rank in range(1, SHOWN + 1)]
    assert (len({row.showing for row in shown}), {row.model for row in shown}) == (1, {"newest-first"})


@pytest.mark.usefixtures("frozen_now")
def test_an_invented_student_opens_what_they_saw_and_like(market):
    """Over many draws the first place is opened more often than the last, though both are liked alike."""
    student, rows = market
    student.skills = ["数控编程", "识图"]
    rng = random.Random(7)
    first = last = 0
    for _ in range(150):
        shown = _shown(rng, student, rows, clock.now())
        opened = _opened(rng, student, shown)
        assert len(opened) <= 4
        first += shown[0].position in opened
        last += shown[-1].position in opened
    assert first > last
