"""What the documents promise is there: settings, make targets, commands, compose services."""

import re
from ipaddress import ip_address, summarize_address_range
from pathlib import Path

import yaml

from backend.config.env import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
COMPOSE_ONLY = {"POSTGRES_PASSWORD"}


def test_every_setting_stands_in_the_readme_and_in_the_example():
    example = re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    documented = re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE)
    assert set(example) - COMPOSE_ONLY == set(SETTINGS)
    assert documented == list(SETTINGS)


def test_the_readme_says_what_each_setting_means():
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| [^|]* \| (.*) \|$", README, re.MULTILINE))
    assert rows == {name: setting.meaning for name, setting in SETTINGS.items()}


def test_every_make_target_in_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", README)) - targets == set()
    assert {"demo", "test", "lint", "run", "fmt", "screens", "clean"} - targets == set()


def test_every_management_command_in_the_documents_exists():
    commands = {
        path.stem for path in ROOT.glob("**/management/commands/[a-z]*.py") if ".venv" not in path.parts
    }
    commands |= {
        "migrate",
        "collectstatic",
        "makemigrations",
        "createsuperuser",
        "makemessages",
        "runserver",
        "check",
        "spectacular",
    }
    pages = [path for path in ROOT.glob("**/*.md") if ".venv" not in path.parts]
    named = {
        name
        for page in pages
        for name in re.findall(r"manage\.py ([a-z_]+)", page.read_text(encoding="utf-8"))
    }
    assert named - commands == set()


def test_compose_has_the_services_the_settings_need():
    services = COMPOSE["services"]
    assert set(services) == {
        "migrate",
        "web",
        "worker",
        "nginx",
        "postgres",
        "redis",
        "elasticsearch",
        "coturn",
    }
    environment = services["web"]["environment"]
    assert set(environment) - set(SETTINGS) == set()
    assert ":5432/" in environment["DATABASE_URL"]
    assert "@postgres" in environment["DATABASE_URL"]
    assert environment["REDIS_URL"].startswith("redis://redis:6379")
    assert environment["ELASTICSEARCH_URL"] == "http://elasticsearch:9200"


def test_compose_agrees_with_the_dockerfile_and_nginx():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    nginx = (ROOT / "backend/config/deploy/nginx.conf").read_text(encoding="utf-8")
    assert "EXPOSE 8000" in dockerfile
    assert "server web:8000;" in nginx
    assert "USER fairway" in dockerfile
    assert COMPOSE["services"]["elasticsearch"]["image"].endswith(":9.2.0")
    assert "DATA_DIR=/data" in dockerfile
    assert "data:/data" in COMPOSE["services"]["web"]["volumes"]


def test_the_relay_wants_a_secret_and_reaches_nothing_inside():
    """An open TURN server is everybody's tunnel into the network it stands in."""
    relay = COMPOSE["services"]["coturn"]
    assert relay["profiles"] == ["video"]
    assert 'test -n "$$TURN_SECRET"' in relay["entrypoint"][2]
    assert relay["environment"] == {"TURN_SECRET": "${TURN_SECRET:-}"}
    refused = [
        option.partition("=")[2] for option in relay["command"] if option.startswith("--denied-peer-ip=")
    ]
    blocks = [
        block
        for text in refused
        for block in summarize_address_range(*(ip_address(end) for end in text.split("-")))
    ]
    inside = (
        "0.0.0.1",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.254",
        "127.0.0.1",
        "169.254.169.254",
        "172.17.0.2",
        "172.31.255.255",
        "192.168.0.1",
        "::1",
        "::",
        "fc00::1",
        "fdff:ffff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        # IPv4 inside IPv6, by which the inside would be reached all the same.
        "::ffff:10.1.2.3",
        "64:ff9b::a01:203",
    )
    assert [one for one in inside if not any(ip_address(one) in block for block in blocks)] == []
    outside = ("8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2001:4860:4860::8888", "fe00::1")
    assert not any(ip_address(one) in block for one in outside for block in blocks)


def test_the_image_has_no_build_tools_and_migrates_before_anything_is_served():
    stages = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")
    final = stages[-1]
    assert len(stages) == 3  # the comment on top, the packages, what runs
    for tool in ("gcc", "build-essential", "uv pip", "pip install"):
        assert tool not in final, tool
    assert final.index("USER fairway") < final.index('CMD ["daphne"')
    services = COMPOSE["services"]
    assert "migrate --no-input" in services["migrate"]["command"][2]
    for name in ("web", "worker"):
        waits = services[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}, name
        assert {waits[one]["condition"] for one in ("postgres", "redis", "elasticsearch")} == {
            "service_healthy"
        }


def test_compose_fits_a_host_of_two_cores_and_eight_gigabytes():
    sizes = {"m": 1, "g": 1024}
    total = 0
    for name, service in COMPOSE["services"].items():
        copies = service.get("deploy", {}).get("replicas", 1)
        limit = service["mem_limit"]
        total += copies * int(limit[:-1]) * sizes[limit[-1]]
        assert "healthcheck" in service or name in {"web", "coturn"}, name
    assert total <= 7168
