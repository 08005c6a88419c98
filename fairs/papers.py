"""What a fair leaves on paper: its report as PDF, drawn in the request."""

from typing import Any, NoReturn

from django.template.loader import render_to_string
from django.utils import translation

from backend.common import clock
from fairs import reports
from fairs.models import Fair


def report_pdf(fair: Fair, figures: reports.Report, *, language: str) -> bytes:
    """The figures of a fair and of every booth on numbered A4 pages, in zh-hans or en; nothing is fetched from anywhere."""
    # Read in here: it takes a third of a second and 20 MB, and most processes never draw one.
    from weasyprint import HTML

    context = {"fair": fair, "figures": figures, "language": language, "now": clock.now()}
    with translation.override(language):
        page = render_to_string("fairs/report_pdf.html", context)
    return HTML(string=page, url_fetcher=_nothing).write_pdf()


def _nothing(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    raise ValueError("a report refers to nothing outside itself")
