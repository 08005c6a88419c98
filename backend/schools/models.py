"""Schools, their alliance, departments, majors and classes; national reference codes."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Left
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.common.models import Row


class Division(models.Model):
    """A place by its GB/T 2260 code: province, city or county."""

    code = models.CharField(_("Code"), max_length=6, primary_key=True)
    name = models.CharField(pgettext_lazy("thing", "Name"), max_length=40)
    short_name = models.CharField(max_length=40)
    parent_code = models.CharField(max_length=6, blank=True, db_index=True)
    level = models.PositiveSmallIntegerField()
    pinyin = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return self.name


class Occupation(models.Model):
    """An entry of the national classification of occupations of 2022 (职业分类大典), levels 1 to 4."""

    code = models.CharField(_("Code"), max_length=12, primary_key=True)
    name = models.CharField(pgettext_lazy("thing", "Name"), max_length=80)
    level = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return self.name


class Alliance(Row):
    """Schools that share companies and fairs."""

    name = models.CharField(pgettext_lazy("thing", "Name"), max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class School(Row):
    """A vocational school or university: the tenant."""

    name = models.CharField(pgettext_lazy("thing", "Name"), max_length=100, unique=True)
    code = models.SlugField(_("Short code"), max_length=20, unique=True)
    alliance = models.ForeignKey(Alliance, models.PROTECT, null=True, blank=True, related_name="schools")
    city_code = models.CharField(_("City"), max_length=6)
    district_code = models.CharField(_("District of the campus"), max_length=6, blank=True, default="")
    time_zone = models.CharField(_("Time zone"), max_length=40, default="Asia/Shanghai")
    suspended_at = models.DateTimeField(_("Suspended since"), null=True, blank=True)
    suspended_reason = models.TextField(_("Reason"), max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="school_suspended_for_a_reason",
                condition=Q(suspended_at__isnull=True, suspended_reason="")
                | (Q(suspended_at__isnull=False) & ~Q(suspended_reason="")),
            ),
            models.CheckConstraint(
                name="school_district_in_province",
                condition=Q(district_code="") | Exact(Left("district_code", 2), Left("city_code", 2)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Department(Row):
    """A department (院系) of a school."""

    school = models.ForeignKey(School, models.CASCADE, related_name="departments")
    name = models.CharField(pgettext_lazy("thing", "Name"), max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "name"], name="department_once")]

    def __str__(self) -> str:
        return self.name


class Major(Row):
    """A major (专业) taught by a department, with the skills it teaches."""

    school = models.ForeignKey(School, models.CASCADE, related_name="majors")
    department = models.ForeignKey(Department, models.CASCADE, related_name="majors")
    name = models.CharField(pgettext_lazy("thing", "Name"), max_length=80)
    code = models.CharField(_("National code"), max_length=10, blank=True)
    skills = models.JSONField(_("Skills taught"), default=list)
    occupation_codes = models.JSONField(_("Occupations it leads to"), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "name"], name="major_once")]

    def __str__(self) -> str:
        return self.name


class SchoolClass(Row):
    """A class (班级) of one major and year."""

    major = models.ForeignKey(Major, models.CASCADE, related_name="classes")
    name = models.CharField(pgettext_lazy("thing", "Name"), max_length=80)
    graduation_year = models.PositiveSmallIntegerField(_("Year of graduation"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["major", "name"], name="class_once")]

    def __str__(self) -> str:
        return self.name
