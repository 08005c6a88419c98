"""`python -m tests.fairs line|frames|races [COUNT]`: what the suite does briefly, at the length of the bars.

line    steps of the line's state machine, on new paths each time (10,000)
frames  fuzzed frames: none unhandled, nobody else's socket closed (50,000)
races   six recruiters press "next" at once (10,000); DATABASE_URL names the database, SQLite where it is empty
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

RUNS = {
    "line": ("FAIRWAY_LINE_STEPS", 10_000, "test_machine.py::test_the_line_keeps_its_promises"),
    "frames": (
        "FAIRWAY_FRAMES",
        50_000,
        "test_fuzz_frames.py::test_no_frame_breaks_the_socket_or_writes_a_row",
    ),
    "races": (
        "FAIRWAY_RACES",
        10_000,
        "test_race.py::TestCallNext::test_nobody_is_called_twice_and_nobody_is_forgotten",
    ),
}


def main() -> int:
    """Run one of them and print the figure; pytest's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fairs", usage=__doc__)
    parser.add_argument("run", choices=RUNS)
    parser.add_argument("count", type=int, nargs="?")
    chosen = parser.parse_args()
    variable, count, test = RUNS[chosen.run]
    environment = os.environ | {variable: str(chosen.count or count)}
    place = Path(__file__).parent / test
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:randomly", str(place)]
    began = time.monotonic()
    code = subprocess.run(command, env=environment, cwd=Path(__file__).parents[2], check=False).returncode
    seconds = time.monotonic() - began
    print(f"{chosen.run}: {chosen.count or count:,} {'MISSED' if code else 'kept'}, {seconds:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
