"""Requests made up from the schema, sent to the product in this process, each undone afterwards."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks

from backend.api.authentication import issue_token
from tests.architecture.asking import KINDS
from tests.factories.world import SIDES, World

ROLES = ("student", "recruiter", "staff")
CHECKS = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)
QUIET = {
    "database": None,
    "deadline": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


@dataclass
class Figures:
    """What was asked and what came back."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)
    violations: dict[str, str] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return sum(self.statuses.values())

    @property
    def server_errors(self) -> int:
        """How many were answered with 5xx."""
        return sum(count for status, count in self.statuses.items() if status >= 500)

    @property
    def clean(self) -> bool:
        """Whether nothing broke and every answer was as the schema says."""
        return not self.server_errors and not self.violations


def document() -> dict[str, Any]:
    """The OpenAPI document as it is served."""
    return SchemaGenerator(api_version="1.0.0").get_schema(request=None, public=True)


def fuzz(world: World, requests: int, run: int = 1) -> Figures:
    """Spread the requests over every operation and role; `run` is the seed."""
    schema = schemathesis.openapi.from_dict(document())
    schema.app = _closing(get_wsgi_application())
    tokens = {role: issue_token(world.people[role], "fuzz")[1] for role in ROLES}
    pairs = list(_pairs(schema))
    figures = Figures()
    for number, (operation, role) in enumerate(pairs):
        due = (number + 1) * requests // len(pairs) - number * requests // len(pairs)
        if due:
            _ask(operation, world, role, tokens[role], due=due, run=run + number, figures=figures)
    return figures


def _closing(application: Any) -> Any:
    """The same application with each answer read and closed at once, as a server does: uploads end with it."""

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        found = application(environ, start)
        try:
            return [b"".join(found)]
        finally:
            found.close()

    return answer


def _pairs(schema: Any) -> Iterator[tuple[Any, str]]:
    """Every operation with every role; neighbours differ in both, so that a small run meets all operations."""
    operations = [found.ok() for found in schema.get_all_operations()]
    for turn in range(len(ROLES)):
        for number, operation in enumerate(operations):
            yield operation, ROLES[(number + turn) % len(ROLES)]


def _ask(
    operation: Any, world: World, role: str, token: str, *, due: int, run: int, figures: Figures
) -> None:
    known = [str(world.pick(side, kind, role).pk) for side in SIDES for kind in _kinds(operation.path)]
    ids = st.sampled_from([None, *known])

    @seed(run)
    @settings(max_examples=due, **QUIET)
    @given(case=operation.as_strategy(), pk=ids)
    def once(case: Any, pk: str | None) -> None:
        if pk is not None and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = pk
        _send(case, f"{operation.method.upper()} {operation.path} as {role}", token, figures)

    once()


def _kinds(path: str) -> list[str]:
    return [kind for expression, kind in KINDS if re.search(expression, path)][:1]


def _send(case: Any, name: str, token: str, figures: Figures) -> None:
    cache.clear()
    # Django would close the connection after each request, and with it the transaction that undoes the work.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        with transaction.atomic():
            response = case.call(headers={"Authorization": f"Bearer {token}"})
            transaction.set_rollback(True)
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    figures.statuses[response.status_code] += 1
    if response.status_code >= 500:
        figures.faults.setdefault(name, f"{case.formatted_path} {case.query} {case.body}"[:400])
        return
    try:
        case.validate_response(response, checks=CHECKS)
    except (Failure, FailureGroup) as found:
        said = "; ".join(str(one) for one in getattr(found, "exceptions", [found]))
        figures.violations.setdefault(name, f"{response.status_code}: {said}"[:600])
