"""Signed codes of the hall: a student's check-in code, which a device tells true from false offline, and links of screens.

`FW1.<fair>.<registration>.<signature>` is signed with the ECDSA P-256 key of the school that holds the fair; the signature
is r and s as WebCrypto takes them, in base32, so that the whole code fits a QR symbol's small alphabet and survives a hand
scanner with Caps Lock. The short code is for whoever types: eight letters of a keyed digest. Nothing in either names a person.
All keys come from SECRET_KEY, so nothing secret is stored; a new SECRET_KEY makes every code anew.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache

import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils.crypto import constant_time_compare

VERSION = "FW1"
SIZE = 32
"""Bytes of r and of s."""
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points P-256 has (FIPS 186-5)."""
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's alphabet: I, L, O and U are not in it, and are read as 1, 1, 0 and V."""
MISREAD = str.maketrans("ILOU", "110V", " -_")
SHORT = 8


@dataclass(frozen=True)
class Code:
    """What a code says: whose registration for which fair."""

    fair: int
    registration: int

    @property
    def text(self) -> str:
        """The part that is signed."""
        return f"{VERSION}.{self.fair}.{self.registration}"


def check_in_code(school: int, code: Code) -> str:
    """The code with its signature."""
    signature = _key(school).sign(code.text.encode(), ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(signature)
    raw = r.to_bytes(SIZE, "big") + s.to_bytes(SIZE, "big")
    return f"{code.text}.{base64.b32encode(raw).decode().rstrip('=')}"


def read(text: str) -> tuple[Code, bytes] | None:
    """What a code says and its signature (64 bytes), unverified; None for anything else."""
    parts = text.strip().upper().split(".")
    if len(parts) != 4 or parts[0] != VERSION or len(parts[3]) != 103:
        return None
    if not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in parts[1:3]):
        return None
    try:
        raw = base64.b32decode(parts[3] + "=")
    except ValueError:
        return None
    return Code(int(parts[1]), int(parts[2])), raw


def is_signed(school: int, code: Code, raw: bytes) -> bool:
    """Whether this school has signed the code; `raw` is r and s."""
    r, s = int.from_bytes(raw[:SIZE], "big"), int.from_bytes(raw[SIZE:], "big")
    try:
        signature = utils.encode_dss_signature(r, s)
        _key(school).public_key().verify(signature, code.text.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def public_key(school: int) -> str:
    """The key that checks codes, as WebCrypto imports it (`raw`), in base64."""
    point = _key(school).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.b64encode(point).decode()


def short_code(code: Code) -> str:
    """Eight letters to type instead of the long code."""
    number = int.from_bytes(_digest(f"short.{code.text}")[:5], "big")
    return "".join(LETTERS[number >> 5 * place & 31] for place in reversed(range(SHORT)))


def typed(text: str) -> str:
    """A typed short code in one spelling; empty where it cannot be one."""
    found = text.upper().translate(MISREAD)
    return found if len(found) == SHORT and not set(found) - set(LETTERS) else ""


def shown(short: str) -> str:
    """A short code as it is printed."""
    return f"{short[:4]}-{short[4:]}"


def known_digest(fair: int, short: str) -> str:
    """What the scanner keeps of a short code: enough to know it again offline, not to tell it."""
    return hashlib.sha256(f"{fair}.{short}".encode()).hexdigest()[:16]


def screen_key(what: str, screen_round: int) -> str:
    """The key in the link of a big screen: `what` is "fair-3" or "booth-12"."""
    return base64.urlsafe_b64encode(_digest(f"screen.{what}.{screen_round}")[:18]).decode()


def opens_screen(given: str, what: str, screen_round: int) -> bool:
    """Whether the key is the one of this screen and round."""
    return constant_time_compare(given, screen_key(what, screen_round))


@lru_cache(maxsize=512)
def qr(text: str) -> str:
    """A QR symbol as inline SVG, black on white whatever the theme; its size is the style sheet's. Kept: drawing takes 10 ms."""
    return segno.make(text, error="m", micro=False).svg_inline(
        omitsize=True, light="#fff", border=4, svgclass="qr", lineclass=None
    )


@lru_cache(maxsize=64)
def _key(school: int) -> ec.EllipticCurvePrivateKey:
    """A school's own key: a number below the order, from twice as many bits as it has, so that none is likelier."""
    wide = int.from_bytes(_digest(f"key.{school}.1") + _digest(f"key.{school}.2"), "big")
    return ec.derive_private_key(wide % (ORDER - 1) + 1, ec.SECP256R1())


def _digest(text: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"fairs.codes.{text}".encode(), "sha256")
