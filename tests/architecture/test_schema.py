"""The schema is drawn without a murmur, is valid, and says of every address what it is for."""

from pathlib import Path

import pytest
from django.core.management import call_command

from tests.fuzz.asking import document

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def operations() -> dict[str, dict]:
    paths = document()["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_the_schema_is_valid_and_draws_no_warning(tmp_path: Path):
    target = tmp_path / "schema.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(target))
    assert target.read_text(encoding="utf-8").startswith("openapi: 3.1.0")


def test_every_operation_says_what_it_is_for(operations):
    assert [name for name, operation in operations.items() if not operation.get("description")] == []


def test_only_reading_a_list_is_paged(operations):
    paged = {name for name, operation in operations.items() if "Paginated" in str(operation["responses"])}
    assert paged
    assert [name for name in sorted(paged) if not name.startswith("GET")] == []


def test_every_operation_says_what_it_refuses(operations):
    assert [name for name, operation in operations.items() if "404" not in operation["responses"]] == []
    assert [n for n, o in operations.items() if n.startswith("POST") and "422" not in o["responses"]] == []


def test_every_creating_post_takes_an_idempotency_key(operations):
    """A POST on a list that answers 201 makes a row; a repeat must not make a second one."""
    silent = [
        name
        for name, operation in operations.items()
        if name.startswith("POST")
        and "201" in operation["responses"]
        and "Idempotency-Key" not in {one["name"] for one in operation.get("parameters", [])}
    ]
    # The answer to a sign-in holds the token, which must not be kept anywhere: it is made anew each time.
    assert silent == ["POST /api/v1/tokens/"]
