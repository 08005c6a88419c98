"""The demo school, built once for each file of tests and rolled back after it."""

import random
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import override_settings

from backend.common import clock
from backend.demo import build, fairs, history, market, people, world

FAMILY_OF = {name: family for family in world.FAMILIES for name in family.majors}
FAMILY_OF_JOB = {code: family for family in world.FAMILIES for code, _, _ in family.jobs}


FULL = SimpleNamespace(students=1934, companies=170, openings=5900, applicants=700, share=1.0)
SMALL = SimpleNamespace(students=288, companies=48, openings=640, applicants=60, share=0.2)


@contextmanager
def built(blocker, folder, seed, size):
    """Everything that `make demo` writes as rows, with the lists its steps returned and the moment they ended."""
    from django.core.management import call_command

    rng = random.Random(seed)
    with blocker.unblock(), override_settings(DATA_DIR=folder), transaction.atomic():
        call_command("load_reference", verbosity=0)
        schools = world.build_schools()
        students = world.build_students(rng, size.students)
        world.add_student_accounts(students)
        companies = world.build_companies(rng, schools, size.companies)
        world.add_recruiters(rng, [company for company, _ in companies])
        positions = market.build_positions(rng, companies, size.openings)
        applied = history.build_history(rng, students, positions, size.applicants)
        people.build_accounts()
        fairs.build_fairs(rng, schools[0], size.share)
        yield SimpleNamespace(
            schools=schools, students=students, companies=companies, positions=positions, applied=applied,
            folder=folder, now=clock.now(), size=size,
        )  # fmt: skip
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo at its full size, from its own seed."""
    with built(django_db_blocker, tmp_path_factory.mktemp("demo"), build.SEED, FULL) as made:
        yield made


@pytest.fixture(scope="module", params=[1, 2])
def small(request, django_db_setup, django_db_blocker, tmp_path_factory):
    """A seventh of it, from another seed: what hangs together does so for any."""
    with built(django_db_blocker, tmp_path_factory.mktemp("demo"), request.param, SMALL) as made:
        yield made


@pytest.fixture
def in_its_folder(settings, demo):
    """For files whose every test looks at the demo."""
    settings.DATA_DIR = demo.folder
