"""The copy of a person's data as one file: account.json, and beside it what the person uploaded."""

import io
import json
import zipfile

from django.core.serializers.json import DjangoJSONEncoder

from backend.accounts import domain
from backend.accounts.actor import Actor


def export_archive(actor: Actor) -> bytes:
    """A ZIP archive; paths in account.json name the files beside it."""
    data = domain.export_account(actor=actor)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "account.json", json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        )
        for path, stored in domain.export_files(actor=actor):
            with stored.open("rb") as content:
                archive.writestr(path, content.read())
    return target.getvalue()
