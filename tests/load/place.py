"""A place of its own: folder, settings, an empty database; everything is gone afterwards."""

import contextlib
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

FILES = 20_000


@contextlib.contextmanager
def private(database: str = "", redis: str = "") -> Iterator[Path]:
    """A folder that is gone afterwards, and the settings that every process started within reads."""
    folder = Path(tempfile.mkdtemp(prefix="fairway-load-"))
    # A server that runs as a user of its own must reach what is his.
    folder.chmod(0o755)
    (folder / "servers").mkdir()
    os.environ |= {
        "DATA_DIR": str(folder / "data"), "DATABASE_URL": database, "REDIS_URL": redis, "ELASTICSEARCH_URL": "",
        "PRODUCTION": "0", "DEBUG": "0", "DEMO_MODE": "0", "LOG_LEVEL": "ERROR", "LOG_FORMAT": "json",
        "EMAIL_URL": "dummymail://", "DJANGO_SETTINGS_MODULE": "backend.config.settings",
        "TEST_SERVERS_DIR": str(folder / "servers"),
    }  # fmt: skip
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, FILES) if hard > 0 else FILES, hard))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def migrate() -> None:
    """Set Django up on that database, and make its tables."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from backend.schools.models import School

    if School.objects.exists():
        raise SystemExit("somebody's database: this needs an empty one, which it empties again and again")
