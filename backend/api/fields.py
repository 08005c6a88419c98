"""Fields of bodies that the framework's own do not cover."""

from datetime import datetime
from typing import Any

from rest_framework import serializers


class MomentField(serializers.DateTimeField):
    """A date and time that somebody sends; one at the very ends of the calendar is a wrong value, not an OverflowError."""

    def enforce_timezone(self, value: datetime) -> Any:
        """The same moment in the reader's time zone."""
        try:
            return super().enforce_timezone(value)
        except OverflowError:
            self.fail("overflow")
