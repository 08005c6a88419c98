"""What the races of several files need."""

import pytest
from django.db import connection
from django.db.models import QuerySet


@pytest.fixture(params=["guarded", "control"])
def slips(request, monkeypatch):
    """Whether the other one slips in: only where no row is held, and the database has more than one writer."""
    if request.param == "guarded":
        return False
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_how: rows)
    return connection.vendor == "postgresql"
