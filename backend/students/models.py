"""Students, their profile, resumes, and who may see what of them."""

import secrets

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.common.models import Row
from backend.common.personal import BLANK, FILE, REMOVE, about, as_text, kept, personal
from backend.students.enums import Education, GrantField, ImportStatus, StudentStatus, Visibility

# The school's own file: emptied once it is imported or discarded, at the latest after a month.
READ = kept("the school uploaded it")


@about("membership__user")
class Student(Row):
    """A student of a school; exists from the roster on, with or without an account."""

    school = models.ForeignKey("schools.School", models.PROTECT, related_name="students")
    major = models.ForeignKey("schools.Major", models.PROTECT, related_name="students")
    school_class = models.ForeignKey(
        "schools.SchoolClass", models.SET_NULL, null=True, blank=True, related_name="students"
    )
    number = personal("account", erase=as_text("erased-{pk}"))(
        models.CharField(_("Student number"), max_length=30)
    )
    name = personal("profile", erase=BLANK)(models.CharField(_("Name"), max_length=60))
    email = personal("contact", erase=BLANK)(models.EmailField(_("E-mail"), blank=True))
    phone = personal("contact", erase=BLANK)(models.CharField(_("Telephone"), max_length=30, blank=True))
    education = models.CharField(
        _("Education"), max_length=12, choices=[c for c in Education.choices if c[0] != "any"]
    )
    graduation_year = models.PositiveSmallIntegerField(_("Year of graduation"))
    status = models.CharField(
        _("Status"), max_length=10, choices=StudentStatus.choices, default=StudentStatus.ROSTER
    )
    status_reason = personal("account", erase=BLANK)(
        models.TextField(_("Reason"), max_length=500, blank=True)
    )
    visibility = models.CharField(
        _("Visibility"), max_length=10, choices=Visibility.choices, default=Visibility.FAIRS
    )
    seeking = models.BooleanField(_("Looking for a position"), default=True)
    about = personal("profile", erase=BLANK)(models.TextField(_("About me"), max_length=2000, blank=True))
    skills = personal("profile", erase=BLANK)(models.JSONField(_("Skills"), default=list))
    skill_levels = personal("profile", erase=BLANK)(models.JSONField(_("Levels of skill"), default=dict))
    certificates = personal("profile", erase=BLANK)(models.JSONField(_("Certificates"), default=list))
    wanted_occupations = personal("profile", erase=BLANK)(
        models.JSONField(_("Wanted occupations"), default=list)
    )
    wanted_cities = personal("profile", erase=BLANK)(models.JSONField(_("Wanted cities"), default=list))
    wanted_kinds = personal("profile", erase=BLANK)(models.JSONField(_("Wanted kinds of work"), default=list))
    salary_floor = personal("profile", erase=BLANK)(
        models.PositiveIntegerField(_("Lowest monthly salary wished, yuan"), null=True, blank=True)
    )
    salary_hope = personal("profile", erase=BLANK)(
        models.PositiveIntegerField(_("Monthly salary hoped for, yuan"), null=True, blank=True)
    )
    # A city or district; empty: the campus. Never the household registration.
    based_in = personal("profile", erase=BLANK)(
        models.CharField(_("Where I start from in the morning"), max_length=6, blank=True, default="")
    )
    available_from = personal("profile", erase=BLANK)(
        models.DateField(_("Available from"), null=True, blank=True)
    )
    personalised = models.BooleanField(_("Order positions by fit"), default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "number"], name="student_number_once"),
            models.CheckConstraint(name="student_status_known", condition=Q(status__in=StudentStatus.values)),
            models.CheckConstraint(
                name="student_hopes_for_the_least_or_more",
                condition=Q(salary_floor__isnull=True)
                | Q(salary_hope__isnull=True)
                | Q(salary_hope__gte=models.F("salary_floor")),
            ),
            models.CheckConstraint(
                name="student_based_in_a_place",
                condition=Q(based_in="") | Exact(Length("based_in"), 6),
            ),
        ]
        indexes = [models.Index(fields=["school", "major"], name="student_by_major")]

    def __str__(self) -> str:
        return self.name


