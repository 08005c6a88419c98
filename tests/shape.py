"""`python -m tests.shape`: function and file lengths, and test lines per line of code; non-zero on a miss."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BARS = {"function p95": 35, "longest file": 500, "test lines per line": 1.5}


def files(*tops: str) -> list[Path]:
    """Our Python files below these folders, migrations left out."""
    return [
        path for top in tops for path in sorted((ROOT / top).rglob("*.py")) if "migrations" not in path.parts
    ]


def lines(paths: list[Path]) -> int:
    """Lines that are neither blank nor a comment."""
    return sum(
        1
        for path in paths
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    )


def main() -> int:
    """Print the three figures beside their bars."""
    code, tests = files("backend", "fairs", "search", "matching"), files("tests")
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in code
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    longest = max(
        (len(path.read_text(encoding="utf-8").splitlines()), path.relative_to(ROOT))
        for path in [*code, *tests]
    )
    p95 = lengths[int(len(lengths) * 0.95)]
    ratio = lines(tests) / lines(code)
    checks = (
        ("function p95", p95, p95 <= BARS["function p95"], f"{len(lengths)} functions"),
        ("longest file", longest[0], longest[0] <= BARS["longest file"], str(longest[1])),
        (
            "test lines per line",
            round(ratio, 2),
            ratio >= BARS["test lines per line"],
            f"{lines(tests)} / {lines(code)}",
        ),
    )
    for name, figure, kept, detail in checks:
        print(f"{'kept  ' if kept else 'MISSED'} {name}: {figure} (bar {BARS[name]}; {detail})")
    return 0 if all(kept for _, _, kept, _ in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
