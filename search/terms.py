"""From what was typed to what engines run: units with their synonyms, and what must or must not be there."""

import math
from dataclasses import dataclass
from typing import TypeAlias

from search import synonyms
from search.text import bigrams, exact, is_chinese, parts, phrase, pieces, stem, words
from search.tree import Tree, parse

# Share of the units a hit must meet where date or pay decides. Where the best come first one is enough: a share would leave
# out short titles that have three words of a long sentence.
STRICT_SHARE = 0.6
# The longest run of Chinese and the longest row of words that a synonym can replace; how many alternatives a unit may
# have, and all of them together.
LONGEST_SYNONYM, MOST_PIECES = 12, 4
MOST_OTHERS, MOST_SYNONYMS = 16, 160

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
    share: float = 0.0
    text: str = ""

    @property
    def needed(self) -> int:
        return max(1, math.ceil(len(self.units) * self.share))

    @property
    def ranked(self) -> bool:
        """Whether anything in it tells a better hit from a worse one."""
        return bool(self.units or self.phrases or self.fields)

    def __bool__(self) -> bool:
        return bool(self.ranked or self.excluded)


def analyse(text: str, *, strict: bool = False, table: synonyms.Table | None = None) -> QueryTerms:
    """A user's query as engines run it, with the synonyms of a table (None: those of the data file).

    Nothing in it can be an operator of the engines.
    """
    tree = parse(text)
    units, boosts = _units(tree, synonyms.table() if table is None else table)
    return QueryTerms(
        units=_bounded(units),
        boosts=boosts,
        phrases=tuple(filter(None, map(phrase, tree.phrases))),
        fields=tuple((name, found) for name, said in tree.fields if (found := phrase(said))),
        excluded=tuple(filter(None, map(phrase, tree.excluded))),
        share=STRICT_SHARE if strict else 0.0,
        text=tree.text,
    )


def _units(tree: Tree, table: synonyms.Table) -> tuple[_Units, Tokens]:
    units: _Units = {}
    boosts: list[str] = []
    found = pieces(" ".join(tree.words))
    for piece in found:
        if is_chinese(piece):
            boosts += [*piece, *words(piece)]
            _add_chinese(units, piece, table)
        else:
            alternatives = units.setdefault((stem(piece),), [])
            alternatives += [*map(exact, _others(table, piece)), *((part,) for part in parts(piece))]
    _add_neighbours(units, found, table)
    return units, tuple(dict.fromkeys(boosts))


def _bounded(units: _Units) -> tuple[tuple[Tokens, ...], ...]:
    """Each unit with itself first; alternatives as far as the limits reach, those of the first words first."""
    left, made = MOST_SYNONYMS, []
    for own, others in units.items():
        kept = [other for other in dict.fromkeys(others) if other and other != own][: min(MOST_OTHERS, left)]
        left -= len(kept)
        made.append((own, *kept))
    return tuple(made)


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
    """Synonyms of several words in a row, such as machine learning or 3d 打印: they may stand in for each of them."""
    for many in range(2, MOST_PIECES + 1):
        for start in range(len(found) - many + 1):
            row = found[start : start + many]
            others = [exact(other) for other in _others(table, " ".join(row))]
            for piece in row if others else ():
                for token in bigrams(piece) if is_chinese(piece) else [stem(piece)]:
                    units[(token,)] += others
