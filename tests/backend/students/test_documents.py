"""What an upload really is, what a drawn resume holds, and how complete a profile is."""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from backend.common.errors import Conflict, Invalid, NotFound
from backend.students import domain
from backend.students.completeness import ITEMS, completeness
from backend.students.documents import DOCX, PDF, REASONS, inspect, resume_pdf
from backend.students.domain.resumes import MOST_RESUMES
from backend.students.inspector import inspect_docx, inspect_pdf
from backend.students.models import DisclosureGrant, Resume, Student
from backend.students.profiles import profile_for
from tests.backend.refusals import last_trail, refused
from tests.factories.students import DisclosureGrantFactory, ExperienceFactory, ResumeFactory

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(body: bytes | None = None, **extra: bytes) -> bytes:
    text = f'<w:document xmlns:w="{WORD}"><w:p><w:t>你好</w:t><w:t>！</w:t></w:p><w:p/></w:document>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", text.encode() if body is None else body)
        for name, data in extra.items():
            packed.writestr(name, data)
    return out.getvalue()


def pdf(pages: int = 1, action: str = "", password: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if action:
        entry = {NameObject("/S"): NameObject(action), NameObject("/F"): TextStringObject("x")}
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(DictionaryObject(entry))
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("pages", [1, 2, 50])
def test_a_plain_pdf_is_read(pages):
    assert inspect_pdf(pdf(pages)) == {"pages": pages, "text": "\n" * (pages - 1)}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf(51), "pages"),
        (pdf(0), "pages"),
        (pdf(password="x"), "encrypted"),
        (pdf(action="/JavaScript"), "active"),
        (pdf(action="/Launch"), "active"),
        (pdf(action="/SubmitForm"), "active"),
        (pdf(action="/ImportData"), "active"),
    ],
    ids=["too many pages", "no page", "password", "script", "launch", "submit", "import"],
)
def test_a_pdf_that_is_more_than_a_document(data, reason):
    assert inspect_pdf(data) == {"refused": reason}


def test_a_link_in_a_pdf_is_no_harm():
    assert inspect_pdf(pdf(action="/URI"))["pages"] == 1


def test_a_plain_word_document_is_read():
    assert inspect_docx(docx()) == {"pages": 1, "text": "你好！\n"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (docx(**{"word/vbaProject.bin": b"x"}), "active"),
        (docx(**{"WORD/VBAPROJECT.BIN": b"x"}), "active"),
        (docx(**{"payload.exe": b"MZ"}), "active"),
        (docx(**{"run.js": b"x"}), "active"),
        (docx(**{"word/embeddings/ole.bin": b"x"}), "active"),
        (docx(b"<!DOCTYPE x><x/>"), "active"),
        (docx(b'<!ENTITY x "y"><x/>'), "active"),
        (docx(**{"big": b"0" * (61 * 1024 * 1024)}), "unpacked"),
        (docx(**{f"f{n}": b"" for n in range(2_000)}), "unpacked"),
    ],
    ids=["macro", "macro in capitals", "exe", "js", "object", "doctype", "entity", "bomb", "many entries"],
)
def test_a_word_document_that_is_more_than_a_document(data, reason):
    assert inspect_docx(data) == {"refused": reason}


def test_a_workbook_is_of_another_type():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("xl/workbook.xml", "<x/>")
    assert inspect_docx(out.getvalue()) == {"refused": "type"}


def test_text_is_cut():
    body = f'<w:document xmlns:w="{WORD}"><w:p><w:t>{"字" * 30_000}</w:t></w:p></w:document>'
    assert len(inspect_docx(docx(body.encode()))["text"]) == 20_000


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_reason_is_said_in_both_languages(reason, language):
    with translation.override(language):
        assert str(REASONS[reason]).isascii() is (language == "en")


@pytest.mark.parametrize(("data", "kind", "ending"), [(pdf(), PDF, "pdf"), (docx(), DOCX, "docx")])
def test_a_document_is_looked_at_in_a_process_of_its_own(data, kind, ending):
    found = inspect(SimpleUploadedFile("whatever.txt", data))
    assert (found.content_type, found.ending, found.pages) == (kind, ending, 1)


@pytest.mark.parametrize(
    ("most", "data", "code"),
    [
        (10, b"%PDF-1.4 long", "file_size"),
        (10_000, b"", "file_size"),
        (10_000, b"\x89PNG", "file_type"),
        (10_000, b" %PDF-1.4", "file_type"),
        (10_000, b"{\\rtf1}", "file_type"),
        (10_000, b"\xd0\xcf\x11\xe0", "file_type"),
    ],
)
def test_what_needs_no_look_is_refused_at_once(settings, most, data, code):
    settings.UPLOAD_MAX_BYTES = most
    with pytest.raises(Invalid) as caught:
        inspect(SimpleUploadedFile("a.pdf", data))
    assert (caught.value.code, list(caught.value.fields)) == (code, ["file"])


def drawn(world, language: str = "zh-hans") -> str:
    """The text of the resume drawn from the student's profile."""
    world.student.refresh_from_db()
    data = resume_pdf(profile_for(world.student_actor, world.student), language=language)
    reader = PdfReader(io.BytesIO(data))
    assert 1 <= len(reader.pages) <= 2
    return "".join(page.extract_text() for page in reader.pages)


