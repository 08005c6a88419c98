"""From what was typed to what engines run: units with their synonyms, and what must or must not be there."""

import itertools
import math
from dataclasses import dataclass
from typing import TypeAlias

from search import synonyms
from search.text import bigrams, exact, is_chinese, phrase, pieces, stem, words
from search.tree import Tree, parse

# Share of the units a hit must meet: few where the best come first, more where date or pay decides.
LOOSE_SHARE, STRICT_SHARE = 0.2, 0.6
LONGEST_SYNONYM = 8

Tokens: TypeAlias = tuple[str, ...]
_Units: TypeAlias = dict[Tokens, list[Tokens]]


@dataclass(frozen=True)
class QueryTerms:
    """A query as every engine runs it.

    A unit is met by any of its alternatives, an alternative by all of its tokens; at least `needed` units
    must be met. The boosts only raise what is found. Each of `phrases` must stand in one field, each of `fields` in
    the field it names, and none of `excluded` in any. `text` is what may be looked for by its meaning.
    """

    units: tuple[tuple[Tokens, ...], ...] = ()
    boosts: Tokens = ()
    phrases: tuple[Tokens, ...] = ()
    fields: tuple[tuple[str, Tokens], ...] = ()
    excluded: tuple[Tokens, ...] = ()
    share: float = LOOSE_SHARE
    text: str = ""

    @property
    def needed(self) -> int:
        return math.ceil(len(self.units) * self.share)

    @property
    def ranked(self) -> bool:
        """Whether anything in it tells a better hit from a worse one."""
        return bool(self.units or self.phrases or self.fields)

    def __bool__(self) -> bool:
        return bool(self.ranked or self.excluded)


def analyse(text: str, *, strict: bool = False) -> QueryTerms:
    """A user's query as engines run it. Nothing in it can be an operator of theirs."""
    tree = parse(text)
    units, boosts = _units(tree)
    return QueryTerms(
        units=tuple(tuple(dict.fromkeys([own, *others])) for own, others in units.items()),
        boosts=boosts,
        phrases=tuple(filter(None, map(phrase, tree.phrases))),
        fields=tuple((name, found) for name, said in tree.fields if (found := phrase(said))),
        excluded=tuple(filter(None, map(phrase, tree.excluded))),
        share=STRICT_SHARE if strict else LOOSE_SHARE,
        text=tree.text,
    )


def _units(tree: Tree) -> tuple[_Units, Tokens]:
    table = synonyms.table()
    units: _Units = {}
    boosts: list[str] = []
    found = [piece for word in tree.words for piece in pieces(word)]
    for piece in found:
        if is_chinese(piece):
            boosts += [*piece, *words(piece)]
            _add_chinese(units, piece, table)
        else:
            units.setdefault((stem(piece),), []).extend(map(exact, _others(table, piece)))
    _add_neighbours(units, found, table)
    return units, tuple(dict.fromkeys(boosts))


def _others(table: synonyms.Table, said: str) -> tuple[str, ...]:
    """The synonyms of Latin words as they are written, else of their stems: electricians has those of electrician."""
    return table.get(said) or table.get(" ".join(map(stem, said.split())), ())


def _add_chinese(units: _Units, run: str, table: synonyms.Table) -> None:
    """Bigrams of a run; a synonym stands in for every bigram of the word that it replaces."""
    for gram in bigrams(run):
        units.setdefault((gram,), [])
    for start in range(len(run)):
        for end in range(start + 2, min(len(run), start + LONGEST_SYNONYM) + 1):
            for other in table.get(run[start:end], ()):
                for gram in bigrams(run[start:end]):
                    units[(gram,)].append(exact(other))


def _add_neighbours(units: _Units, found: list[str], table: synonyms.Table) -> None:
    """English synonyms of two words: the Chinese one may stand in for each of the two."""
    for left, right in itertools.pairwise(found):
        for other in _others(table, f"{left} {right}"):
            for word in (left, right):
                if (stem(word),) in units:
                    units[(stem(word),)].append(exact(other))
