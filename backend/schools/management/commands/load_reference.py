"""Load the national codes of occupations and places that ship with the project."""

from django.core.management.base import BaseCommand

from backend.schools.reference import load


class Command(BaseCommand):
    """`python manage.py load_reference`: harmless to run again."""

    help = "Load occupations (classification of 2022) and places (GB/T 2260)."

    def handle(self, *args, **options) -> None:
        """Load and say how many rows there are."""
        occupations, places = load()
        self.stdout.write(f"{occupations} occupations, {places} places")
