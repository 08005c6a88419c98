"""A database of real postings: imported as a school would, then published, which only a benchmark may."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Max
from django.db.models.functions import Mod

from backend.common import clock
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.positions import indexing
from backend.positions.enums import PositionStatus
from backend.positions.imports.run import import_table
from backend.positions.models import Position
from backend.schools.models import School
from search.documents import PositionDocument

POSTINGS = Path(settings.BASE_DIR).parent / "shared" / "data" / "postings"
# The school has the second code until everything is imported and published, so that what broke off is gone on with.
CODE, UNFINISHED = "bench", "bench-unfinished"
DAYS = 90
Say = Callable[[str], None]


def lay(folder: Path, say: Say) -> None:
    """Migrate and import every file of the folder, unless that was done before in this place; an import that broke off is gone on with."""
    call_command("migrate", verbosity=0)
    if School.objects.filter(code=CODE).exists():
        return
    files = sorted(folder.glob("*.csv.gz"))
    if not files:
        raise CommandError(f"{folder} holds no *.csv.gz; name a folder of postings with --postings.")
    call_command("load_reference", verbosity=0)
    school, _made = School.objects.get_or_create(
        code=UNFINISHED, defaults={"name": CODE, "city_code": "420100"}
    )
    for path in files:
        outcome = import_table(actor=None, school_id=school.pk, file=path)
        say(f"{path.name}: {outcome.total} rows, {outcome.stored} stored")
    _publish()
    School.objects.filter(pk=school.pk).update(code=CODE)


def _publish() -> None:
    """Everything is open, published over the last DAYS days."""
    until = clock.now() + timedelta(days=DAYS)
    Company.objects.update(status=CompanyStatus.VERIFIED, vetted_until=until)
    for day in range(DAYS):
        Position.objects.alias(day=Mod("pk", DAYS)).filter(day=day).update(
            status=PositionStatus.PUBLISHED, published_at=clock.now() - timedelta(days=day), expires_at=until
        )


def copied(times: int) -> int:
    """Store every row `times` times, the copies that far apart in id; the distance."""
    apart = int(Position.objects.filter(source_key__gt="").aggregate(last=Max("pk"))["last"])
    there = Position.objects.count() // Position.objects.filter(source_key__gt="").count()
    table = Position._meta.db_table
    names = [
        field.column for field in Position._meta.concrete_fields if field.column not in ("id", "source_key")
    ]
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        for number in range(there, times):
            cursor.execute(
                f"INSERT INTO {table} (id, source_key, {columns}) "
                f"SELECT id + %s, '', {columns} FROM {table} WHERE source_key > ''",
                [number * apart],
            )
    return apart


def originals() -> Iterator[PositionDocument]:
    """The documents of the imported rows, without the copies."""
    last = Position.objects.filter(source_key__gt="").aggregate(last=Max("pk"))["last"]
    for document in indexing.all_documents():
        if document.id > last:
            return
        yield document
