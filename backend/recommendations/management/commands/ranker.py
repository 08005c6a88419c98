"""`manage.py ranker rollback [MODEL]`: the model before answers again, if MODEL still serves. `manage.py ranker status`: which models there are."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from backend.recommendations.domain import roll_back
from backend.recommendations.queries import standing
from matching import api as matching


class Command(BaseCommand):
    """Show the models, or take the newest accepted one out of service."""

    help = __doc__

    def add_arguments(self, parser) -> None:
        """One word; a model's name keeps two people who mean the same one from taking back two."""
        parser.add_argument("what", choices=["status", "rollback"])
        parser.add_argument("model", nargs="?", help="rollback: only if this model serves")

    def handle(self, *args, **options) -> None:
        """Do it and say which model answers."""
        if options["what"] == "rollback":
            withdrawn = roll_back(options["model"])
            left = f"{options['model']} does not serve" if options["model"] else "no trained model served"
            self.stdout.write(f"{withdrawn} taken out of service" if withdrawn else left)
        else:
            for card in matching.cards(Path(settings.MODELS_DIR)):
                verdict = "accepted" if card.accepted else "refused"
                self.stdout.write(f"{card.name}: {verdict}: {card.reason}")
        self.stdout.write(f"answering now: {standing().model}")
