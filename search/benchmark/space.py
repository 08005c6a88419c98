"""What an index takes: megabytes on the disk, and of memory by whoever answers from it."""

from pathlib import Path

from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.tantivy import TantivyEngine

MEGABYTE = 1_000_000


def megabytes(engine: TantivyEngine | ElasticsearchEngine) -> tuple[int, int]:
    """(on the disk, in memory): for the embedded engine this process, which holds the vectors too, else the server's heap."""
    if isinstance(engine, TantivyEngine):
        files = (path.stat().st_size for path in engine.folder.rglob("*") if path.is_file())
        return sum(files) // MEGABYTE, _resident()
    indices = engine.patient.indices.stats(index=engine.read, metric="store")
    nodes = engine.patient.nodes.stats(metric="jvm")["nodes"].values()
    heap = sum(node["jvm"]["mem"]["heap_used_in_bytes"] for node in nodes)
    return indices["_all"]["total"]["store"]["size_in_bytes"] // MEGABYTE, heap // MEGABYTE


def _resident() -> int:
    """What the kernel says that this process holds."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 // MEGABYTE
    raise OSError("the kernel tells no VmRSS")
