"""The fields and settings of an Elasticsearch index."""

from typing import Any

from elasticsearch import dsl

from search.engines import base
from search.semantics import DIMENSIONS

SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
# How soon a write can be found, and not at all while an index is only being filled.
LIVE_REFRESH, FILLING_REFRESH = "500ms", "-1"


def mapping() -> dsl.Mapping:
    """Our own tokens come apart at white space; a field that is not named here is an error."""
    made = dsl.Mapping()
    made.meta("dynamic", "strict")
    scored = {"analyzer": "whitespace", "norms": True, "index_options": "freqs"}
    for name in base.TEXT_FIELDS:
        made.field(name, dsl.Text(copy_to=base.EVERYWHERE, **scored))
    made.field(base.FACTS, dsl.Text(**scored))
    made.field(base.EVERYWHERE, dsl.Text(analyzer="whitespace", norms=False, index_options="docs"))
    for name in base.KEYWORDS:
        made.field(name, dsl.Keyword(ignore_above=200))
    for name in ("id", "version", *base.NUMBERS, *base.NUMBER_LISTS):
        made.field(name, dsl.Long())
    made.field(
        "vector", dsl.DenseVector(element_type="byte", dims=DIMENSIONS, similarity="cosine", index=True)
    )
    return made


def body(row: base.Row) -> dict[str, Any]:
    """A row as Elasticsearch takes it: only the embedded engine completes and corrects words."""
    kept = {name: value for name, value in row.items() if name not in base.EMBEDDED_ONLY}
    if "vector" in kept:
        # As hexadecimal digits: half as long as a list of numbers, and written in a fifteenth of the time.
        kept["vector"] = kept["vector"].tobytes().hex()
    return kept


def mappings() -> dict[str, Any]:
    """The same as the body of a request."""
    return mapping().to_dict()
