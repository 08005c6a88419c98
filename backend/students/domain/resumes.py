"""Resumes: uploaded, drawn from the profile, renamed, taken away."""

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotFound
from backend.common.files import delete_file
from backend.students.documents import PDF, inspect, resume_pdf
from backend.students.domain.profile import own_student
from backend.students.models import DisclosureGrant, Resume, Student
from backend.students.profiles import profile_for

MOST_RESUMES = 5


def upload_resume(*, actor: Actor, title: str, upload: File) -> Resume:
    """Keep an uploaded PDF or docx under a name nobody can guess, once it has been looked into."""
    student = own_student(actor)
    _room(student)
    # Looking takes a moment and writes nothing, so it stays outside the transaction.
    found = inspect(upload)
    return _keep(
        actor=actor,
        student=student,
        title=title,
        content=upload,
        kind=(found.ending, found.content_type),
        generated=False,
    )


def generate_resume(*, actor: Actor, title: str = "", language: str = "zh-hans") -> Resume:
    """Draw a PDF from the profile as it stands now."""
    student = own_student(actor)
    _room(student)
    content = ContentFile(resume_pdf(profile_for(actor, student), language=language))
    title = title or _text("Resume of %(day)s") % {"day": clock.today().isoformat()}
    return _keep(
        actor=actor, student=student, title=title, content=content, kind=("pdf", PDF), generated=True
    )


@transaction.atomic
def remove_resume(*, actor: Actor, resume_id: int) -> None:
    """Take a resume away: consents that named it end, its file is erased after commit.

    The row stays, because applications sent with it must go on to say so.
    """
    resume = own_student(actor).resumes.filter(pk=resume_id, deleted_at__isnull=True).first()
    if resume is None:
        raise NotFound()
    moment = clock.now()
    if not Resume.objects.filter(pk=resume.pk, deleted_at__isnull=True).update(
        deleted_at=moment, updated_at=moment
    ):
        raise Conflict()
    DisclosureGrant.objects.filter(resume=resume, revoked_at__isnull=True).update(
        revoked_at=moment, updated_at=moment
    )
    record(actor=actor, verb="resume.removed", target=resume)
    delete_file(resume.file)


def _room(student: Student) -> None:
    if student.resumes.filter(deleted_at__isnull=True).count() >= MOST_RESUMES:
        raise Conflict(
            "too_many_resumes", _("%(most)d resumes are the most. Remove one first."), most=MOST_RESUMES
        )


def _keep(
    *, actor: Actor, student: Student, title: str, content: File, kind: tuple[str, str], generated: bool
) -> Resume:
    ending, content_type = kind
    title = " ".join(title.split())
    if not title or len(title) > 80:
        raise Invalid(fields={"title": [_("Give it a title of at most 80 characters.")]})
    resume = Resume(
        student=student, title=title, content_type=content_type, size=content.size, generated=generated
    )
    resume.file.save(f"resume.{ending}", content, save=False)
    try:
        with transaction.atomic():
            # The student's row is the lock that makes the limit hold against two uploads at once.
            Student.objects.select_for_update().get(pk=student.pk)
            _room(student)
            resume.save()
            record(actor=actor, verb="resume.generated" if generated else "resume.uploaded", target=resume)
    except BaseException:
        resume.file.storage.delete(resume.file.name)
        raise
    return resume
