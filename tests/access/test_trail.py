"""Every write over JSON leaves a line in the trail; what leaves none is listed with the reason."""

import logging

import pytest
from django.db import transaction

from backend.audit.models import AuditEntry
from tests.architecture import asking
from tests.architecture.bodies import body_of
from tests.architecture.test_access import done
from tests.factories import world

# A row of its own says who did it and when, or it is a person's own small thing.
OWN_RECORD = {
    "api/v1/^fairs/meetings/(?P<pk>[^/.]+)/say/$",
    "api/v1/^notifications/(?P<pk>[^/.]+)/read/$",
    "api/v1/^notifications/read/$",
    "api/v1/^saved-searches/(?P<pk>[^/.]+)/looked/$",
    "api/v1/interactions/",
    "api/v1/interactions/<int:pk>/<slug:kind>/",
    "api/v1/matches/grading/pairs/<int:pk>/",
    "api/v1/positions/searches/",
    "api/v1/positions/searches/<int:pk>/",
}
# As it is asked for in the table nothing changes: it was so before, or nothing is stored at all.
NO_CHANGE = {
    "api/v1/^applications/$",
    "api/v1/^companies/(?P<pk>[^/.]+)/$",
    "api/v1/^fairs/(?P<pk>[^/.]+)/register/$",
    "api/v1/^interview-slots/(?P<pk>[^/.]+)/book/$",
    "api/v1/matches/personalisation/",
    "api/v1/positions/lint/",
}


def lines_of(place, session, route, asked, role) -> int:
    """How many lines were added by one request, seen before it is undone."""
    (method, variant), before, seen = asked, AuditEntry.objects.count(), []
    undo = transaction.set_rollback

    def look(*args, **kwargs) -> None:
        seen.append(AuditEntry.objects.count())
        undo(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "set_rollback", look)
        body = body_of(route.pattern, method, place.rows["own"])
        asking._ask(session, method, route.address(place, variant, role), body)
    return seen[-1] - before


@pytest.mark.django_db
def test_every_write_leaves_a_line_or_is_listed():
    logging.disable(logging.WARNING)
    place = world.build()
    sessions = asking._sign_in(place)
    routes = {route.pattern: route for route in asking.routes()}
    spoken, silent = set(), set()
    for (pattern, method, variant), cells in asking.read().items():
        role = next((role for role in asking.COLUMNS if done(cells[role])), None)
        if role is None or method == "GET" or not pattern.startswith("api/"):
            continue
        added = lines_of(place, sessions.get(role), routes[pattern], (method, variant), role)
        (spoken if added else silent).add(pattern)
    logging.disable(logging.NOTSET)
    assert sorted(silent - spoken) == sorted(OWN_RECORD | NO_CHANGE)
    assert len(spoken) > 50
