"""The ratio as a spreadsheet file."""

import csv
from io import StringIO

from django.utils.translation import gettext as _

from backend.insights.queries import Observation
from backend.insights.ratio import Ratio

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_file(observation: Observation) -> str:
    """CSV with a byte order mark, so that spreadsheets read the Chinese; no cell can start a formula."""
    out = StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(
        [_("Group"), _("Openings"), _("Seekers"), _("Ratio"), _("Number of positions"), _("Moment")]
    )
    moment = observation.at.isoformat(timespec="seconds")
    for group in observation.table.groups:
        writer.writerow([*_row(observation.label(group.key), group), moment])
    writer.writerow([*_row(_("All"), observation.table.total), moment])
    return out.getvalue()


def _row(label: str, group: Ratio) -> list[str | int]:
    value = "" if group.value is None else f"{group.value:.4f}"
    return [_safe(label), group.openings, group.seekers, value, group.positions]


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
