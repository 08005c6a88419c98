"""What must be there before a server answers: message catalogues, tables, pages' files. What is there already stays.

A start without anything new must not pay for it: finding all migrations applied by running `migrate` takes half a second,
hashing all files of all pages a whole one.
"""

import hashlib
import io
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

IGNORED = ["redoc*"]
"""Nothing of ours uses it, and it is half of all the bytes."""
MANIFEST, STAMP = "staticfiles.json", "static.stamp"


def messages() -> None:
    """Compile the catalogues that changed."""
    call_command("build_messages", stdout=io.StringIO())


def tables() -> None:
    """Apply the migrations that are not applied."""
    if not is_migrated():
        call_command("migrate", interactive=False, verbosity=0)


def is_migrated() -> bool:
    """Whether the database knows every migration that lies on the disk; nothing of them is run or read."""
    return _migrations() <= MigrationRecorder(connection).applied_migrations().keys()


def _migrations() -> set[tuple[str, str]]:
    """(app, name) of each migration."""
    found = set()
    for app in apps.get_app_configs():
        module, _explicit = MigrationLoader.migrations_module(app.label)
        spec = find_spec(module) if module else None
        for folder in (spec and spec.submodule_search_locations) or ():
            files = Path(folder).glob("*.py")
            found |= {(app.label, file.stem) for file in files if file.stem[0] not in "_~"}
    return found


def pages() -> None:
    """Collect, hash and compress the files of all pages, where one of them or what does it changed."""
    stamp, kept = _stamp(), settings.DATA_DIR / STAMP
    if (settings.STATIC_ROOT / MANIFEST).exists() and kept.exists() and kept.read_text() == stamp:
        return
    kept.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=IGNORED)
    kept.write_text(stamp)


def _stamp() -> str:
    """A digest of all files that pages are made of and of what makes the hashed names, wherever they lie."""
    made_by = (settings.STORAGES["staticfiles"]["BACKEND"], version("django"), version("whitenoise"))
    digest = hashlib.sha256(repr(made_by).encode())
    for finder in get_finders():
        for path, storage in finder.list(IGNORED):
            with storage.open(path) as file:
                digest.update(f"{path} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()
