"""One analysis of text for every engine, so that both see the same words. Pure: text in, tokens out."""

import itertools
import re
import unicodedata

import opencc
import rjieba

MAX_CHARACTERS = 10_000

# Latin letters without an accent, the few that have no plain form (ø, ł) among them.
_LATIN = "a-z0-9\u00df-\u00f6\u00f8-\u024f"
_CHINESE = "\u3005\u3007\u3400-\u9fff\U00020000-\U000323af"
# Names of techniques that punctuation is part of, and numbers with a decimal point; all else is cut at punctuation.
_WHOLE = r"(?:c|g|vc)\+\+|[cfj]#|\.net|[a-z][a-z0-9]*\.(?:js|net)"
_PIECE = re.compile(
    rf"(?:(?<![{_LATIN}])(?:{_WHOLE})(?![a-z]))|(?<![.\d])\d+\.\d+(?![.\d])|[{_LATIN}]+|[{_CHINESE}]+|[^\W_{_LATIN}{_CHINESE}]+"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# A number and its unit are one word, with or without a space; a script is node.js however it is written.
_UNIT = re.compile(
    rf"(?<![{_LATIN}])(\d+) (?=(?:k?va?|k?w|mw|k?g|mg|mm|cm|km|ml|mpa|k?hz|[mg]hz|[kmgt]b|[dk])(?![{_LATIN}]))"
)
_SCRIPT = re.compile(rf"(?<![{_LATIN}])([a-z][a-z0-9]+)js(?![{_LATIN}])")
# What shows nothing and is no space: joiners, marks of direction, soft hyphens, variants of a sign, fillers.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e01ef]"
)
_PINYIN_V = re.compile("(?<=[ln])u[\u0300-\u036f]*\u0308[\u0300-\u036f]*")
_ACCENTS = re.compile("(?<![\u0370-\u052f\u1f00-\u1fff])[\u0300-\u036f]+")
_SIMPLIFY = opencc.OpenCC("t2s")


def normalise(text: str) -> str:
    """Width, case, accents, traditional characters and white space made one; applying it twice changes nothing.

    Folding can bring up what folds again (a ligature, a character simplified in two steps), so it is repeated until
    nothing moves. Halves of surrogate pairs, which are no characters, become question marks.
    """
    folded = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()
    for _ in range(8):
        before = folded
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
        folded = folded if folded.isascii() else _SIMPLIFY.convert(_unaccented(folded))
        folded = " ".join(folded.split())[:MAX_CHARACTERS].rstrip()
        if folded == before:
            break
    return folded


def _unaccented(text: str) -> str:
    """Without what is not seen and without accents, save those of Greek and Cyrillic; ü after l and n is the v of pinyin."""
    apart = unicodedata.normalize("NFD", _UNSEEN.sub("", text).replace("♯", "#"))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", _PINYIN_V.sub("v", apart)))


def pieces(text: str) -> list[str]:
    """Runs of Chinese, Latin words, numbers and whole technical names, in the order of the text."""
    plain = _UNIT.sub(r"\1", _THOUSANDS.sub("", normalise(text)))
    return _PIECE.findall(_SCRIPT.sub(r"\1.js", plain))


def parts(piece: str) -> list[str]:
    """The words that a technical name is also found under: node.js as node and js, asp.net as .net."""
    name, _, ending = piece.partition(".")
    if ending == "js":
        return [name, ending]
    return [".net"] if ending == "net" and name else []


def stem(word: str) -> str:
    """Light English stemming: plural and -ing / -ed, only where enough of the word remains."""
    if not (word.isascii() and word.isalpha()) or len(word) < 5:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return _undouble(word[: -len(ending)])
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _undouble(word: str) -> str:
    doubled = len(word) > 4 and word[-1] == word[-2] and word[-1] not in "lsz"
    return word[:-1] if doubled else word


def is_chinese(piece: str) -> bool:
    return "\u3400" <= piece[0] <= "\u9fff" or piece[0] in "々〇" or piece[0] >= "\U00020000"


def bigrams(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def loose(piece: str) -> list[str]:
    """Rows of two and more Chinese characters that are in no word of the dictionary."""
    if not is_chinese(piece):
        return []
    cut = "".join(word if len(word) == 1 else " " for word in rjieba.cut(piece, False))
    return [row for row in cut.split() if len(row) > 1]


def words(run: str) -> list[str]:
    """Dictionary words of three characters and more; shorter ones are unigrams and bigrams already."""
    return [word for word in rjieba.cut(run) if len(word) > 2]


def tokens(text: str) -> list[str]:
    """What a document is indexed under.

    Chinese as unigrams, bigrams and words; the rest as stems, and as pairs of neighbours (`machine_learn`) by which
    a phrase is found.
    """
    found: list[str] = []
    cut = pieces(text)
    for piece in cut:
        if is_chinese(piece):
            found += list(piece)
            found += bigrams(piece) if len(piece) > 1 else []
            found += words(piece)
        else:
            found += [stem(piece), *parts(piece)]
    return found + pairs(cut)


def pairs(cut: list[str]) -> list[str]:
    """Neighbouring words that are not Chinese, as one token each."""
    return [
        f"{stem(left)}_{stem(right)}"
        for left, right in itertools.pairwise(cut)
        if not is_chinese(left) and not is_chinese(right)
    ]


def exact(text: str) -> tuple[str, ...]:
    """Tokens that all must be there for the text to be there: bigrams and stems."""
    return tuple(
        t for piece in pieces(text) for t in (bigrams(piece) if is_chinese(piece) else [stem(piece)])
    )


def phrase(text: str) -> tuple[str, ...]:
    """Tokens that all must be in one field for the text to stand in it as it is written."""
    cut = pieces(text)
    return (*exact(text), *pairs(cut))


def vocabulary(text: str) -> list[str]:
    """The words of a text that a misspelt one may be taken for: dictionary words of two characters or letters and more."""
    found: dict[str, None] = {}
    for piece in pieces(text):
        for word in rjieba.cut(piece) if is_chinese(piece) else [piece]:
            if 1 < len(word) <= 20 and not word.isdigit():
                found[word] = None
    return list(found)
