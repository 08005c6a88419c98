"""The arrows of the architecture hold."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_import_contracts_are_kept():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_inner_files_do_not_import_the_edges():
    forbidden = ("rest_framework", "channels", "django.http")
    found = []
    for name in ("domain", "queries", "rules", "protocol"):
        for path in [
            *ROOT.glob(f"backend/*/{name}.py"),
            *ROOT.glob(f"backend/*/{name}/*.py"),
            *ROOT.glob(f"fairs/{name}*/*.py"),
            *ROOT.glob(f"fairs/{name}.py"),
        ]:
            for line in path.read_text(encoding="utf-8").splitlines():
                words = line.split()
                if len(words) > 1 and words[0] in {"from", "import"} and words[1].startswith(forbidden):
                    found.append(f"{path.relative_to(ROOT)}: {line}")
    assert found == []
