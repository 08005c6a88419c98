"""`manage.py train_ranker`: learn from what students were shown and chose; the gate decides whether it serves."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from backend.recommendations.queries import serve_newest, showings
from matching import api as matching


class Command(BaseCommand):
    """Train a ranker into MODELS_DIR and print the gate's verdict."""

    help = __doc__

    def add_arguments(self, parser) -> None:
        """The seed makes a run repeatable."""
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args, **options) -> None:
        """Train with progress; a refused model is kept as a file and never answers."""
        folder = Path(settings.MODELS_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        card = matching.train(showings(), folder, seed=options["seed"], progress=self.stdout.write)
        self.stdout.write(f"{card.people} people, {card.showings} showings, data {card.data_hash[:12]}")
        verdict = "accepted" if card.accepted else "refused"
        style = self.style.SUCCESS if card.accepted else self.style.WARNING
        self.stdout.write(style(f"gate: {verdict}: {card.reason}"))
        self.stdout.write(f"answering now: {serve_newest()}")
