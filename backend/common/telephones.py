"""Telephone numbers as people write them: mobiles and landlines of the mainland, and others with + and their country."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

LONGEST = 30
"""Characters, as the columns have it."""
# Eleven digits after a 1: which second digits are given out changes every few years, so it is not asked.
MOBILE = r"1\d{10}"
LANDLINE = r"0(?:10|2\d|[3-9]\d{2})\d{7,8}"
SERVICE = r"[48]00\d{7}"
MAINLAND = re.compile(rf"(?:{MOBILE})|(?:{LANDLINE})|(?:{SERVICE})")
# E.164: at most fifteen digits with the code of the country, which begins with no 0.
ABROAD = re.compile(r"\+(?!86)[1-9]\d{6,14}")
EXTENSION = re.compile(r"(?:-|转|ext\.?|x)\d{1,6}$", re.IGNORECASE | re.ASCII)
BETWEEN = re.compile(r"[\s()\-‐–./]")


def telephone_error(text: str) -> object | None:
    """What is wrong with a telephone number, as a sentence; None when nothing is."""
    if len(text) > LONGEST:
        return _("At most %(limit)s characters.") % {"limit": LONGEST}
    written = unicodedata.normalize("NFKC", text).strip()
    if _is_number(written) or _is_number(EXTENSION.sub("", "".join(written.split())), only=LANDLINE):
        return None
    return _(
        "This is no telephone number: write the 11 digits of a mobile, a landline with its area code, "
        "or + and the code of the country."
    )


def _is_number(written: str, only: str = "") -> bool:
    digits = BETWEEN.sub("", written)
    if digits.startswith("+86"):
        rest = digits[3:]
        digits = rest if re.fullmatch(MOBILE, rest) or rest.startswith(("0", "400", "800")) else f"0{rest}"
    if not digits.isascii():
        return False
    if only:
        return re.fullmatch(only, digits) is not None
    return bool(MAINLAND.fullmatch(digits) or ABROAD.fullmatch(digits))
