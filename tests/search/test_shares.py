"""How much of the index a filter leaves: learnt, forgotten, multiplied."""

from search.engines.elasticsearch import shares
from search.engines.elasticsearch.shares import Shares

KIND, CITY = {"terms": {"kind": ["full_time"]}}, {"terms": {"city_code": ["310000"]}}
SINCE = {"range": {"published": {"gte": 1_790_000_000}}}


class Clock:
    """Seconds that stand still."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_was_counted_is_known_until_it_is_old():
    clock = Clock()
    known = Shares(clock)
    assert (known.unknown([KIND, CITY]), known.of([KIND])) == ([KIND, CITY], 0.0)
    known.learn([KIND, CITY], [80, 25], 100)
    clock.now += shares.KEPT_SECONDS - 1
    assert (known.unknown([KIND, CITY]), known.of([KIND]), known.of([KIND, CITY])) == ([], 0.8, 0.2)
    clock.now += 1
    assert (known.unknown([KIND, CITY]), known.of([KIND, CITY])) == ([KIND, CITY], 0.0)


def test_what_is_another_filter_every_second_is_never_counted():
    known = Shares(Clock())
    known.learn([KIND], [80], 100)
    assert (known.unknown([KIND, SINCE]), known.of([KIND, SINCE])) == ([], 0.0)


def test_an_empty_index_and_a_full_memory_leave_nothing_known(monkeypatch):
    known = Shares(Clock())
    known.learn([KIND], [0], 0)
    assert (known.of([KIND]), known.unknown([KIND])) == (0.0, [])
    monkeypatch.setattr(shares, "MOST", 1)
    known.learn([CITY], [5], 10)
    assert (known.unknown([KIND, CITY]), known.of([CITY])) == ([KIND], 0.5)
