#!/usr/bin/env python
"""Run Fairway's administrative commands."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
    if sys.argv[1:2] == ["demo"]:
        # A demo's server goes on in this process, so its settings must be there before they are read.
        import backend.config.env  # noqa: F401 - takes the file .env in
        from backend.demo import serving

        os.environ |= serving.environment(serving.port_of(sys.argv[2:]))
    execute_from_command_line(sys.argv)
