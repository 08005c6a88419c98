"""The answer, as plain data."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Hit:
    """One position found; the caller reads its row through its own visibility query."""

    id: int
    score: float
    version: int = 0


@dataclass(frozen=True)
class Facet:
    """How many hits the filter leaves by each value of a field: (value, count), most first, then by value."""

    name: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class SearchPage:
    """A page of hits.

    `degraded` says that the configured engine did not answer and the embedded one did; `updating` that the index
    which answered is still to be built from the database, so that hits may be missing.
    `worded` is how many hits have words of the text; the rest are near in meaning. `corrected` is the text that was
    looked for instead, `widened` names the filters that were let go (see `widening.steps`).
    """

    total: int
    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...] = ()
    engine: str = ""
    degraded: bool = False
    updating: bool = False
    next_cursor: str = ""
    worded: int = 0
    corrected: str = ""
    widened: tuple[str, ...] = ()

    @property
    def by_meaning_only(self) -> bool:
        """Whether nothing has the words, but something is near in meaning."""
        return bool(self.total) and not self.worded

    @property
    def near(self) -> int:
        """How many hits are near in meaning, beside those that have the words, which facets count."""
        return max(0, self.total - self.worded) if self.worded else 0

    @property
    def ids(self) -> list[int]:
        return [hit.id for hit in self.hits]


@dataclass(frozen=True)
class Drift:
    """Where the index differs from the database: ids only in the database, only in the index, of another version, or
    of the same one but to be found by other people or for another time."""

    missing: tuple[int, ...] = ()
    ghosts: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()
    visibility: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.ghosts or self.stale or self.visibility)


@dataclass(frozen=True)
class State:
    """What answers now, for the health check; degraded also while the index that answers is still to be built.

    `behind` says by engine for how many seconds its oldest write has waited (absent: it has everything), so
    `behind.get("embedded", 0)` is how stale the fallback is. `breaker` is that of searches in Elasticsearch.
    """

    engine: str
    degraded: bool
    documents: int
    detail: dict[str, str] = field(default_factory=dict)
    behind: dict[str, float] = field(default_factory=dict)
    breaker: str = "closed"
    updating: bool = False
