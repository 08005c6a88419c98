"""Look into one uploaded document in a process of its own; run by path, never imported by the product.

Reads the document from standard input, its kind from the first argument, and prints one line of JSON: either
{"pages": n, "text": "…"} or {"refused": reason}. Whatever a hostile file does happens here, under limits on
memory, processor time, open files and written bytes.
"""

import io
import json
import resource
import sys
import zipfile
from typing import Any
from xml.etree import ElementTree

MEMORY = 768 * 1024 * 1024
SECONDS = 8
MOST_TEXT = 20_000
MOST_PAGES = 50
MOST_ENTRIES = 2_000
MOST_UNPACKED = 60 * 1024 * 1024
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Actions and attachments have no place in a resume.
ACTIVE = ("/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/RichMedia", "/SubmitForm", "/ImportData")


def limit() -> None:
    """Bound this process before it reads a byte."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def inspect_pdf(data: bytes) -> dict[str, Any]:
    """Pages and text of a PDF without active content."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        return {"refused": "encrypted"}
    pages = len(reader.pages)
    if not 1 <= pages <= MOST_PAGES:
        return {"refused": "pages"}
    if _active(reader):
        return {"refused": "active"}
    return {"pages": pages, "text": "\n".join(page.extract_text() for page in reader.pages)[:MOST_TEXT]}


def _active(reader: Any) -> bool:
    """Whether any object of the file holds a script, a launch or an attachment."""
    for number in range(1, min(int(reader.trailer.get("/Size", 0)), 100_000)):
        found = reader.get_object(number)
        if not hasattr(found, "keys"):
            continue
        words = {str(key) for key in found} | {
            str(found.raw_get(key)) for key in ("/S", "/Type") if key in found
        }
        if words & set(ACTIVE):
            return True
    return False


def inspect_docx(data: bytes) -> dict[str, Any]:
    """Text of a Word document without macros, within bounds once unpacked."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        entries = packed.infolist()
        if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            return {"refused": "unpacked"}
        names = {entry.filename.lower() for entry in entries}
        if any(name.endswith(("vbaproject.bin", ".exe", ".js")) or "/embeddings/" in name for name in names):
            return {"refused": "active"}
        if "word/document.xml" not in names:
            return {"refused": "type"}
        body = packed.read("word/document.xml")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return {"refused": "active"}
    root = ElementTree.fromstring(body)
    lines = ("".join(text.text or "" for text in part.iter(f"{WORD}t")) for part in root.iter(f"{WORD}p"))
    return {"pages": 1, "text": "\n".join(lines)[:MOST_TEXT]}


def main() -> None:
    """One document in, one line of JSON out."""
    limit()
    data = sys.stdin.buffer.read()
    try:
        answer = inspect_pdf(data) if sys.argv[1] == "pdf" else inspect_docx(data)
    except Exception:  # noqa: BLE001 - a broken file breaks a parser in any way; the answer is the same
        answer = {"refused": "broken"}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
