"""The injectable clock."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from backend.common import clock

NEW_YEAR = datetime(2025, 12, 31, 17, 0, tzinfo=UTC)


def test_frozen_clock_stands_still_and_is_given_back():
    with clock.frozen(NEW_YEAR):
        assert clock.now() == NEW_YEAR
        assert clock.now() == NEW_YEAR
    assert abs(clock.now() - timezone.now()) < timedelta(seconds=5)


def test_today_is_the_date_in_shanghai():
    with clock.frozen(NEW_YEAR):
        assert clock.today().isoformat() == "2026-01-01"


def test_advance_moves_the_innermost_clock():
    with clock.frozen(NEW_YEAR), clock.frozen(NEW_YEAR + timedelta(days=1)):
        clock.advance(timedelta(hours=2))
        assert clock.now() == NEW_YEAR + timedelta(days=1, hours=2)
    assert not clock._frozen


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="aware"), clock.frozen(datetime(2026, 1, 1)):
        pass
