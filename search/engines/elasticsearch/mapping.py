"""The fields of an Elasticsearch index."""

from typing import Any

from search.engines import base


def mappings() -> dict[str, Any]:
    text = {"type": "text", "analyzer": "whitespace", "norms": True, "index_options": "freqs"}
    fields: dict[str, Any] = dict.fromkeys(base.TEXT_FIELDS, text)
    fields |= {name: {"type": "keyword", "ignore_above": 200} for name in base.KEYWORDS}
    fields |= {name: {"type": "long"} for name in ("id", "version", *base.NUMBERS, *base.NUMBER_LISTS)}
    return {"dynamic": "strict", "properties": fields}
