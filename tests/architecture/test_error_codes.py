"""Every code a program can meet in an error body is snake_case and stands in the list of backend/api/README.md."""

import ast
import re
from pathlib import Path

from backend.api.errors import EDGE
from backend.common import errors
from backend.students.documents import REASONS

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "backend/api/README.md"
FAMILIES = {"DomainError", "NotFound", "NotAllowed", "Conflict", "Invalid"}
# Functions that hand a code on; their callers name it.
HANDED_ON = {
    ("backend/common/spreadsheets.py", "refused"),
    ("backend/students/documents.py", "refuse"),
}


def calls() -> list[tuple[str, str, ast.Call]]:
    """Calls of a family or of a function that hands a code on: file, name, call."""
    names = FAMILIES | {name for _, name in HANDED_ON}
    found = []
    for path in sorted(path for top in ("backend", "fairs", "search") for path in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in names:
                    found.append((str(path.relative_to(ROOT)), name, node))
    return found


def code_of(call: ast.Call) -> ast.expr | None:
    return call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "code"), None)


def codes() -> set[str]:
    """Codes of the families, of the edge, of files refused, and of every call."""
    found = {getattr(errors, family).code for family in FAMILIES} | {code for code, _ in EDGE.values()}
    found |= {f"file_{reason}" for reason in REASONS}
    return found | {
        code.value
        for _, _, call in calls()
        if isinstance(code := code_of(call), ast.Constant) and isinstance(code.value, str)
    }


def documented() -> list[str]:
    section = README.read_text(encoding="utf-8").partition("## Error codes\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def sentences() -> dict[str, set[str | None]]:
    """What is said with each code where it is raised; None where that is not written there."""
    found: dict[str, set[str | None]] = {}
    for _, _, call in calls():
        code, said = code_of(call), call.args[1] if len(call.args) > 1 else None
        if isinstance(code, ast.Constant):
            text = said.args[0] if isinstance(said, ast.Call) and said.args else None
            found.setdefault(code.value, set()).add(text.value if isinstance(text, ast.Constant) else None)
    return found


def test_a_code_with_one_sentence_is_listed_with_it():
    """As programs get it: what the sentence names comes as a parameter."""
    listed = dict(
        re.findall(r"^\| `(\w+)` \| [^|]+ \| (.+) \|$", README.read_text(encoding="utf-8"), re.MULTILINE)
    )
    single = {code: said for code, (said, *more) in sentences().items() if said and not more}
    assert len(single) > 50
    assert {code: listed.get(code) for code in single} == single


def test_every_code_is_snake_case():
    assert [code for code in codes() if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", code)] == []


def test_the_list_of_codes_is_the_codes():
    assert documented() == sorted(codes())


def test_a_code_is_written_where_the_error_is_raised():
    """A computed code would escape the list; only what hands a code on may take it from its caller."""
    computed = {
        (path, ast.unparse(code))
        for path, _, call in calls()
        if (code := code_of(call)) is not None and not isinstance(code, ast.Constant)
    }
    assert computed == {
        ("backend/common/spreadsheets.py", "code"),
        ("backend/students/documents.py", "code"),
        ("backend/students/documents.py", "f\"file_{found['refused']}\""),
    }
