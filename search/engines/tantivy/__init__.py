"""The embedded engine: a tantivy index in a folder, one writer at a time, any number of readers."""

from search.engines.tantivy.reading import Reading
from search.engines.tantivy.writing import Writing


class TantivyEngine(Reading, Writing):
    """Search without a server; see `folder`, `reading`, `writing`."""
