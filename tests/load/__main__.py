"""The runs of `manage.py bench_fair` and `manage.py chaos_fair` in a place of their own; they explain the options."""

import argparse
import json
import os
import signal
import sys
from functools import partial


def main() -> int:
    """Run what is asked for, print each figure; 1 when one misses."""
    options = _options()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    from tests.load import place

    with place.private(options.database, options.redis) as folder:
        checks = (_bench if options.what == "bench" else _chaos)(options, folder)
    if options.json:
        print(json.dumps([check.as_dict() for check in checks], ensure_ascii=False))
    return 0 if all(check.kept for check in checks) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--database", default="")
    parser.add_argument("--redis", default="")
    parser.add_argument("--server", choices=("daphne", "uvicorn"), default="daphne")
    what = parser.add_subparsers(dest="what", required=True)
    bench = what.add_parser("bench")
    for name in ("fanout", "line", "storm", "stalled", "crowd", "sockets"):
        bench.add_argument(f"--{name}", type=int, default=0)
    bench.add_argument("--deliveries", type=int, default=0)
    bench.add_argument("--minutes", type=float, default=10)
    bench.add_argument("--hurry", type=float, default=1)
    chaos = what.add_parser("chaos")
    chaos.add_argument("--victim", required=True)
    chaos.add_argument("--times", type=int, required=True)
    chaos.add_argument("--people", type=int, required=True)
    chaos.add_argument("--no-guard", action="store_true")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _bench(options: argparse.Namespace, folder) -> list:
    from tests.load import place

    place.migrate()
    from django.core.management import call_command

    from tests.load import bench, long
    from tests.load.people import Pace

    where = bench.Bench(folder, options.server, _say)
    runs = [
        (options.line, partial(bench.line, where, options.line)),
        (options.fanout, partial(bench.fanout, where, options.fanout, options.deliveries)),
        (options.stalled, partial(long.stalled, where, options.stalled)),
        (options.storm, partial(bench.storm, where, options.storm)),
        (options.crowd, partial(long.crowd, where, options.crowd)),
        (
            options.sockets,
            partial(long.day, where, options.sockets, options.minutes, Pace(hurry=options.hurry)),
        ),
    ]
    checks = []
    for wanted, run in runs:
        if wanted:
            call_command("flush", verbosity=0, interactive=False)
            checks += _told(run(), options.json)
    return checks


def _chaos(options: argparse.Namespace, folder) -> list:
    from tests.load import place, victims

    with victims.database(options.victim) as database:
        place.migrate()
        from tests.load import chaos

        plan = chaos.Plan(
            folder,
            options.victim,
            options.times,
            options.people,
            options.server,
            not options.no_guard,
            database,
        )
        return _told(chaos.run(plan, _say), options.json)


def _told(checks: list, as_json: bool) -> list:
    """Each run's figures at once: a long one is not waited for in the dark."""
    for check in checks:
        print(check, file=sys.stderr if as_json else sys.stdout, flush=True)
    return checks


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
