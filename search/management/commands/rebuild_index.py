"""Build the search index anew from the database."""

from typing import Any

from django.core.management.base import BaseCommand

from search import api


class Command(BaseCommand):
    help = "Build the search index anew beside the old one and swap. Safe while people search."

    def handle(self, *args: Any, **options: Any) -> None:
        written = api.rebuild(api.source().documents(), lambda number: self.stdout.write(f"{number} …"))
        self.stdout.write(f"{written} positions indexed in {', '.join(api.engine_names())}")
