"""The image and the compose file, as far as they can be checked without their engine."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from tests.unit.deploy.files import DEPLOY, ROOT, documents, option, services

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
OURS = [name for name, service in services().items() if service["image"].startswith("ebond:")]


def steps(verb: str) -> list[str]:
    return re.findall(rf"^\s*{verb} (.+)$", DOCKERFILE.replace("\\\n", " "), re.MULTILINE)


def seconds(span: str) -> int:
    return int(span.removesuffix("s"))


def test_the_image_is_not_run_as_root() -> None:
    """The last word on the user is a number, which Kubernetes can judge, and not root's."""
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", steps("USER")[-1])


def test_no_version_is_left_to_chance() -> None:
    """Base and services name a version; nothing is the latest."""
    images = [steps("ARG")[0].partition("=")[2], *(service["image"] for service in services().values())]
    assert [image for image in images if not re.search(r":v?\d[\w.-]*$", image)] == []
    assert all(line.split()[0] == "${PYTHON}" for line in steps("FROM"))


def test_what_is_copied_is_there_and_not_ignored() -> None:
    """Each source of COPY is in the checkout, and the ignore file, which leaves out all else, lets it through."""
    sources = [source for line in steps("COPY") if "--from" not in line for source in line.split()[:-1]]
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    assert ("*" in ignore, [source for source in sources if not (ROOT / source).exists()]) == (True, [])
    assert set(sources) == allowed


def test_the_image_uses_no_shell() -> None:
    """Every step and the entry point are lists: no shell reads what an argument holds, or swallows a signal."""
    lists = [*steps("RUN"), *steps("CMD"), *steps("ENTRYPOINT")]
    assert {json.loads(line)[0] for line in lists} == {"python", "ebond", "--help"}


def test_only_hashed_packages_are_installed() -> None:
    """What comes from an index comes by hash; the product itself asks no index."""
    installs = [line for line in steps("RUN") if '"install"' in line]
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    assert len(installs) == 3


@pytest.mark.parametrize("name", list(services()))
def test_services_have_no_rights_to_spare(name: str) -> None:
    """A read-only root, no capability, no way to more rights, no root, no unlimited log."""
    service = services()[name]
    hardened = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
    assert {key: service.get(key) for key in hardened} == hardened
    assert (
        re.fullmatch(r"[1-9]\d*:\d+", service["user"]) is not None,
        "max-size" in service["logging"]["options"],
    ) == (
        True,
        True,
    )


@pytest.mark.parametrize("name", list(services()))
def test_services_come_back_and_are_looked_after(name: str) -> None:
    """What runs for ever is started anew and has a health check; what runs once says so."""
    service = services()[name]
    once = service["restart"] == "no"
    in_image = name in ("scheduler", "worker", "listener")
    assert once or (service["restart"] == "unless-stopped" and ("healthcheck" in service or in_image))
    assert not once or service["healthcheck"] == {"disable": True}


def test_a_worker_is_given_more_time_than_it_takes() -> None:
    """Docker waits longer than the worker waits for its threads."""
    worker = services()["worker"]
    assert seconds(worker["stop_grace_period"]) >= float(option(worker["command"], "--grace")) + 10


def test_the_image_asks_the_port_that_the_processes_open() -> None:
    """Health checks, scraping and processes mean one port."""
    [scraping] = documents(DEPLOY / "prometheus" / "prometheus.yaml")
    ports = {option(services()[name]["command"], "--metrics-port") for name in ("worker", "scheduler", "listener")}
    scraped = {str(one["port"]) for one in scraping["scrape_configs"][0]["dns_sd_configs"]}
    assert ports == scraped == set(steps("EXPOSE")) == set(re.findall(r"127\.0\.0\.1:(\d+)/livez", DOCKERFILE))


def test_the_fleet_starts_in_order() -> None:
    """Definitions are checked and tables made before anything works; databases are healthy by then."""
    ready = {"migrate": "service_completed_successfully", "postgres": "service_healthy", "redis": "service_healthy"}
    found = services()
    for name in ("scheduler", "worker", "listener"):
        assert {on: one["condition"] for on, one in found[name]["depends_on"].items()} == ready
    assert found["migrate"]["depends_on"]["check"]["condition"] == "service_completed_successfully"


def test_redis_loses_no_bell_it_need_not_lose() -> None:
    """Append-only with a sync each second, and nothing is ever evicted."""
    command = services()["redis"]["command"]
    told = {name: option(command, name) for name in ("--appendonly", "--appendfsync", "--maxmemory-policy")}
    assert told == {"--appendonly": "yes", "--appendfsync": "everysec", "--maxmemory-policy": "noeviction"}


def test_secrets_come_in_files() -> None:
    """No password and no key is a value in the compose file; each secret that a service wants is declared."""
    [compose] = documents(DEPLOY / "compose.yaml")
    wanted = {secret for service in services().values() for secret in service.get("secrets", ())}
    assert wanted == set(compose["secrets"])
    for name in OURS:
        given = services()[name]["environment"]
        assert all(
            given[key].startswith("file:/run/secrets/")
            for key in ("EBOND_DATABASE_URL", "EBOND_REDIS_URL", "EBOND_KEY")
        )


def test_databases_are_reached_from_inside_only() -> None:
    """PostgreSQL and Redis publish no port and are in a network without a way out."""
    [compose] = documents(DEPLOY / "compose.yaml")
    assert compose["networks"]["inside"]["internal"] is True
    assert all(
        (services()[name]["networks"], services()[name].get("ports")) == (["inside"], None)
        for name in ("postgres", "redis")
    )


def test_compose_can_read_the_file() -> None:
    """``docker compose config`` accepts it, with every profile."""
    try:
        there = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        there = False
    if not there:
        pytest.skip("docker compose is not installed here")
    command = ["docker", "compose", "--profile", "*", "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
