"""Documents coming in and going out: what an upload really is (rule 20), a resume drawn from the profile."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.files.base import File
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from backend.common.errors import Invalid
from backend.students.profiles import StudentProfile

INSPECTOR = Path(__file__).with_name("inspector.py")
PATIENCE = 15
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
REASONS = {
    "type": _("Only PDF and Word documents (.docx) can be uploaded."),
    "encrypted": _("The file is protected by a password. Save it without one."),
    "pages": _("The file has too many pages for a resume."),
    "active": _("The file holds scripts, macros or attachments. Save it as a plain PDF."),
    "unpacked": _("The file is too large once unpacked."),
    "broken": _("The file is damaged and cannot be read. Save it again as PDF."),
}


@dataclass(frozen=True)
class Inspected:
    """What a document is, by its content."""

    content_type: str
    ending: str
    pages: int
    text: str


def inspect(upload: File) -> Inspected:
    """Accept a PDF or docx within the limits; anything else is Invalid on the field `file`."""
    if not 0 < upload.size <= settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 1024 // 1024
        refuse("file_size", _("The file must not be empty or larger than %(most)d MB.") % {"most": most})
    upload.seek(0)
    data = upload.read()
    upload.seek(0)
    if data.startswith(b"%PDF-"):
        kind, content_type = "pdf", PDF
    elif data.startswith(b"PK\x03\x04"):
        kind, content_type = "docx", DOCX
    else:
        refuse("file_type", REASONS["type"])
    found = _ask(kind, data)
    if "refused" in found:
        refuse(f"file_{found['refused']}", REASONS[found["refused"]])
    return Inspected(content_type, kind, found["pages"], found["text"])


def refuse(code: str, text: Any) -> NoReturn:
    """The refusal of an upload."""
    raise Invalid(code, text, fields={"file": [text]})


def _ask(kind: str, data: bytes) -> dict[str, Any]:
    """Run the inspector on the bytes; a crash, a limit reached or silence all mean: broken."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(INSPECTOR), kind],
            input=data,
            capture_output=True,
            timeout=PATIENCE,
            env={"LANG": "C.UTF-8"},
            check=True,
        )
        return json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        return {"refused": "broken"}


def resume_pdf(profile: StudentProfile, *, language: str) -> bytes:
    """A resume of one or two pages in zh-hans or en; nothing is fetched from anywhere."""
    # Read in here: it takes a third of a second and 20 MB, and most processes never draw one.
    from weasyprint import HTML

    with translation.override(language):
        page = render_to_string("students/resume_pdf.html", {"profile": profile, "language": language})
    return HTML(string=page, url_fetcher=_nothing).write_pdf()


def _nothing(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    raise ValueError("a resume refers to nothing outside itself")
