"""Who reaches what: walk every address and every socket command, ask as every role, and say it as a table.

`WRITE_ACCESS=slots python -m pytest tests/access` writes the rows of access.csv anew whose route holds "slots", and a
dot those of all: read the difference before you commit it. The rows asked for belong to the student, the company, the
department and the school of the people in the first columns; those behind them are of another company, department or
school (tests.factories.world).

A cell is the status of the answer; `login` is a page that sends to the sign-in page. An address that names no row
is not asked for by the neighbours: to it they are what their role is.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.urls import URLPattern, URLResolver, get_resolver

from backend.accounts.actor import ANONYMOUS, Actor, actor_of
from backend.accounts.models import User
from backend.common.errors import DomainError
from fairs import snapshots
from fairs.protocol import commands
from fairs.realtime.handlers import HANDLERS
from tests.architecture.bodies import ARGUMENTS, body_of, query_of
from tests.factories.world import NEIGHBOURS, ROLES, World

TABLE = Path(__file__).with_name("access.csv")
COLUMNS = (*ROLES, *NEIGHBOURS)
SIGN_IN = ("/accounts/login/", "/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/", "/admin/login/")
HTMX = {"HX-Request": "true", "HX-Boosted": "true"}
Cells = dict[str, str]
Key = tuple[str, str, str]
Table = dict[Key, Cells]

# What a parameter of a route names: the first expression that matches the route decides.
KINDS = (
    (r"synonyms/", "synonyms"),
    (r"positions/searches/", "search"),
    (r"saved-searches/|me/searches/", "saved search"),
    (r"fairs/<int:pk>/", "fair"),
    (r"company/fairs/booths/", "booth"),
    (r"fairs/invitations/", "fair invitation"),
    (r"fairs/groups/", "group"),
    (r"fairs/blocks/", "block"),
    (r"fairs/reports/", "report"),
    (r"fairs/talks/", "planned talk"),
    (r"fairs/plans/", "plan"),
    (r"matching/[<{]|unnoticed/", "strong pair"),
    (r"grading/pairs/", "drawn pair"),
    (r"grading/", "round"),
    (r"interactions/|matches/[<{]", "position"),
    (r"tokens/", "token"),
    (r"me/sessions/", "session"),
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
# Rows of one kind that are told apart, by the name they have in the world; "mine": each role asks for its own.
VARIANTS = {
    "position": ("position", "draft"),
    "token": ("mine", "token of student"),
    "session": ("mine", "session of student"),
    "notification": ("mine", "notification of student"),
    "search": ("mine", "search of student"),
    "membership": ("membership", "membership of owner"),
    "invitation": ("invitation", "invitation of owner"),
}
# Parameters that are words, not rows.
WORDS = {
    "noun": "major",
    "kind": "save",
    "name": "close",
    "act": "away",
    "what": "pause",
    "figure": "visitors",
    "key": "no-such-key",
    "signed": "no-such-link",
    "uidb36": "1",
    "app_label": "auth",
    "content_type_id": "1",
    "object_id": "1",
    "url": "nothing",
}


@dataclass(frozen=True)
class Route:
    """One address of the URLconf with the methods its view has."""

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

    @property
    def variants(self) -> tuple[str, ...]:
        """The rows to ask for, by their names in the world; one empty name where the address names none."""
        return ("",) if self.kind is None else VARIANTS.get(self.kind, (self.kind,))

    def address(self, world: World, variant: str, role: str) -> str:
        """The address with everything filled in."""
        path = re.sub(r"\(\?P(<\w+>)(?:\[[^]]*\]|[^)])*\)", r"\1", self.pattern)
        path = re.sub(r"[\^$]|\\Z", "", path)
        values = dict(WORDS)
        if variant:
            if variant == "mine":
                variant = f"{self.kind} of {'student' if role == 'anonymous' else role}"
            row = world.rows["own"][variant]
            values |= dict.fromkeys(self.params, str(row.pk)) | {
                k: WORDS[k] for k in self.params if k in WORDS
            }
            if "pair" in self.params:
                values["pair"] = str(world.rows["own"]["drawn pair"].pk)
            if "student" in self.params:
                values["student"] = str(world.rows["own"]["student"].pk)
            if "token" in values:
                values["token"] = f"own-{'owner-' if 'owner' in variant else ''}invitation"
        return (
            "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], path) + query_of(self.pattern)
        )


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
            yield Route(pattern, _methods(pattern, entry))


def _methods(pattern: str, entry: URLPattern) -> tuple[str, ...]:
    """What the view answers; for a page, which does not say, what is worth asking for."""
    view = getattr(entry.callback, "cls", None)
    if pattern.startswith("admin/"):
        return ("GET",)  # to be let in at all is what matters there
    if view is None:
        return ("GET", "POST")
    named = getattr(entry.callback, "actions", None) or [
        m for m in view.http_method_names if hasattr(view, m)
    ]
    return tuple(method.upper() for method in named if method not in {"head", "options"})


def table(world: World, only: str = "") -> Table:
    """What happens, by (route, method, whose row) and role; `only`: the routes that match an expression."""
    sessions = _sign_in(world)
    rows: Table = {}
    for route in routes():
        for method in route.methods if re.match(only, route.pattern) else ():
            for variant in route.variants:
                cells = _row(world, sessions, route, method, variant)
                if cells is not None:
                    rows[route.pattern, method, variant] = cells
    return rows | {key: cells for key, cells in _sockets(world) if re.match(only, key[0])}


def _sign_in(world: World) -> dict[str, str]:
    """A session key per role."""
    keys = {}
    for role, user in world.people.items():
        client = Client()
        sign_in(client, user)
        keys[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return keys


def sign_in(client: Client, user: User) -> None:
    """Open a session."""
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])


def _row(world: World, sessions: dict[str, str], route: Route, method: str, variant: str) -> Cells | None:
    """One row; None where the page does not have the method."""
    cells = {}
    body = body_of(route.pattern, method, world.rows["own"])
    for role in COLUMNS:
        foreign = role in NEIGHBOURS
        if foreign and variant in {"", "mine"}:
            cells[role] = ""
            continue
        cells[role] = _ask(sessions.get(role), method, route.address(world, variant, role), body)
        if cells[role] == "405":
            return None
    return cells


@lru_cache
def _handler() -> ClientHandler:
    """One for all requests: each loads the middleware, and with it the list of static files, anew."""
    return ClientHandler(enforce_csrf_checks=False)


def _ask(session: str | None, method: str, address: str, body: dict[str, Any]) -> str:
    """Ask, and undo what was done."""
    cache.clear()
    json_spoken = address.startswith("/api/")
    kind = "application/json" if json_spoken else "application/x-www-form-urlencoded"
    data = json.dumps(body) if json_spoken and method != "GET" else urlencode(body, doseq=True)
    cookies = {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={session}"} if session else {}
    # Asked for by htmx as a whole page: refusals come as a short toast, everything else is as ever.
    asked = RequestFactory().generic(method, address, data, kind, headers=HTMX, **cookies)
    with transaction.atomic():
        response = _handler()(asked.environ)
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    sent_away = response.status_code in {301, 302, 303} and response["Location"].startswith(SIGN_IN)
    return "login" if sent_away else str(response.status_code)


def _sockets(world: World) -> Iterator[tuple[Key, Cells]]:
    """Socket commands and streams; the hop of a command reads the actor afresh, as the socket does."""
    actors = {role: actor_of(world.people[role]) if role in world.people else ANONYMOUS for role in COLUMNS}
    for name in sorted(commands.ALL):
        command = _filled(world, name)
        cells = {role: _command(actor, command) for role, actor in actors.items()}
        yield (f"socket {name}", "COMMAND", _row_named(name)), cells
    own = world.rows["own"]
    streams = {"fair": own["fair"], "line": own["booth"], "booth": own["booth"], "meeting": own["meeting"]}
    streams["group"] = own["group"]
    for audience, row in (*streams.items(), ("person", world.people["student"])):
        name = f"{audience}-{row.pk}"
        cells = {r: "200" if snapshots.may_follow(actor, name) else "404" for r, actor in actors.items()}
        yield (f"socket {audience}-<id>", "FOLLOW", audience), cells


def _row_named(name: str) -> str:
    """The row that a command is about."""
    return next(
        key
        for key in commands.ALL[name].__dataclass_fields__
        if key in {"booth", "ticket", "meeting", "invitation", "group"}
    )


def _filled(world: World, name: str) -> commands.Command:
    known = commands.ALL[name].__dataclass_fields__
    keys = [key for key in known if key not in {"name", "who"}]
    own = world.rows["own"]
    rows = {k: own.get(f"fair {k}") or own[k] for k in keys if k not in ARGUMENTS}
    return commands.parse(name, {k: rows[k].pk if k in rows else ARGUMENTS[k] for k in keys})


def _command(actor: Actor, command: commands.Command) -> str:
    try:
        with transaction.atomic():
            HANDLERS[command.name](actor, command)
            transaction.set_rollback(True)
    except DomainError as error:
        return str(error.status)
    return "200"


def read() -> Table:
    """The table as it is written down."""
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {(row.pop("route"), row.pop("method"), row.pop("whose")): row for row in rows}


def write(rows: Table) -> None:
    """Write the table down."""
    with TABLE.open("w", encoding="utf-8", newline="") as lines:
        out = csv.writer(lines, lineterminator="\n")
        out.writerow(["route", "method", "whose", *COLUMNS])
        for key, cells in sorted(rows.items()):
            out.writerow([*key, *(cells[role] for role in COLUMNS)])
