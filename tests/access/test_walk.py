"""Roles × endpoints: ask for every address and socket command as every role, and compare with the reviewed table."""

import logging
import os
import re

import pytest

from fairs import rules
from fairs.protocol import commands
from tests.architecture import asking
from tests.architecture.test_access import done
from tests.factories import world

pytestmark = pytest.mark.django_db
PARTS = {
    "api": r"^api/",
    "pages of staff and companies": r"^(staff|school|students|company|companies|team|deliveries|trail|insights|operator)/",
    "pages of students": r"^(me|positions|applications|slots|matches|resumes|skills|fairs)/",
    "accounts and machines": (
        r"^($|account/|accounts/|admin/|healthz|readyz|metrics|invitations/|language/|notifications/|styleguide/|theme/)"
    ),
    "sockets": r"^socket ",
}


@pytest.fixture
def place():
    """The three sides, with a quiet log: two thousand refusals are expected here."""
    logging.disable(logging.WARNING)
    yield world.build()
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def written() -> asking.Table:
    return asking.read()


@pytest.mark.parametrize("part", PARTS)
def test_every_answer_is_as_written(part, place, written):
    writing = os.environ.get("WRITE_ACCESS")
    only = f"(?=.*{writing}){PARTS[part]}" if writing else PARTS[part]
    found = asking.table(place, only)
    if writing:
        asking.write(
            {key: cells for key, cells in asking.read().items() if not re.match(only, key[0])} | found
        )
        return
    expected = {key: cells for key, cells in written.items() if re.match(only, key[0])}
    assert sorted(set(found) - set(expected)) == []  # new here: write a row, having thought about each cell
    assert sorted(set(expected) - set(found)) == []  # gone from here
    wrong = [
        f"{' '.join(key)} as {role}: {found[key][role]}, written {cell}"
        for key, cells in expected.items()
        for role, cell in cells.items()
        if found[key][role] != cell
    ]
    assert wrong == []


def test_the_parts_are_the_whole():
    texts = [route.pattern for route in asking.routes()] + [f"socket {name}" for name in commands.ALL]
    assert [text for text in texts if sum(bool(re.match(part, text)) for part in PARTS.values()) != 1] == []


def test_control_a_permission_that_is_gone_is_found(place, written, monkeypatch):
    """Without its rule a command does what it is asked for by a neighbour: the comparison must see it."""
    monkeypatch.setattr(rules, "can_work_booth", lambda actor, booth: True)
    key = ("socket pause_booth", "COMMAND", "booth")
    cells = asking.table(place, "^socket pause_booth")[key]
    opened = {role for role, cell in cells.items() if done(cell) and not done(written[key][role])}
    assert {"student", "other_owner", "department_staff"} <= opened


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/static/web/logo.svg", 200),
        ("/static/../backend/config/settings.py", 404),
        ("/static/%2e%2e/manage.py", 404),
        ("/uploads/", 404),
        ("/media/", 404),
        ("/var/fairway.sqlite3", 404),
        ("/ws/fairs/", 404),
    ],
)
def test_files_are_served_from_one_folder_alone(client, path, status):
    assert client.get(path).status_code == status


def test_an_upload_is_not_served_by_its_path(client, place):
    name = place.rows["own"]["evidence"].file.name
    asking.sign_in(client, place.people["owner"])
    answer = client.get(f"/company/evidence/{place.rows['own']['evidence'].pk}/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    for prefix in ("/static/", "/uploads/", "/media/", "/"):
        assert client.get(prefix + name).status_code == 404
