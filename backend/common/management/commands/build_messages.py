"""Compile our message catalogues without the gettext tools, which a fresh machine does not have."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compile every locale/*/LC_MESSAGES/*.po of the project to .mo (only what changed)."

    def handle(self, *args, **options):
        """Write each .mo that is missing or older than its .po."""
        built = 0
        for top in ("backend", "fairs", "search"):
            for source in sorted((Path(settings.BASE_DIR) / top).rglob("locale/*/LC_MESSAGES/*.po")):
                built += self._build(source)
        self.stdout.write(f"Message catalogues: {built} compiled")

    def _build(self, source: Path) -> int:
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            return 0
        with source.open("rb") as stream:
            catalogue = read_po(stream)
        with target.open("wb") as stream:
            write_mo(stream, catalogue)
        return 1
