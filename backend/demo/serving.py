"""How a demo is served: known before Django reads its settings, so nothing of Django is read here."""

import argparse
import os
from collections.abc import Mapping, Sequence

PORT = 8000
APPLICATION = "backend.config.asgi:application"


def port_of(arguments: Sequence[str]) -> int:
    """The port that `manage.py demo` was given; what else is wrong with them, the command itself will say."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--port", type=int, default=PORT)
    try:
        return parser.parse_known_args(arguments)[0].port
    except argparse.ArgumentError:
        return PORT


def environment(port: int, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The settings of a demo: worker and simulated students (unless switched off) in the one process that serves."""
    return {
        "RUN_WORKER_INLINE": "1",
        "DEMO_MODE": "1",
        "DEMO_BOTS": given.get("DEMO_BOTS", "1"),
        "PUBLIC_URL": given.get("PUBLIC_URL", f"http://127.0.0.1:{port}"),
    }


def arguments(port: int) -> list[str]:
    """What daphne is started with."""
    return ["-b", "127.0.0.1", "-p", str(port), "--no-server-name", APPLICATION]
