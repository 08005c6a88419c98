"""Roles of people."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody is on the platform; ANONYMOUS and SYSTEM are never stored."""

    ANONYMOUS = "anonymous", _("Visitor")
    STUDENT = "student", _("Student")
    RECRUITER = "recruiter", _("Recruiter")
    STAFF = "staff", _("Staff")
    OPERATOR = "operator", _("Platform operator")
    SYSTEM = "system", _("System")


STORED_ROLES = [Role.STUDENT, Role.RECRUITER, Role.STAFF, Role.OPERATOR]
