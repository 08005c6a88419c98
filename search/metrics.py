"""What is counted for Prometheus. Gauges are set when somebody asks (`feeding.observe`), counters as things happen."""

from prometheus_client import Counter, Gauge

SEARCHES = Counter("fairway_searches_total", "Searches and suggestions answered, by engine", ["engine"])
DEGRADED = Counter("fairway_searches_degraded_total", "Answers the embedded index gave for Elasticsearch")
FAILURES = Counter(
    "fairway_search_engine_failures_total", "Calls an engine did not answer", ["engine", "what"]
)
WRITTEN = Counter("fairway_search_rows_written_total", "Rows an engine was given and took", ["engine"])
BREAKER = Gauge("fairway_search_breaker_open", "1 while calls to Elasticsearch are withheld", ["what"])
LAG = Gauge("fairway_search_lag_seconds", "How long the oldest write has waited for an engine", ["engine"])
DOCUMENTS = Gauge("fairway_search_documents", "Positions that can be found, by engine", ["engine"])
