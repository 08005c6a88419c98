"""Answers for machines: alive, ready (each dependency with its state), metrics."""

import hmac
import time
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from backend.common import outbox, warming
from search import api as search

LOCAL = frozenset({"127.0.0.1", "::1"})


@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    """The process answers; asks nothing else."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """Each dependency with its state; 503 only where people could not work (the database is away)."""
    checks = {"database": _database, "cache": _cache, "search": _search, "outbox": _outbox, "memory": _memory}
    results = {name: _timed(check) for name, check in checks.items()}
    usable = results["database"]["state"] == "ok"
    degraded = any(result["state"] != "ok" for result in results.values())
    status = "unavailable" if not usable else "degraded" if degraded else "ok"
    return JsonResponse({"status": status, "checks": results}, status=200 if usable else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: with METRICS_TOKEN as bearer, or to this machine where none is set."""
    if settings.METRICS_TOKEN:
        # As bytes: texts with other letters than ASCII cannot be compared in equal time.
        given, wanted = request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
        allowed = hmac.compare_digest(given.encode(), wanted.encode())
    else:
        allowed = request.META.get("REMOTE_ADDR") in LOCAL and "X-Forwarded-For" not in request.headers
    if not allowed:
        return HttpResponse(status=404)
    search.observe()
    return ExportToDjangoView(request)


def _timed(check: Callable[[], tuple[str, str]]) -> dict:
    started = time.perf_counter()
    state, detail = check()
    return {"state": state, "detail": detail, "ms": round((time.perf_counter() - started) * 1000, 1)}


def _database() -> tuple[str, str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return "down", connection.vendor
    return "ok", connection.vendor


def _cache() -> tuple[str, str]:
    kind = "redis" if settings.REDIS_URL else "in process"
    try:
        cache.set("readyz", "1", 5)
        return ("ok" if cache.get("readyz") == "1" else "down"), kind
    except _redis_errors():
        return "down", kind


def _redis_errors() -> type[Exception]:
    """Asked for only when something went wrong: the client takes a seventh of a second of each start."""
    from redis.exceptions import RedisError

    return RedisError


def _search() -> tuple[str, str]:
    """Who answers; behind it how many seconds of writes each engine has not yet seen, whether
    the index that answers is still being built, and the breaker unless closed."""
    try:
        state = search.state()
    except (
        DatabaseError,
        search.EngineUnavailable,
        OSError,
    ):  # OSError: the folder of the index cannot be read
        return "down", ""
    parts = [state.engine] + [f"{name} {seconds:.0f} s behind" for name, seconds in state.behind.items()]
    if state.updating:
        parts.append("index being built")
    if state.breaker != "closed":
        parts.append(f"breaker {state.breaker}")
    return ("degraded" if state.degraded else "ok"), ", ".join(parts)


def _outbox() -> tuple[str, str]:
    try:
        waiting = outbox.waiting()
    except DatabaseError:
        return "down", ""
    return ("ok" if waiting < 1000 else "behind"), f"{waiting} waiting"


def _memory() -> tuple[str, str]:
    """What this process still reads in: until then the first lists of matches take seconds."""
    remaining = warming.remaining()
    return ("warming", ", ".join(remaining)) if remaining else ("ok", "")
