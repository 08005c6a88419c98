"""Resumes: what comes in is looked at, what goes out asks the policy, what is drawn can be read."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from backend.accounts.models import Membership
from backend.common import files, outbox
from backend.common.errors import Conflict, Invalid, NotFound
from backend.students.domain import generate_resume, remove_resume, upload_resume
from backend.students.models import ProfileView, Resume
from tests.factories.students import DisclosureGrantFactory, ExperienceFactory, ResumeFactory


def pdf(*, script: bool = False, password: str = "", attachment: bool = False, pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if script:
        action = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")}
        )
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)
    if attachment:
        writer.add_attachment("x.exe", b"MZ")
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def docx(**extra: bytes) -> bytes:
    body = (
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        b"<w:body><w:p><w:r><w:t>hello</w:t></w:r></w:p></w:body></w:document>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in {"[Content_Types].xml": b"<Types/>", "word/document.xml": body, **extra}.items():
            packed.writestr(name, data)
    return out.getvalue()


def upload(world, data: bytes, name: str = "resume.pdf", title: str = "简历") -> Resume:
    return upload_resume(actor=world.student_actor, title=title, upload=SimpleUploadedFile(name, data))


@pytest.mark.parametrize(
    ("data", "name", "ending"),
    [(pdf(), "virus.exe", "pdf"), (docx(), "简历.pdf", "docx")],
    ids=["pdf", "docx"],
)
def test_the_content_says_what_a_file_is(world, data, name, ending):
    resume = upload(world, data, name)
    assert resume.file.name.startswith(f"resumes/{world.school.pk}/")
    assert resume.file.name.endswith(f".{ending}")
    assert name.split(".")[0] not in resume.file.name
    assert (resume.size, resume.generated) == (len(data), False)
    with resume.file.open() as kept:
        assert kept.read() == data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_size"),
        (b"MZ\x90\x00", "file_type"),
        (b"<html><script>", "file_type"),
        (b"%PDF-1.4 nothing else", "file_broken"),
        (pdf(password="x"), "file_encrypted"),
        (pdf(script=True), "file_active"),
        (pdf(attachment=True), "file_active"),
        (pdf(pages=51), "file_pages"),
        (b"PK\x03\x04 broken", "file_broken"),
        (docx(**{"word/vbaProject.bin": b"x"}), "file_active"),
        (docx(**{"word/embeddings/ole.bin": b"x"}), "file_active"),
        (docx(**{"word/document.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "file_active"),
        (docx(**{"word/media/big": b"0" * (61 * 1024 * 1024)}), "file_unpacked"),
    ],
    ids=[
        "empty",
        "exe",
        "html",
        "stub",
        "password",
        "script",
        "attachment",
        "pages",
        "zip",
        "macro",
        "ole",
        "xxe",
        "bomb",
    ],
)
def test_what_is_no_plain_document_is_refused(world, data, code):
    with pytest.raises(Invalid) as refusal:
        upload(world, data)
    assert refusal.value.code == code
    assert list(refusal.value.fields) == ["file"]
    assert Resume.objects.count() == 0


def test_a_workbook_is_no_resume(world):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("xl/workbook.xml", b"<x/>")
    with pytest.raises(Invalid, match="file_type"):
        upload(world, out.getvalue())


def test_large_files_are_refused(world, settings):
    settings.UPLOAD_MAX_BYTES = 100
    with pytest.raises(Invalid, match="file_size"):
        upload(world, pdf())


def test_five_are_the_most(world):
    for _ in range(5):
        ResumeFactory(student=world.student)
    for act in (lambda: upload(world, pdf()), lambda: generate_resume(actor=world.student_actor)):
        with pytest.raises(Conflict, match="too_many_resumes"):
            act()
    assert Resume.objects.count() == 5


def test_a_title_is_needed_and_no_file_is_left_behind(world, settings):
    with pytest.raises(Invalid) as refusal:
        upload(world, pdf(), title=" ")
    assert list(refusal.value.fields) == ["title"]
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_drawn_resume_can_be_read(world, language):
    ExperienceFactory(student=world.student, title="测试实习生")
    resume = generate_resume(actor=world.student_actor, language=language)
    with resume.file.open() as file:
        reader = PdfReader(file)
        text = "".join(page.extract_text() for page in reader.pages)
        fonts = {
            str(font.get_object()["/BaseFont"])
            for page in reader.pages
            for font in page["/Resources"]["/Font"].values()
        }
    assert all(word in text for word in ("李晓明", "测试实习生", "Java", "li@students.invalid"))
    assert any("CJK" in font for font in fonts)
    assert (resume.generated, resume.content_type) == (True, "application/pdf")


def test_a_removed_resume_closes_what_it_opened(world):
    resume = ResumeFactory(student=world.student)
    grant = DisclosureGrantFactory(student=world.student, company=world.company, resume=resume)
    remove_resume(actor=world.student_actor, resume_id=resume.pk)
    outbox.run_once([files.TOPIC])
    grant.refresh_from_db()
    assert grant.revoked_at is not None
    assert not resume.file.storage.exists(resume.file.name)
    with pytest.raises(NotFound):
        remove_resume(actor=world.student_actor, resume_id=resume.pk)


def test_somebody_elses_resume_does_not_exist(world):
    resume = ResumeFactory(student=world.stranger)
    with pytest.raises(NotFound):
        remove_resume(actor=world.student_actor, resume_id=resume.pk)
    resume.refresh_from_db()
    assert resume.deleted_at is None


def test_a_resume_is_handed_out_as_an_attachment_to_whom_the_policy_lets(world, client):
    resume = ResumeFactory(student=world.student, title="我的简历")
    url = reverse("students:resume", args=[resume.pk])
    people = {
        "student": world.student_actor,
        "staff": world.staff,
        "recruiter": world.recruiter,
        "other": world.other_staff,
    }

    def ask(actor):
        client.force_login(Membership.objects.get(user_id=actor.user_id).user)
        return client.get(url)

    assert {name: ask(actor).status_code for name, actor in people.items()} == {
        "student": 200,
        "staff": 200,
        "recruiter": 404,
        "other": 404,
    }
    DisclosureGrantFactory(student=world.student, company=world.company, resume=resume, fields=["resume"])
    response = ask(world.recruiter)
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/pdf"
    assert ProfileView.objects.get().company == world.company
    client.logout()
    assert client.get(url).status_code == 302
