"""`python -m tests.architecture.access --write`: write access.csv anew; read its difference before you commit it."""

import os
import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    if "--write" not in sys.argv[1:]:
        sys.exit(__doc__)
    os.environ["FAIRWAY_WRITE_ACCESS"] = "1"
    sys.exit(pytest.main(["-q", "-p", "no:randomly", str(Path(__file__).with_name("test_access.py"))]))
