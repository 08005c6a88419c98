"""`make demo`: build the demo school where there is none yet, then serve it."""

import os
import socket
import sys
import time
from pathlib import Path

from daphne.cli import CommandLineInterface
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from backend.demo import build, fairs, people, preparing, serving


class Command(BaseCommand):
    help = "Build the demo school (once) and serve it with daphne."

    def add_arguments(self, parser):
        """--port, and --build-only for machines that serve it themselves."""
        parser.add_argument("--port", type=int, default=serving.PORT, help="port on 127.0.0.1 (default 8000)")
        parser.add_argument("--build-only", action="store_true", help="build, but do not serve")

    def handle(self, *args, **options):
        """Prepare, build with progress, say how to sign in, and become the server."""
        port = options["port"]
        if not options["build_only"]:
            self._refuse_taken_port(port)
        console = Console()
        self._step(console, "Message catalogues", preparing.messages)
        self._step(console, "Database", preparing.tables)
        self._step(console, "Pages", preparing.pages)
        built = build.is_built()
        if not built:
            if build.is_foreign():
                raise CommandError(
                    f"{settings.DATA_DIR} holds a school that is not the demo's; set DATA_DIR to an empty folder."
                )
            if build.is_elsewhere():
                raise CommandError(
                    f"The database holds a demo that {settings.DATA_DIR} did not build, and it is left as it is; "
                    "set DATA_DIR to the folder that built it, or DATABASE_URL to an empty database."
                )
            if build.is_begun():
                # Each step adds to the one before: what is there cannot be told from what is missing.
                self._step(
                    console,
                    "Emptying the database of what a broken-off build left",
                    lambda: call_command("flush", interactive=False, verbosity=0),
                )
            for title, call in build.steps():
                self._step(console, title, call)
        fairs.keep_live()
        self._say_how(console, port)
        if not options["build_only"]:
            self._serve(port, afresh=not built)

    def _refuse_taken_port(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise CommandError(
                    f"Port {port} is taken ({error.strerror}). Choose another: make demo PORT=8001"
                ) from None

    def _step(self, console: Console, title: str, call) -> None:
        started = time.perf_counter()
        with console.status(f"{title} …"):
            call()
        console.print(f"  [green]✓[/] {title} [dim]{time.perf_counter() - started:.1f} s[/]")

    def _say_how(self, console: Console, port: int) -> None:
        console.print(f"\n[bold]双选通 Fairway[/]  http://127.0.0.1:{port}\n")
        for one in people.accounts():
            console.print(f"  {one.role:10} {one.email:34} {one.password}", highlight=False)
        console.print(
            "\n  Ctrl-C stops it; the same accounts: python manage.py demo_accounts --json\n", highlight=False
        )

    def _serve(self, port: int, *, afresh: bool) -> None:
        """Be daphne, with the worker and the simulated students inside.

        `afresh`: another program takes this process over, which forgets what a build has left in memory. Else, where
        Django was set up with a demo's settings, this one goes on: it has read already what a server reads.
        """
        settled = serving.environment(port)
        if not afresh and all(os.environ.get(name) == value for name, value in settled.items()):
            CommandLineInterface().run(serving.arguments(port))
            return
        daphne = str(Path(sys.executable).parent / "daphne")
        sys.stdout.flush()
        os.execve(daphne, [daphne, *serving.arguments(port)], os.environ | settled)
