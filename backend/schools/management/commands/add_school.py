"""Open a school on a fresh installation, with its first member of staff."""

from getpass import getpass

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.accounts.domain import create_user, join_membership
from backend.accounts.enums import Role
from backend.common.errors import DomainError
from backend.schools.models import School
from backend.schools.reference import load


class Command(BaseCommand):
    help = "Add a school and its first member of staff; asks for the password."

    def add_arguments(self, parser):
        """What the school is called and who begins."""
        parser.add_argument("name", help="the school's full name")
        parser.add_argument("--code", required=True, help="short code, used by import_positions")
        parser.add_argument("--city", required=True, help="six digits of GB/T 2260, for example 420100")
        parser.add_argument("--staff", required=True, help="e-mail of the first member of staff")
        parser.add_argument("--password", help="read from the terminal when left out")

    def handle(self, *args, **options):
        """Make both or neither."""
        if School.objects.filter(code=options["code"]).exists():
            raise CommandError(f"--code {options['code']}: a school has this code already.")
        password = options["password"] or getpass("Password for the first member of staff: ")
        load()
        try:
            with transaction.atomic():
                school = School.objects.create(
                    name=options["name"], code=options["code"], city_code=options["city"]
                )
                user = create_user(email=options["staff"], password=password)
                join_membership(user=user, role=Role.STAFF, school=school)
        except DomainError as refusal:
            raise CommandError(refusal.text) from None
        self.stdout.write(f"{school.name} is open; {user.email} can sign in.")
