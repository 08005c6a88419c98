"""What the database knows of its tables, by which it chooses indexes."""

from django.db import connection

# Rows looked at per index: enough to tell a status that nearly all rows have from a key, in some hundredths of a second.
LOOKED_AT = 1_000


def look_over_tables() -> None:
    """Periodic job: have SQLite count what stands in its indexes; PostgreSQL does so by itself.

    Without figures SQLite takes any index to be a good one: it read twenty positions by their keys through the index of
    the published ones, all 74,000 of them.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit = {LOOKED_AT}")
        cursor.execute("ANALYZE")
