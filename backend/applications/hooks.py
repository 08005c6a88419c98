"""What upper layers want to hear: they append to these lists in their apps.py:ready()."""

from collections.abc import Callable

from backend.applications.models import Application

applied: list[Callable[[Application], None]] = []
"""Called in the transaction in which a student applied."""
