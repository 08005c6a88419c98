"""Take an uploaded licence: its type is read from its content, its name on disk is random."""

import uuid

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from backend.common.errors import Invalid

SIGNATURES = {
    "application/pdf": (b"%PDF-", ".pdf"),
    "image/png": (b"\x89PNG\r\n\x1a\n", ".png"),
    "image/jpeg": (b"\xff\xd8\xff", ".jpg"),
}
ACCEPT = ",".join(ending for _signature, ending in SIGNATURES.values())


def content_type_of(head: bytes) -> str | None:
    """The type the first bytes announce, among those a licence may have."""
    for content_type, (signature, _ending) in SIGNATURES.items():
        if head.startswith(signature):
            return content_type
    return None


def checked(file: UploadedFile) -> tuple[str, str]:
    """(content type, random file name) of an acceptable upload; Invalid names what is wrong with another."""
    problems: list[object] = []
    file.seek(0)
    content_type = content_type_of(file.read(16))
    file.seek(0)
    if not file.size:
        problems.append(_("The file is empty."))
    elif file.size > settings.UPLOAD_MAX_BYTES:
        problems.append(
            _("The file has %(size)s MB; %(limit)s MB are allowed.")
            % {"size": _megabytes(file.size), "limit": _megabytes(settings.UPLOAD_MAX_BYTES)}
        )
    elif content_type is None:
        problems.append(_("This is not a PDF, PNG or JPEG file, whatever its name says."))
    if problems:
        raise Invalid(fields={"file": problems})
    return str(content_type), uuid.uuid4().hex + SIGNATURES[str(content_type)][1]


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f}"
