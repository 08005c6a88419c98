"""That what is written as a test is run."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
HEAD = re.compile(r"^( *)(?:async )?(def|class) (\w+)", re.MULTILINE)


def nested(text: str) -> list[str]:
    """Tests written into the body of a function, where nobody calls them."""
    found, around = [], []
    for head in HEAD.finditer(text):
        depth, kind, name = len(head[1]), head[2], head[3]
        around = [one for one in around if one[0] < depth]
        if name.startswith("test_") and any(outer == "def" for _depth, outer in around):
            found.append(name)
        around.append((depth, kind))
    return found


def test_no_test_stands_inside_a_function():
    assert nested("class A:\n    def test_a():\n        def inner(): ...\n\n        def test_b(): ...\n") == [
        "test_b"
    ]
    files = TESTS.rglob("test_*.py")
    assert {path.name: names for path in files if (names := nested(path.read_text(encoding="utf-8")))} == {}
