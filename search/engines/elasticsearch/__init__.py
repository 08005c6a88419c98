"""Elasticsearch: versioned indices behind a live alias, the same analysed words, no plugin and no script."""

from search.engines.elasticsearch.reading import Reading
from search.engines.elasticsearch.writing import Writing


class ElasticsearchEngine(Reading, Writing):
    """Search on a server; see `connection`, `mapping`, `reading`, `writing`."""
