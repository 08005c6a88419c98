"""PostgreSQL, Redis and Elasticsearch started by hand in the private folder."""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.servers.machine import Missing, java_home, may_install, memory_mb, require
from tests.servers.state import State, alive, folder, launch

ELASTICSEARCH = "9.2.0"
ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{ELASTICSEARCH}:zip"
ELASTICSEARCH_MB = 1200


def wait_for(state: State, name: str, ready: Callable[[], bool], seconds: float) -> None:
    """Poll until the server answers; a server that ended says so with the end of its log."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not alive(state.processes[name]) or time.monotonic() > deadline:
            log = (folder() / f"{name}.log").read_text(errors="replace")[-1500:]
            raise Missing(f"{name} did not become ready:\n{log}")
        time.sleep(0.05)


def home(name: str, user: str | None) -> Path:
    """A folder for one server, owned by the user it runs as."""
    path = folder() / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True, mode=0o755)
    if user:
        shutil.chown(path, user)
    return path


def as_root(user: str) -> str | None:
    """The user a server gets when we are root, since PostgreSQL and Elasticsearch refuse to run as root."""
    return user if os.getuid() == 0 else None


def start_postgres(state: State, *, committed: bool = False) -> str:
    """A throw-away cluster on a unix socket; durability is off, the data lives as long as the tests.

    With `committed` an answered commit outlives the server's crash, though not the machine's.
    """
    initdb = require("initdb", 15)
    user = as_root("postgres")
    path = home("postgres", user)
    command = [initdb, "-D", str(path / "data"), "-U", "fairway", "-A", "trust", "-E", "UTF8"]
    subprocess.run(
        [*command, "--locale=C.UTF-8", "--no-sync"], check=True, user=user, cwd="/", stdout=subprocess.DEVNULL
    )
    psql = run_postgres(state, committed=committed)
    subprocess.run([*psql, "create database fairway"], check=True)
    return f"postgres://fairway@/{path}/fairway"


def run_postgres(state: State, *, committed: bool = False) -> list[str]:
    """Start the cluster that `start_postgres` made, perhaps again; a psql command once it answers."""
    path = folder() / "postgres"
    settings = ["listen_addresses=", "fsync=off", f"synchronous_commit={'on' if committed else 'off'}"]
    flags = [part for setting in [*settings, "max_connections=200"] for part in ("-c", setting)]
    command = [require("postgres", 15), "-D", str(path / "data"), "-k", str(path), *flags]
    launch(state, "postgres", command, user=as_root("postgres"))
    psql = [require("psql", 15), "-h", str(path), "-U", "fairway", "-d", "postgres", "-qtAc"]

    def answers() -> bool:
        return subprocess.run([*psql, "select 1"], capture_output=True, check=False).returncode == 0

    wait_for(state, "postgres", answers, 30)
    return psql


def start_redis(state: State) -> str:
    """Redis without persistence on a unix socket."""
    server, client = require("redis-server", 6), require("redis-cli", 6)
    path = home("redis", None)
    socket = path / "redis.sock"
    command = [server, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(path)]
    launch(state, "redis", command, user=None)

    def answers() -> bool:
        said = subprocess.run(
            [client, "-s", str(socket), "ping"], capture_output=True, text=True, check=False
        )
        return said.stdout.strip() == "PONG"

    wait_for(state, "redis", answers, 15)
    return f"unix://{socket}"


def start_elasticsearch(state: State) -> str:
    """The genuine server from Maven Central, one node, on a free port of this machine only."""
    java_home()
    if memory_mb() < ELASTICSEARCH_MB:
        raise Missing(f"Elasticsearch needs {ELASTICSEARCH_MB} MB, {memory_mb()} MB are free")
    user = as_root("nobody")
    path = home("elasticsearch", user)
    archive = fetch_elasticsearch(folder() / "download")
    subprocess.run([require_unzip(), "-q", str(archive), "-d", str(path)], check=True, user=user)
    shutil.rmtree(archive.parent)
    server = path / f"elasticsearch-{ELASTICSEARCH}"
    return run_elasticsearch(state, server)


def java_options() -> str:
    """A small heap and the quick compiler alone, which suits a run of minutes; as in production where a heap is named.

    Benchmarks name one: without its second compiler Java compares vectors and scores words many times slower.
    """
    heap = os.environ.get("TEST_ELASTICSEARCH_HEAP_MB")
    return f"-Xms{heap}m -Xmx{heap}m" if heap else "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1"


def run_elasticsearch(state: State, server: Path, port: int = 0) -> str:
    """Start an unpacked server, again where it ran before when the port is given; its address once it is healthy."""
    (server / "config/elasticsearch.yml").write_text(elasticsearch_settings(port))
    user = as_root("nobody")
    options = {
        "ES_JAVA_HOME": str(java_home()),
        "ES_JAVA_OPTS": java_options(),
        "HOME": str(server.parent),
        "ES_TMPDIR": str(home("elasticsearch-tmp", user)),
    }
    ports = server / "logs/http.ports"
    ports.unlink(missing_ok=True)
    launch(state, "elasticsearch", [str(server / "bin/elasticsearch")], user=user, env=options)
    wait_for(state, "elasticsearch", lambda: ports.exists() and bool(ports.read_text().strip()), 90)
    url = f"http://{ports.read_text().split()[0]}"
    wait_for(state, "elasticsearch", lambda: healthy(url), 60)
    return url


def require_unzip() -> str:
    path = shutil.which("unzip")
    if path is None:
        raise Missing("unzip is not installed")
    return path


def fetch_elasticsearch(target: Path) -> Path:
    """The archive by way of Maven, whose cache makes the second time fast."""
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing("Maven is not installed, Elasticsearch is fetched by it")
    cached = (
        Path.home()
        / f".m2/repository/org/elasticsearch/distribution/integ-test-zip/elasticsearch/{ELASTICSEARCH}"
    )
    offline = [] if may_install() or not cached.exists() else ["-o"]
    if not may_install() and not cached.exists():
        raise Missing("Elasticsearch was never fetched here (SERVERS=1 as root fetches 97 MB)")
    target.mkdir(parents=True, exist_ok=True)
    goal = ["dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={target}"]
    done = subprocess.run([maven, "-q", "-B", *offline, *goal], capture_output=True, text=True, check=False)
    archives = sorted(target.glob("*.zip"))
    if done.returncode or not archives:
        raise Missing(f"Maven could not fetch Elasticsearch:\n{done.stdout[-800:]}")
    folder().chmod(0o755)
    target.chmod(0o755)
    return archives[0]


def elasticsearch_settings(port: int = 0) -> str:
    """Port 0 twice, so that nothing collides; the address then stands in logs/http.ports."""
    return (
        f"discovery.type: single-node\nnetwork.host: 127.0.0.1\nhttp.port: {port}\ntransport.port: 0\n"
        "node.portsfile: true\nxpack.security.enabled: false\n"
    )


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(
            f"{url}/_cluster/health?wait_for_status=yellow&timeout=5s", timeout=10
        ) as got:
            return got.status == 200
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


STARTERS: dict[str, Callable[[State], str]] = {
    "TEST_DATABASE_URL": start_postgres,
    "TEST_REDIS_URL": start_redis,
    "TEST_ELASTICSEARCH_URL": start_elasticsearch,
}
