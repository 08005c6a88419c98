"""Take stored files away through the outbox: a rollback loses no file, a process that dies leaves none behind."""

from collections.abc import Sequence
from typing import Any

from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile

from backend.common import outbox

TOPIC = "files.delete"


def delete_file(stored: FieldFile) -> None:
    """Have the file deleted once the running transaction is committed."""
    outbox.put(TOPIC, {"name": stored.name})


def handle(payloads: Sequence[dict[str, Any]]) -> None:
    """Outbox handler: a file that is gone already is as it should be."""
    for payload in payloads:
        default_storage.delete(payload["name"])
