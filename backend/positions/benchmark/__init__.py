"""The benchmark of search over real postings; see `manage.py bench_search`."""
