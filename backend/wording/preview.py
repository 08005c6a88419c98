"""What a text becomes, and what it finds with some words more: the part that knows positions is set from above."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.accounts.actor import Actor
from search import api
from search.text import exact, is_chinese

# (asker, text, synonyms) -> how many positions have the words, and title and address of the first ones.
Finder = Callable[[Actor, str, api.Table], tuple[int, list[tuple[str, str]]]]
_finder: list[Finder] = []


@dataclass(frozen=True)
class Understood:
    """A text as the search takes it: each word with what may stand in for it, and what must or must not be there."""

    words: list[tuple[str, list[str]]]
    phrases: list[str]
    fields: list[tuple[str, str]]
    excluded: list[str]

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases or self.fields or self.excluded)


def set_finder(finder: Finder) -> None:
    """Set what finds positions; called from ready()."""
    _finder[:] = [finder]


def found(actor: Actor, text: str, table: api.Table) -> tuple[int, list[tuple[str, str]]]:
    """How many positions have the words of a text, taken with these synonyms, and the first ones."""
    return _finder[0](actor, text, table)


def understood(text: str, table: api.Table) -> Understood:
    """What the search makes of a text."""
    terms = api.analyse(text, table=table)
    written = {exact(word): word for others in table.values() for word in others}
    return Understood(
        words=[
            (own[0], [written.get(other) or spoken(other) for other in others])
            for (own, *others) in terms.units
        ],
        phrases=[spoken(tokens) for tokens in terms.phrases],
        fields=[(name, spoken(tokens)) for name, tokens in terms.fields],
        excluded=[spoken(tokens) for tokens in terms.excluded],
    )


def spoken(tokens: tuple[str, ...]) -> str:
    """Tokens as people write them: 机械 械设 设计 is 机械设计; pairs of Latin words, which repeat them, are left out."""
    said = ""
    for token in tokens:
        if "_" in token:
            continue
        if said and is_chinese(token) and said[-1] == token[0]:
            said += token[1:]
        else:
            said += f" {token}" if said else token
    return said
