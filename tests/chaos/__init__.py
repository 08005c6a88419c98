"""What search is put through: indexers killed at every failpoint, Elasticsearch killed under searches, rebuilds under writes.

`python manage.py chaos_search` runs it at full size with a database, an index and an Elasticsearch of its own;
tests/search runs small versions, each with a control that must fail with the guard off.
"""
