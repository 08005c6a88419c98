"""The table of access is whole, and what it says is what we mean; tests/access compares it with what happens."""

import re

import pytest

from fairs import snapshots
from fairs.protocol import commands
from fairs.realtime.routing import websocket_urlpatterns
from tests.architecture import asking
from tests.factories import world

# What is open to a visitor, beyond the pages that sign people in.
PUBLIC = {
    "", "api/v1/^companies/$", "api/v1/^companies/(?P<pk>[^/.]+)/$", "api/v1/^fairs/$", "api/v1/^fairs/(?P<pk>[^/.]+)/$",
    "api/v1/^fairs/booths/$", "api/v1/^fairs/booths/(?P<pk>[^/.]+)/$", "api/v1/^occupations/$", "api/v1/^positions/$",
    "api/v1/^positions/(?P<pk>[^/.]+)/$", "api/v1/^schools/$", "api/v1/^schools/(?P<pk>[^/.]+)/$", "api/v1/^tokens/$",
    "api/v1/cities/", "api/v1/docs/", "api/v1/positions/compare/", "api/v1/positions/facets/", "api/v1/positions/search/",
    "api/v1/positions/suggest/", "api/v1/schema/", "companies/<int:pk>/", "fairs/",
    "fairs/<int:pk>/", "healthz", "invitations/<str:token>/", "language/", "metrics", "positions/", "positions/<int:pk>/",
    "positions/compare/", "positions/compare/choose/", "positions/districts/", "positions/suggest/", "readyz",
    "socket fair-<id>", "socket line-<id>", "styleguide/", "theme/",
}  # fmt: skip
# Whose work each part of the site is; the operator looks after the platform.
OWNERS = {
    r"^operator/|^api/v1/\^alliances/": {"operator"},
    r"^(staff|school|deliveries|insights)/|^api/v1/\^?(rosters|insights|deliveries)/": {"staff", "operator"},
    r"^company/(?!register/|positions/lint/)|^api/v1/\^divisions/": {"recruiter", "staff", "operator"},
    r"^(me/(?!claim|register)|matches/)|^api/v1/(\^(consents|experiences|profile-views|saved-searches)/|matches/(<|compare|personalisation))": {
        "student"
    },
}
KINDS_OF = {
    "classmate": "student", "foreign_student": "student", "owner": "recruiter", "other_owner": "recruiter",
    "department_staff": "staff", "other_department_staff": "staff", "foreign_staff": "staff",
}  # fmt: skip
# Rows that somebody of another school may meet: an invitation's link is for whoever holds it.
FOREIGN_OPEN = {"invitations/<str:token>/"}


def done(cell: str) -> bool:
    """Whether a cell says that something was shown or done."""
    return cell.isdigit() and cell < "400"


@pytest.fixture(scope="module")
def written() -> asking.Table:
    return asking.read()


def test_every_address_and_command_has_its_rows(written):
    """A new endpoint without a row fails here; asking.py says how to write one. Think about each cell of it."""
    rows = {(route, method) for route, method, _ in written}
    listed = {route for route, _ in rows}
    routes = asking.routes()
    known = {route.pattern for route in routes} | {f"socket {name}" for name in commands.ALL}
    known |= {f"socket {audience}-<id>" for audience in ("person", *snapshots._STATES)}
    assert sorted(known - listed) == []
    assert sorted(listed - known) == []
    spoken = {(r.pattern, method) for r in routes if r.pattern.startswith("api/") for method in r.methods}
    assert sorted(spoken - rows) == []
    assert [str(route.pattern) for route in websocket_urlpatterns] == ["ws/fairs/"]


def test_nothing_breaks_and_every_cell_is_filled(written):
    kinds = {200, 201, 204, 302, 400, 401, 403, 404, 409, 415, 422}
    odd = [
        (key, role, cell)
        for key, cells in written.items()
        for role, cell in cells.items()
        if cell not in {"", "login"} and int(cell) not in kinds
    ]
    assert odd == []
    assert all(cells[role] for cells in written.values() for role in world.ROLES)


def test_a_visitor_is_shown_only_what_is_public(written):
    shown = {key[0] for key, cells in written.items() if done(cells["anonymous"])}
    assert {pattern for pattern in shown if not pattern.startswith(("accounts/", "admin/log"))} == PUBLIC


def test_nobody_of_another_school_reaches_a_row(written):
    reached = {
        key
        for key, cells in written.items()
        for role in ("foreign_student", "foreign_staff")
        if done(cells[role]) and key[0] not in FOREIGN_OPEN
    }
    assert reached == set()


def test_only_the_owners_of_a_part_get_anything_done_there(written):
    trespassed = [
        (key, role)
        for expression, owners in OWNERS.items()
        for key, cells in written.items()
        for role, cell in cells.items()
        if re.match(expression, key[0]) and done(cell) and KINDS_OF.get(role, role) not in owners
    ]
    assert trespassed == []


def test_one_s_own_things_are_nobody_else_s(written):
    for key, cells in written.items():
        if key[2] in {"token of student", "notification of student", "grant", "experience"}:
            assert [role for role, cell in cells.items() if done(cell)] == ["student"], key


def test_an_address_asks_for_the_kind_its_number_names():
    """A noun behind the number is not what the number names: then rows would be met by chance."""
    nearest = {
        "fairs": "fair",
        "booths": "booth",
        "meetings": "meeting",
        "tickets": "ticket",
        "slots": "slot",
    }
    found = {
        route.pattern: (route.kind, nearest[named[1]])
        for route in asking.routes()
        if (named := re.search(r"(\w+)/<int:pk>", route.pattern)) and named[1] in nearest
    }
    assert len(found) > 20
    assert {pattern: pair for pattern, pair in found.items() if pair[0] != pair[1]} == {}
