"""People who sign in, what they are (one live membership each), and invitations."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from backend.accounts.enums import STORED_ROLES, Role
from backend.common import clock
from backend.common.models import Row
from backend.common.personal import BLANK, about, as_text, personal

NOBODY = as_text("erased-{pk}@fairway.invalid")


class UserManager(BaseUserManager):
    """Make users; e-mail addresses are stored in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields):
        """A user who may sign in once the address is confirmed."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields):
        """A user with the run of the admin site."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str):
        """Find by address in any case."""
        return self.get(email=email.strip().lower())


@about("pk", hidden=("password",))
class User(AbstractBaseUser, PermissionsMixin, Row):
    """Somebody who signs in with an e-mail address."""

    email = personal("account", erase=NOBODY)(models.EmailField(_("E-mail"), max_length=190))
    name = personal("account", erase=BLANK)(models.CharField(_("Name"), max_length=60, blank=True))
    language = models.CharField(_("Language"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("Active"), default=True)
    is_staff = models.BooleanField(_("May use the admin site"), default=False)
    date_joined = models.DateTimeField(default=clock.now)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name, or the address where none is given."""
        return str(self)


@about("user")
class Membership(Row):
    """What a user is: student, recruiter of a company, staff of a school (or one department), operator."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("Role"), max_length=12, choices=[(r.value, r.label) for r in STORED_ROLES])
    school = models.ForeignKey(
        "schools.School", models.CASCADE, null=True, blank=True, related_name="memberships"
    )
    department = models.ForeignKey(
        "schools.Department", models.CASCADE, null=True, blank=True, related_name="+"
    )
    company = models.ForeignKey(
        "companies.Company", models.CASCADE, null=True, blank=True, related_name="memberships"
    )
    student = models.OneToOneField(
        "students.Student", models.CASCADE, null=True, blank=True, related_name="membership"
    )
    is_owner = models.BooleanField(_("Owner of the company"), default=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True), name="membership_one_live"
            ),
            models.CheckConstraint(
                name="membership_fits_role",
                condition=Q(
                    role=Role.STUDENT, school__isnull=False, student__isnull=False, company__isnull=True
                )
                | Q(role=Role.RECRUITER, company__isnull=False, student__isnull=True, department__isnull=True)
                | Q(role=Role.STAFF, school__isnull=False, company__isnull=True, student__isnull=True)
                | Q(role=Role.OPERATOR, school__isnull=True, company__isnull=True, student__isnull=True),
            ),
            models.CheckConstraint(
                name="membership_owner_is_recruiter", condition=Q(is_owner=False) | Q(role=Role.RECRUITER)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


@about("email", by="email", hidden=("token_digest",))
class Invitation(Row):
    """A signed link that makes whoever opens it, with that address, a recruiter or staff."""

    email = personal("invitation", erase=NOBODY, keep_days=30, since="expires_at")(
        models.EmailField(_("E-mail"), max_length=190)
    )
    role = models.CharField(
        _("Role"),
        max_length=12,
        choices=[(Role.RECRUITER.value, Role.RECRUITER.label), (Role.STAFF.value, Role.STAFF.label)],
    )
    school = models.ForeignKey("schools.School", models.CASCADE, null=True, blank=True, related_name="+")
    department = models.ForeignKey(
        "schools.Department", models.CASCADE, null=True, blank=True, related_name="+"
    )
    company = models.ForeignKey("companies.Company", models.CASCADE, null=True, blank=True, related_name="+")
    is_owner = models.BooleanField(_("Owner of the company"), default=False)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_fits_role",
                condition=Q(role=Role.RECRUITER, company__isnull=False)
                | Q(role=Role.STAFF, school__isnull=False, company__isnull=True),
            ),
            # One open link per address and place; what has ended unused is withdrawn before a new one is sent.
            models.UniqueConstraint(
                "email",
                Coalesce("company", 0),
                Coalesce("school", 0),
                Coalesce("department", 0),
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.get_role_display()}"


class AttemptCount(models.Model):
    """How often something was tried in the running window; see limits.py."""

    digest = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.digest[:8]}: {self.count}"
