"""Who reaches which address: walk every route of the URLconf, ask as every role, for whose rows; and say it as a table.

`python -m tests.architecture.access --write` writes access.csv anew; read its difference before you commit it.
A cell says what happens with one's own rows / those next door in the same school / those of another school:

    ok     it is done or shown        bad   one may, but not like this (the empty body, the present state)
    login  sign in first              no    not to this person: 403, 404 or 405
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver

from backend.accounts.actor import ANONYMOUS, actor_of
from backend.common.errors import DomainError, NotAllowed, NotFound
from fairs.protocol import commands
from fairs.realtime.handlers import HANDLERS
from tests.factories.world import ROLES, SIDES, World

TABLE = Path(__file__).with_name("access.csv")
# The admin site lets nobody in but those it knows: to ask for its pages is enough.
METHODS = {"api": ("GET", "POST", "PUT", "PATCH", "DELETE"), "admin": ("GET",)}
PAGE_METHODS = ("GET", "POST")
SIGN_IN = ("/accounts/login/", "/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/", "/admin/login/")

# What a parameter of a route names: the first expression that matches the route decides.
KINDS = (
    (r"tokens/", "token"),
    (r"members/", "membership"),
    (r"invitations/", "invitation"),
    (r"notifications/", "notification"),
    (r"deliveries/", "delivery"),
    (r"trail/", "trail"),
    (r"alliances/", "alliance"),
    (r"schools/", "school"),
    (r"departments/", "department"),
    (r"majors/", "major"),
    (r"classes/", "class"),
    (r"^school/<slug:noun>/", "major"),
    (r"experiences/", "experience"),
    (r"consents/", "grant"),
    (r"resumes/", "resume"),
    (r"rosters/", "roster"),
    (r"^students/|v1/\^students/", "student"),
    (r"divisions/", "division"),
    (r"evidence/", "evidence"),
    (r"companies/", "company"),
    (r"templates/", "template"),
    (r"imports/", "import"),
    (r"applications/", "application"),
    (r"slots/(<|\(\?P)", "slot"),
    (r"positions/", "position"),
    (r"booths/", "booth"),
    (r"tickets/", "ticket"),
    (r"meetings/", "meeting"),
    (r"fairs/", "fair"),
)
# Parameters that are words, not rows.
WORDS = {
    "noun": "major",
    "name": "close",
    "act": "away",
    "what": "pause",
    "figure": "visitors",
    "key": "no-such-key",
    "uidb36": "1",
    "app_label": "auth",
    "content_type_id": "1",
    "object_id": "1",
    "url": "nothing",
}


@dataclass(frozen=True)
class Route:
    """One address of the URLconf with the methods worth asking for."""

    pattern: str
    methods: tuple[str, ...]

    @property
    def params(self) -> list[str]:
        """Names of the parameters."""
        return re.findall(r"<(?:\w+:)?(\w+)>", self.pattern)

    @property
    def kind(self) -> str | None:
        """The kind of row its parameter names; None where it names none."""
        if not set(self.params) - set(WORDS) or self.pattern.startswith("admin/"):
            return None
        return next(kind for expression, kind in KINDS if re.search(expression, self.pattern))

    def address(self, world: World, side: str, role: str) -> str:
        """The address with everything filled in."""
        path = re.sub(r"\(\?P(<\w+>)(?:\[[^]]*\]|[^)])*\)", r"\1", self.pattern)
        path = re.sub(r"[\^$]|\\Z", "", path)
        if self.kind is None:
            values = WORDS
        else:
            row = world.pick(side, self.kind, role)
            values = {**WORDS, "pk": row.pk, "token_id": row.pk, "membership_id": row.pk, "entry_id": row.pk}
            values |= {"invitation_id": row.pk, "notification_id": row.pk}
            values["token"] = f"{side.replace('_', '-')}-invitation"
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), path)


def routes() -> list[Route]:
    """Every route of the URLconf, once."""
    found = {route.pattern: route for route in _walk(get_resolver(), "")}
    return [found[pattern] for pattern in sorted(found)]


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, pattern)
        else:
            yield Route(pattern, METHODS.get(pattern.partition("/")[0], PAGE_METHODS))


def table(world: World) -> dict[tuple[str, str], dict[str, str]]:
    """What happens, by (route, method) and role; methods that nobody may use are left out."""
    sessions = _sign_in(world)
    rows = {}
    for route in routes():
        for method in route.methods:
            row = _row(world, sessions, route, method)
            if row is not None:
                rows[route.pattern, method] = row
    for name in sorted(commands.ALL):
        rows[f"socket {name}", "COMMAND"] = {role: _commanded(world, name, role) for role in ROLES}
    return rows


def _sign_in(world: World) -> dict[str, str]:
    """A session key per role."""
    keys = {}
    for role, user in world.people.items():
        client = Client()
        client.force_login(user, settings.AUTHENTICATION_BACKENDS[1])
        keys[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return keys


def _row(world: World, sessions: dict[str, str], route: Route, method: str) -> dict[str, str] | None:
    if (
        method != "GET"
        and _ask(sessions["operator"], method, route.address(world, "own", "operator"))[0] == 405
    ):
        return None
    cells = {}
    for role in ROLES:
        words = []
        for side in SIDES if route.kind else SIDES[:1]:
            address = route.address(world, side, role)
            status, location = _ask(sessions.get(role), method, address)
            words.append(word_of(status, location))
        cells[role] = "/".join(words)
    return cells


@lru_cache
def _client() -> Client:
    """One for all requests: each client loads the middleware, and with it the list of static files, anew."""
    return Client(raise_request_exception=False)


def _ask(session: str | None, method: str, address: str) -> tuple[int, str]:
    """Ask, and undo what was done."""
    client = _client()
    client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: session} if session else {})
    cache.clear()
    kind = "application/json" if address.startswith("/api/") else "application/x-www-form-urlencoded"
    body = "{}" if address.startswith("/api/") and method != "GET" else ""
    with transaction.atomic():
        response = client.generic(method, address, body, content_type=kind)
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    return response.status_code, response.get("Location", "")


def word_of(status: int, location: str) -> str:
    """The word of an answer."""
    if status == 401 or (status in {301, 302, 303} and location.startswith(SIGN_IN)):
        return "login"
    if status < 400:
        return "ok"
    if status in {403, 404, 405}:
        return "no"
    return "bad" if status < 500 else f"fault {status}"


def _commanded(world: World, name: str, role: str) -> str:
    """A socket command on each side's rows; its hop reads the actor afresh as the socket does."""
    actor = actor_of(world.people[role]) if role in world.people else ANONYMOUS
    return "/".join(_command(actor, _filled(world, name, side, role)) for side in SIDES)


def _filled(world: World, name: str, side: str, role: str) -> Any:
    words = {"paused": True, "text": "你好", "outcome": "invited", "message": "请来面试"}
    known = commands.ALL[name].__dataclass_fields__
    args = {key: words[key] if key in words else world.pick(side, key, role).pk for key in known}
    return commands.parse(name, args)


def _command(actor: Any, command: Any) -> str:
    try:
        with transaction.atomic():
            HANDLERS[command.name](actor, command)
            transaction.set_rollback(True)
    except (NotAllowed, NotFound):
        return "no"
    except DomainError:
        return "bad"
    return "ok"


def read() -> dict[tuple[str, str], dict[str, str]]:
    """The table as it is written down."""
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {(row.pop("route"), row.pop("method")): row for row in csv.DictReader(lines)}


def write(rows: dict[tuple[str, str], dict[str, str]]) -> None:
    """Write the table down."""
    with TABLE.open("w", encoding="utf-8", newline="") as lines:
        out = csv.writer(lines, lineterminator="\n")
        out.writerow(["route", "method", *ROLES])
        for (route, method), cells in rows.items():
            out.writerow([route, method, *(cells[role] for role in ROLES)])