@about("student__membership__user")
class Experience(Row):
    """A period of work, internship or a project."""

    student = models.ForeignKey(Student, models.CASCADE, related_name="experiences")
    title = personal("profile", erase=REMOVE)(models.CharField(_("Your role"), max_length=80))
    organisation = personal("profile", erase=REMOVE)(
        models.CharField(_("Company or organisation"), max_length=120)
    )
    started_on = models.DateField(_("Start date"))
    ended_on = models.DateField(_("End date"), null=True, blank=True)
    description = personal("profile", erase=REMOVE)(
        models.TextField(_("What you did"), max_length=1500, blank=True)
    )
    occupation = models.ForeignKey(
        "schools.Occupation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Occupation"),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="experience_in_order",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=models.F("started_on")),
            )
        ]

    def __str__(self) -> str:
        return self.title


def resume_path(resume: "Resume", name: str) -> str:
    """A name nobody can guess, in the folder of the school."""
    ending = "docx" if name.endswith(".docx") else "pdf"
    return f"resumes/{resume.student.school_id}/{secrets.token_urlsafe(24)}.{ending}"


@about("student__membership__user")
class Resume(Row):
    """A resume: an uploaded PDF or docx, or one generated from the profile."""

    student = models.ForeignKey(Student, models.CASCADE, related_name="resumes")
    title = personal("profile", erase=BLANK)(models.CharField(_("Resume title"), max_length=80))
    file = personal("profile", erase=FILE)(models.FileField(_("File"), upload_to=resume_path, max_length=120))
    content_type = models.CharField(max_length=90)
    size = models.PositiveIntegerField()
    generated = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.title


@about("student__membership__user")
class DisclosureGrant(Row):
    """A student's consent that one company may see some fields, for a purpose, until a moment (rule 17)."""

    student = models.ForeignKey(Student, models.CASCADE, related_name="grants")
    company = models.ForeignKey("companies.Company", models.CASCADE, related_name="grants")
    fields = models.JSONField(_("Fields"), default=list)
    purpose = models.CharField(_("Purpose"), max_length=60)
    resume = models.ForeignKey(Resume, models.SET_NULL, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField(_("Until"))
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "company", "purpose"],
                condition=Q(revoked_at__isnull=True),
                name="grant_one_live",
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} → {self.company_id}"

    @property
    def field_labels(self) -> list[str]:
        """The disclosed fields in words."""
        return [str(GrantField(name).label) for name in self.fields]


@about("student__membership__user", erase=REMOVE)
class ProfileView(models.Model):
    """A company looked at a profile: counted per company and day, shown to the student."""

    student = models.ForeignKey(Student, models.CASCADE, related_name="views")
    company = models.ForeignKey("companies.Company", models.CASCADE, related_name="+")
    day = models.DateField(default=clock.today)
    count = models.PositiveIntegerField(default=1)
    where = models.CharField(max_length=30, default="profile")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "company", "day"], name="profile_view_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.company_id} saw {self.student_id}"


@about(None)
class RosterImport(Row):
    """An uploaded roster: what its rows would do, kept until staff confirm or discard it."""

    school = models.ForeignKey("schools.School", models.CASCADE, related_name="roster_imports")
    uploaded_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    file_name = models.CharField(_("File"), max_length=120)
    status = models.CharField(
        _("Status"), max_length=10, choices=ImportStatus.choices, default=ImportStatus.PREVIEW
    )
    create_structure = models.BooleanField(_("Create missing departments, majors and classes"), default=False)
    rows = personal("roster", erase=READ, keep_days=30)(models.JSONField(default=list))
    problems = personal("roster", erase=READ, keep_days=30)(models.JSONField(default=list))
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="roster_import_status_known", condition=Q(status__in=ImportStatus.values)
            )
        ]

    def __str__(self) -> str:
        return self.file_name
