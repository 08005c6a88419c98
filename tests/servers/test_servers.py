"""The command that brings up servers for the tests: its pure parts, and that it stops only its own."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environ
import pytest

from tests.servers import __main__ as command
from tests.servers import compose, local, machine, state


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_SERVERS_DIR", str(tmp_path / "servers"))
    for variable in state.VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "servers").mkdir()
    return tmp_path / "servers"


@pytest.fixture
def sleeper():
    """A process of somebody else, in its own session."""
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield child
    child.kill()
    child.wait()


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", 15),
        ("Redis server v=7.0.15 sha=00000000:0", 7),
        ("nothing", 0),
        ("", 0),
    ],
)
def test_number_reads_the_major_version(said, version):
    assert machine.number(said) == version


def test_memory_reads_what_is_available():
    assert machine.memory_mb("MemTotal: 9000000 kB\nMemAvailable:    2048000 kB\n") == 2000
    assert machine.memory_mb("MemTotal: 9000000 kB\n") == 0
    assert machine.memory_mb() > 0


def _jdk(root: Path, name: str, version: str, *, whole: bool = True) -> Path:
    (root / name / "bin").mkdir(parents=True)
    (root / name / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    if whole:
        (root / name / "bin/java").touch()
    return root / name


def test_java_home_is_the_newest_whole_jdk(tmp_path):
    _jdk(tmp_path, "old", "17.0.12")
    wanted = _jdk(tmp_path, "new", "25.0.1")
    _jdk(tmp_path, "broken", "26", whole=False)
    assert machine.java_home(tmp_path) == wanted


@pytest.mark.parametrize("versions", [[], ["17.0.12"]])
def test_java_home_refuses_a_machine_without_a_new_one(tmp_path, versions):
    for version in versions:
        _jdk(tmp_path, version, version)
    with pytest.raises(machine.Missing, match="no JDK of 21 or newer"):
        machine.java_home(tmp_path)


def test_require_names_what_is_missing_or_too_old():
    with pytest.raises(machine.Missing, match="no-such-program is not installed"):
        machine.require("no-such-program", 1)
    with pytest.raises(machine.Missing, match="at least 9999 is needed"):
        machine.require("bash", 9999)
    assert machine.require("bash", 2).endswith("bash")


@pytest.mark.parametrize("value", ["", "0", "yes"])
def test_nothing_is_installed_without_the_switch(monkeypatch, value):
    monkeypatch.setenv("SERVERS", value)
    assert machine.may_install() is False


def test_state_survives_being_written_and_read():
    wanted = state.State({"TEST_REDIS_URL": "unix:///x"}, {"redis": [1, 2]}, True)
    state.save(wanted)
    assert state.load() == wanted


def test_state_of_an_empty_folder_is_empty():
    assert state.load() == state.State()


def test_launch_writes_the_process_down_and_stop_ends_its_whole_session(own_folder):
    now = state.State()
    state.launch(now, "pair", ["bash", "-c", "sleep 61 & echo $!; wait"], user=None)
    log = own_folder / "pair.log"
    local.wait_for(now, "pair", lambda: log.read_text().strip().isdigit(), 5)
    child = int(log.read_text())
    assert state.load().processes == now.processes
    assert state.started_at(child) is not None
    state.stop(now.processes["pair"])
    local_end = time.monotonic() + 5
    while state.started_at(child) is not None and time.monotonic() < local_end:
        os.sched_yield()
    assert state.started_at(child) is None
    assert not state.alive(now.processes["pair"])


def test_stop_leaves_a_process_alone_that_got_the_number_of_ours(sleeper):
    state.stop([sleeper.pid, (state.started_at(sleeper.pid) or 0) - 1])
    assert sleeper.poll() is None


def test_wait_for_shows_the_log_of_a_server_that_ended():
    now = state.State()
    state.launch(now, "short", ["bash", "-c", "echo no such setting"], user=None)
    with pytest.raises(machine.Missing, match="short did not become ready:\nno such setting"):
        local.wait_for(now, "short", lambda: False, 5)
    state.stop(now.processes["short"])


def test_environment_wins_and_is_not_stopped(monkeypatch, capsys, sleeper):
    for variable in state.VARIABLES:
        monkeypatch.setenv(variable, f"given://{variable}")
    assert command.up() == 0
    assert command.env() == 0
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if line.startswith("export")] == [
        f"export {variable}=given://{variable}" for variable in state.VARIABLES
    ]
    assert command.down() == 0
    assert sleeper.poll() is None


def test_env_prints_nothing_for_a_server_that_died(capsys):
    state.save(state.State({"TEST_REDIS_URL": "unix:///x"}, {"redis": [2**22 + 1, 1]}))
    assert command.env() == 0
    assert capsys.readouterr().out == ""


def test_env_quotes_what_a_shell_would_read(monkeypatch, capsys):
    monkeypatch.setenv("TEST_REDIS_URL", "unix:///a b;c")
    command.env()
    assert capsys.readouterr().out == "export TEST_REDIS_URL='unix:///a b;c'\n"


def test_down_twice_removes_the_folder(own_folder):
    assert [command.down(), command.down()] == [0, 0]
    assert not own_folder.exists()


def test_compose_names_every_variable_and_only_this_machine():
    text = Path(compose.__file__).with_name("compose.yml").read_text()
    assert tuple(compose.SERVICES) == state.VARIABLES == tuple(local.STARTERS)
    for service, port, _pattern in compose.SERVICES.values():
        assert f"\n  {service}:\n" in text
        assert f'"127.0.0.1::{port}"' in text
    assert f"elasticsearch:{local.ELASTICSEARCH}" in text


def test_elasticsearch_asks_for_free_ports_on_this_machine_only():
    lines = local.elasticsearch_settings().splitlines()
    assert {"http.port: 0", "transport.port: 0", "network.host: 127.0.0.1", "node.portsfile: true"} <= set(
        lines
    )


@pytest.mark.parametrize(
    ("heap", "options"), [("", "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1"), ("1024", "-Xms1024m -Xmx1024m")]
)
def test_elasticsearch_has_both_compilers_where_a_heap_is_named(monkeypatch, heap, options):
    monkeypatch.setenv("TEST_ELASTICSEARCH_HEAP_MB", heap)
    assert local.java_options() == options


@pytest.mark.servers
def test_redis_and_postgres_start_answer_and_stop(own_folder, monkeypatch, capsys):
    """The real thing, without Elasticsearch, which another test run may hold already."""
    if machine.program("postgres") is None or machine.program("redis-server") is None:
        assert os.environ.get("FAIRWAY_REFUSE_SKIPS") != "1", "PostgreSQL and Redis are not installed"
        pytest.skip("PostgreSQL and Redis are not installed")
    monkeypatch.setenv("TEST_ELASTICSEARCH_URL", "http://given")
    for parent in (own_folder, *own_folder.parents[:4]):
        if parent != Path(tempfile.gettempdir()):
            parent.chmod(0o755)
    assert command.up() == 0
    first = state.load()
    assert command.up() == 0
    assert state.load() == first
    database = environ.Env.db_url_config(first.urls["TEST_DATABASE_URL"])
    assert (database["NAME"], database["HOST"]) == ("fairway", str(own_folder / "postgres"))
    assert Path(re.sub("^unix://", "", first.urls["TEST_REDIS_URL"])).is_socket()
    assert command.down() == 0
    assert [state.alive(process) for process in first.processes.values()] == [False, False]
    assert "postgres: stopped" in capsys.readouterr().out


@pytest.mark.servers
def test_interrupt_leaves_nothing_behind(own_folder, monkeypatch):
    """Ctrl-C while a server is being waited for: the process is gone and not written down."""
    monkeypatch.setenv("TEST_DATABASE_URL", "given://x")
    monkeypatch.setenv("TEST_ELASTICSEARCH_URL", "given://x")
    script = (
        "import os, signal, sys\nfrom tests.servers import __main__ as c, local, state\n"
        "def starter(now):\n"
        "    state.launch(now, 'redis', ['sleep', '62'], user=None)\n"
        "    print(now.processes['redis'][0], flush=True)\n"
        "    local.wait_for(now, 'redis', lambda: False, 60)\n"
        "local.STARTERS['TEST_REDIS_URL'] = starter\nc.up()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    pid = int(child.stdout.readline())
    child.send_signal(signal.SIGINT)
    out, _err = child.communicate(timeout=30)
    assert "redis: stopped" in out
    assert state.started_at(pid) is None
    assert state.load().processes == {}