def test_a_drawn_resume_holds_the_profile_and_no_wish(world):
    Student.objects.filter(pk=world.student.pk).update(
        phone="13912345678", about="<script>alert(1)</script>", salary_floor=987_654
    )
    ExperienceFactory(student=world.student, title="Tester", organisation="Example Ltd")
    text = drawn(world, "en").replace("\n", "")
    assert [part for part in ("13912345678", "Tester", "Example Ltd", "Java") if part not in text] == []
    assert "<script>alert(1)</script>" in text
    assert "987654" not in text


def test_a_drawn_resume_fetches_nothing(world):
    Student.objects.filter(pk=world.student.pk).update(about='<img src="file:///etc/passwd">')
    assert "root:" not in drawn(world)


def test_drawing_writes_a_row_and_a_trace(world, frozen_now):
    with translation.override("en"):
        resume = domain.generate_resume(actor=world.student_actor, language="en")
    assert (resume.title, resume.generated, resume.content_type) == ("Resume of 2026-03-02", True, PDF)
    assert last_trail() == ("resume.generated", "", "", "students.resume", resume.pk)
    with resume.file.open() as file:
        assert len(file.read()) == resume.size


@pytest.mark.parametrize("title", ["", "  ", "题" * 81])
def test_an_upload_needs_a_title_and_leaves_no_file(world, settings, title):
    upload = SimpleUploadedFile("a.pdf", pdf())
    with refused(Invalid, "invalid", Resume, fields=["title"]):
        domain.upload_resume(actor=world.student_actor, title=title, upload=upload)
    assert list(settings.MEDIA_ROOT.rglob("*.pdf")) == []


def test_five_are_the_most_and_a_removed_one_makes_room(world):
    rows = ResumeFactory.create_batch(MOST_RESUMES, student=world.student)
    for add in (
        lambda: domain.generate_resume(actor=world.student_actor, title="x"),
        lambda: domain.upload_resume(
            actor=world.student_actor, title="x", upload=SimpleUploadedFile("a.pdf", pdf())
        ),
    ):
        with refused(Conflict, "too_many_resumes", Resume):
            add()
    domain.remove_resume(actor=world.student_actor, resume_id=rows[0].pk)
    assert domain.generate_resume(actor=world.student_actor, title="x").pk


def test_removing_ends_what_named_it_and_nothing_else(world, frozen_now):
    first, second = ResumeFactory.create_batch(2, student=world.student)
    named = DisclosureGrantFactory(student=world.student, company=world.company, resume=first)
    other = DisclosureGrantFactory(
        student=world.student, company=world.company, resume=second, purpose="contact"
    )
    domain.remove_resume(actor=world.student_actor, resume_id=first.pk)
    for row in (first, named, other):
        row.refresh_from_db()
    assert (first.deleted_at, named.revoked_at, other.revoked_at) == (frozen_now, frozen_now, None)
    assert last_trail() == ("resume.removed", "", "", "students.resume", first.pk)
    with refused(NotFound, "not_found", Resume, DisclosureGrant):
        domain.remove_resume(actor=world.student_actor, resume_id=first.pk)


@pytest.mark.parametrize("who", ["staff", "recruiter", "dean", "other_staff"])
def test_nobody_else_adds_or_removes_a_resume(world, who):
    resume = ResumeFactory(student=world.student)
    for act in (
        lambda: domain.remove_resume(actor=getattr(world, who), resume_id=resume.pk),
        lambda: domain.generate_resume(actor=getattr(world, who)),
        lambda: domain.upload_resume(
            actor=getattr(world, who), title="x", upload=SimpleUploadedFile("a.pdf", pdf())
        ),
    ):
        with refused(NotFound, "not_found", Resume):
            act()


FULL = {
    "skills": ["a", "b", "c"],
    "wanted_occupations": ["2-02-10-03"],
    "wanted_cities": ["320500"],
    "about": "字" * 20,
    "phone": "13900000000",
    "certificates": ["x"],
    "wanted_kinds": ["full_time"],
    "available_from": date(2026, 7, 1),
}
LACKING = {
    "skills": (["a", "b"], 20),
    "wanted_occupations": ([], 15),
    "wanted_cities": ([], 10),
    "about": ("字" * 19, 10),
    "phone": ("", 5),
    "certificates": ([], 5),
    "wanted_kinds": ([], 5),
    "available_from": (None, 5),
}


@pytest.mark.parametrize("field", LACKING)
def test_each_thing_lacking_costs_its_points(world, field):
    value, points = LACKING[field]
    ExperienceFactory(student=world.student)
    ResumeFactory(student=world.student)
    Student.objects.filter(pk=world.student.pk).update(**FULL | {field: value})
    world.student.refresh_from_db()
    found = completeness(world.student)
    assert (found.percent, [item.key for item in found.missing]) == (100 - points, [field])


@pytest.mark.parametrize(
    ("factory", "key", "points"), [(ExperienceFactory, "resumes", 15), (ResumeFactory, "experiences", 10)]
)
def test_a_resume_and_an_experience_count(world, factory, key, points, django_assert_num_queries):
    factory(student=world.student)
    Student.objects.filter(pk=world.student.pk).update(**FULL)
    world.student.refresh_from_db()
    with django_assert_num_queries(2):
        found = completeness(world.student)
    assert (found.percent, [item.key for item in found.missing]) == (100 - points, [key])


def test_the_points_make_a_hundred_and_the_weightiest_come_first():
    points = [item.points for item in ITEMS]
    assert (sum(points), points) == (100, sorted(points, reverse=True))
