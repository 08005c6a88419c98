"""Build the demo school once, step by step, with progress; a second call finds it done."""

import random
from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.management import call_command

from backend.demo import fairs, history, market, people, searched, world
from backend.schools.models import School

SEED = 20260301
BEGUN, DONE = "demo_begun", "demo_built"
"""Files in DATA_DIR: the first step leaves the one, the last step the other."""
Step = tuple[str, Callable[[], object]]


def is_built() -> bool:
    """Whether this DATA_DIR holds a finished demo."""
    return (settings.DATA_DIR / DONE).exists()


def is_foreign() -> bool:
    """Whether the database holds schools that no demo made: those are left alone."""
    return (
        not is_built() and School.objects.exclude(code__in=[code for _, code in world.names.SCHOOLS]).exists()
    )


def is_begun() -> bool:
    """Whether a build of this DATA_DIR was broken off: the demo's schools are there, the end of it is not."""
    return not is_built() and _has_begun() and School.objects.exists() and not is_foreign()


def is_elsewhere() -> bool:
    """Whether the database holds a demo that another DATA_DIR built: it may be whole and in use."""
    return not is_built() and not _has_begun() and School.objects.exists() and not is_foreign()


def _has_begun() -> bool:
    return (settings.DATA_DIR / BEGUN).exists()


def steps() -> Iterator[Step]:
    """(what is being done, call) in order; state passes from step to step in here."""
    rng = random.Random(SEED)
    made: dict[str, list] = {}

    def codes() -> None:
        (settings.DATA_DIR / BEGUN).touch()
        call_command("load_reference", verbosity=0)

    def companies() -> str:
        rows = world.build_companies(rng, made["schools"])
        made["companies"] = rows
        world.add_recruiters(rng, [company for company, _ in rows])
        return f"{len(rows)} companies"

    def students() -> str:
        made["students"] = world.build_students(rng)
        world.add_student_accounts(made["students"])
        return f"{len(made['students'])} students"

    def positions() -> str:
        made["positions"] = market.build_positions(rng, made["companies"])
        return f"{len(made['positions'])} positions"

    yield "Codes of occupations and places", codes
    yield "Schools, departments and majors", lambda: made.update(schools=world.build_schools())
    yield "Students and their profiles", students
    yield "Companies and their vetting", companies
    yield "Positions", positions
    yield (
        "Applications and what came before",
        lambda: history.build_history(rng, made["students"], made["positions"]),
    )
    yield "Accounts, one per role", people.build_accounts
    yield "Fairs: one over, one live, one to come", lambda: fairs.build_fairs(rng, made["schools"][0])
    yield "What was searched in vain", lambda: searched.build_searches(made["schools"][0], SEED)
    yield "Search index", lambda: call_command("rebuild_index", verbosity=0)
    yield "Ranker, trained on what students chose", lambda: call_command("train_ranker", verbosity=0)
    yield "Talks planned for the fair to come", lambda: fairs.build_plan(rng, made["schools"][0])
    yield "Done", (settings.DATA_DIR / DONE).touch
