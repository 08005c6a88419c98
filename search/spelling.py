"""Words that nobody wrote taken for words that are there: pinyin, one wrong letter, a character of the same sound.

The words and how often they stand come from the index, so a correction always leads somewhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import groupby

import rjieba
from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.pinyin import sounds, spelt
from search.text import is_chinese, pieces

SHORTEST_PINYIN, LONGEST_PINYIN = 2, 40
# A word this long may hold two wrong letters, one of half the length only one, a shorter one none.
TWO_WRONG, ONE_WRONG = 8, 4
UNKNOWN = -1


class Speller:
    """Corrects against a vocabulary: word -> in how many positions it stands."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self.words = dict(words)

    def correct(self, text: str) -> str:
        """The text with what is unknown replaced by what it seems to mean; empty when there is nothing better."""
        cut = pieces(text)
        better = [part for row in self._rows(cut) for part in self._row(row)]
        return " ".join(better) if better != cut else ""

    def _rows(self, cut: list[str]) -> Iterator[list[str]]:
        """Unknown Latin words that stand side by side together, everything else alone."""
        for unknown, row in groupby(cut, lambda piece: _letters(piece) and piece not in self.words):
            if unknown:
                yield list(row)
            else:
                yield from ([piece] for piece in row)

    def _row(self, row: list[str]) -> list[str]:
        """Words side by side are first taken for the syllables of one text: kuai ji, xi'an."""
        meant = self._by_sound("".join(row)) if len(row) > 1 else ""
        return [meant] if meant else [part for piece in row for part in self._piece(piece)]

    def prepare(self) -> None:
        """Make now all that is looked up, not with the first correction."""
        for made in (self._letters, self._syllables, self._initials, self._at):
            len(made)

    def _piece(self, piece: str) -> list[str]:
        if piece in self.words:
            return [piece]
        return [self._chinese(piece)] if is_chinese(piece) else [self._latin(piece)]

    # Letters

    def _latin(self, word: str) -> str:
        if not _letters(word):
            return word
        meant = self._by_sound(word)
        if not meant:
            meant = self._near(word, 1)
        if not meant and len(word) <= 4:
            meant = self._most(self._initials.get(word, ()))
        return meant or self._near(word, 2) or word

    def _near(self, word: str, wrong: int) -> str:
        """The most frequent word that many wrong letters away (Damerau and Levenshtein's optimal alignment)."""
        if len(word) < (ONE_WRONG if wrong == 1 else TWO_WRONG):
            return ""
        found = process.extract(word, self._letters, scorer=OSA.distance, score_cutoff=wrong, limit=50)
        return min(found, key=lambda hit: (hit[1], -self.words[hit[0]], hit[0]))[0] if found else ""

    def _by_sound(self, letters: str) -> str:
        """Letters as pinyin of one word or of several in a row: the fewest words, then the most frequent ones."""
        if not SHORTEST_PINYIN < len(letters) <= LONGEST_PINYIN:
            return ""
        best: list[tuple[int, int, str] | None] = [(0, 0, "")] + [None] * len(letters)
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - LONGEST_PINYIN), end):
                before, word = best[start], self._most(self._syllables.get(letters[start:end], ()))
                if before is None or not word:
                    continue
                new = (before[0] + 1, before[1] - self.words[word], before[2] + word)
                best[end] = min(best[end] or new, new)
        whole = best[-1]
        return whole[2] if whole else ""

    def _most(self, words: Iterable[str]) -> str:
        return min(words, key=lambda word: (-self.words[word], word), default="")

    # Characters

    def _chinese(self, run: str) -> str:
        """Single characters between known words are taken together, as a wrong one falls apart."""
        whole = self._like(run)
        if whole:
            return whole
        made, loose = [], ""
        for word in [*rjieba.cut(run), ""]:
            if word and (len(word) == 1 or word not in self.words):
                loose += word
                continue
            if loose:
                made.append(self._like(loose) or loose)
                loose = ""
            made.append(word)
        return "".join(made)

    def _like(self, run: str) -> str:
        """The word of the same length that sounds the same, or differs by one character of several."""
        if not 2 <= len(run) <= 8:
            return ""
        candidates = set().union(
            *(
                self._at.get((len(run), place, sound), set())
                for place, char in enumerate(run)
                for sound in sounds(char)
            )
        )
        judged = [
            (cost, -self.words[word], word) for word in candidates if (cost := _cost(run, word)) != UNKNOWN
        ]
        return min(judged)[2] if judged else ""

    # What is looked up

    @cached_property
    def _letters(self) -> list[str]:
        return sorted(filter(_letters, self.words))

    @cached_property
    def _chinese_words(self) -> list[str]:
        return [word for word in self.words if is_chinese(word)]

    @cached_property
    def _syllables(self) -> dict[str, list[str]]:
        return self._spelt(0)

    @cached_property
    def _initials(self) -> dict[str, list[str]]:
        return self._spelt(1)

    def _spelt(self, kind: int) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for word in self._chinese_words:
            found[spelt(word)[kind]].append(word)
        return found

    @cached_property
    def _at(self) -> dict[tuple[int, int, str], set[str]]:
        """Words by their length and by the sounds at each place."""
        found: dict[tuple[int, int, str], set[str]] = defaultdict(set)
        for word in self._chinese_words:
            for place, char in enumerate(word):
                for sound in sounds(char):
                    found[len(word), place, sound].add(word)
        return found


def _letters(piece: str) -> bool:
    return piece.isascii() and piece.isalpha()


def _cost(run: str, word: str) -> int:
    """How far two words of one length are apart: 1 for a character of the same sound, 3 for another one.

    At most half of the characters may differ when one of them sounds different, and then only one.
    """
    same_sound = other = 0
    for mine, theirs in zip(run, word, strict=True):
        if mine == theirs:
            continue
        if sounds(mine) & sounds(theirs):
            same_sound += 1
        else:
            other += 1
    if other > 1 or (other and (len(run) < 3 or same_sound)):
        return UNKNOWN
    return same_sound + 3 * other
