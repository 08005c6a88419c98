"""Words that nobody wrote taken for words that are there: pinyin, one wrong letter, a character of the same sound.

The words and how often they stand come from the index, so a correction always leads somewhere.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import groupby

import rjieba
from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.pinyin import sounds, spelt
from search.text import exact, is_chinese, pieces

SHORTEST_PINYIN, LONGEST_PINYIN = 2, 40
# A word this long may hold two wrong letters, one of half the length only one, a shorter one none.
TWO_WRONG, ONE_WRONG = 8, 4
# Beside words that are found a word of four letters is left alone too: most are names that nobody wrote yet.
ONE_WRONG_BESIDE = 5
UNKNOWN = -1


class Speller:
    """Corrects against a vocabulary: word -> in how many positions it stands."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self.words = dict(words)

    def correct(self, text: str, missing: Collection[str] | None = None) -> str:
        """The text with what is unknown replaced by what it seems to mean; empty when there is nothing better.

        Where other words of a query are found, `missing` are the tokens of it that no position has: only words with
        one of those are replaced, and more carefully. What is unknown is then no word of the dictionary, no initials and
        not the beginning of a known word, and keeps its first letter, or half of its characters with the others sounding
        the same.
        """
        cut = pieces(text)
        better = [part for row in self._rows(cut, missing) for part in self._row(row, missing)]
        return " ".join(better) if better != cut else ""

    def _rows(self, cut: list[str], missing: Collection[str] | None) -> Iterator[list[str]]:
        """Unknown Latin words that stand side by side together, everything else alone."""
        for unknown, row in groupby(cut, lambda piece: _letters(piece) and not self._stands(piece, missing)):
            if unknown:
                yield list(row)
            else:
                yield from ([piece] for piece in row)

    def _row(self, row: list[str], missing: Collection[str] | None) -> list[str]:
        """Words side by side are first taken for the syllables of one text: kuai ji, xi'an."""
        meant = self._by_sound("".join(row)) if len(row) > 1 else ""
        return [meant] if meant else [self._piece(piece, missing) for piece in row]

    def _stands(self, word: str, missing: Collection[str] | None) -> bool:
        return word in self.words or (missing is not None and missing.isdisjoint(exact(word)))

    def prepare(self) -> None:
        """Make now all that is looked up, not with the first correction."""
        for made in (self._letters, self._syllables, self._initials, self._at):
            len(made)

    def _piece(self, piece: str, missing: Collection[str] | None) -> str:
        if self._stands(piece, missing):
            return piece
        return self._chinese(piece, missing) if is_chinese(piece) else self._latin(piece, missing is not None)

    # Letters

    def _latin(self, word: str, careful: bool) -> str:
        if not _letters(word):
            return word
        meant = self._by_sound(word)
        if careful and not meant and self._begins(word):
            return word
        if not meant:
            meant = self._near(word, 1, careful)
        if not meant and not careful and len(word) <= 4:
            meant = self._most(self._initials.get(word, ()))
        return meant or self._near(word, 2, careful) or word

    def _begins(self, word: str) -> bool:
        """Whether a known word goes on from here, as from one that is still being typed."""
        place = bisect_left(self._letters, word)
        return place < len(self._letters) and self._letters[place].startswith(word)

    def _near(self, word: str, wrong: int, careful: bool) -> str:
        """The most frequent word that many wrong letters away (Damerau and Levenshtein's optimal alignment)."""
        shortest = TWO_WRONG if wrong == 2 else ONE_WRONG_BESIDE if careful else ONE_WRONG
        if len(word) < shortest:
            return ""
        found = process.extract(word, self._letters, scorer=OSA.distance, score_cutoff=wrong, limit=50)
        near = [hit for hit in found if not careful or hit[0][0] == word[0]]
        return min(near, key=lambda hit: (hit[1], -self.words[hit[0]], hit[0]))[0] if near else ""

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

    def _chinese(self, run: str, missing: Collection[str] | None) -> str:
        """Single characters between known words are taken together, as a wrong one falls apart.

        Carefully, a word of the dictionary is one, though no position has it (机长 is no 机场).
        """
        careful = missing is not None
        whole = "" if careful else self._like(run, careful)
        if whole:
            return whole
        made, loose = [], ""
        for word in [*rjieba.cut(run, not careful), ""]:
            if word and (len(word) == 1 or not (careful or word in self.words)):
                loose += word
                continue
            if loose:
                made.append(loose if self._stands(loose, missing) else self._like(loose, careful) or loose)
                loose = ""
            made.append(word)
        return "".join(made)

    def _like(self, run: str, careful: bool) -> str:
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
        cost_of = _cost_beside if careful else _cost
        judged = [
            (cost, -self.words[word], word) for word in candidates if (cost := cost_of(run, word)) != UNKNOWN
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


def _cost_beside(run: str, word: str) -> int:
    """The same beside words that are found: none may sound different, and half of the characters must stay."""
    cost = _cost(run, word)
    changed = sum(mine != theirs for mine, theirs in zip(run, word, strict=True))
    return cost if cost == changed and changed * 2 <= len(run) else UNKNOWN
