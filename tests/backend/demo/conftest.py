"""The demo school, built once for each file of tests and rolled back after it."""

import random
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import override_settings

from backend.common import clock
from backend.demo import build, fairs, history, market, people, world

FAMILY_OF = {name: family for family in world.FAMILIES for name in family.majors}
FAMILY_OF_JOB = {code: family for family in world.FAMILIES for code, _, _ in family.jobs}


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """Everything that `make demo` writes as rows, with the lists its steps returned and the moment they ended."""
    from django.core.management import call_command

    rng = random.Random(build.SEED)
    folder = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), override_settings(DATA_DIR=folder), transaction.atomic():
        call_command("load_reference", verbosity=0)
        schools = world.build_schools()
        students = world.build_students(rng)
        world.add_student_accounts(students)
        companies = world.build_companies(rng, schools)
        world.add_recruiters(rng, [company for company, _ in companies])
        positions = market.build_positions(rng, companies)
        applied = history.build_history(rng, students, positions)
        people.build_accounts()
        fairs.build_fairs(rng, schools[0])
        yield SimpleNamespace(
            schools=schools, students=students, companies=companies, positions=positions, applied=applied,
            folder=folder, now=clock.now(),
        )  # fmt: skip
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _in_its_folder(settings, demo):
    settings.DATA_DIR = demo.folder
