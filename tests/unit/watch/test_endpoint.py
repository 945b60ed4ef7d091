"""The endpoint of a process, and asking it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Event
from urllib.parse import urlsplit

import pytest
from prometheus_client import CollectorRegistry

from ebond.errors import Away, UsageError
from workers.watch.address import Address
from workers.watch.asking import is_healthy
from workers.watch.calls import CallMetrics
from workers.watch.endpoint import Endpoint, make_app
from workers.watch.health import Check, Health, HealthCollector


def away() -> None:
    raise Away("away")


@contextmanager
def served(*, well: bool = True, redis_away: bool = False) -> Iterator[str]:
    registry = CollectorRegistry()
    CallMetrics(registry)
    needs = {"database": lambda: None, "redis": away if redis_away else lambda: None}
    health = Health(is_well=lambda: well, needs=needs)
    registry.register(HealthCollector(health))
    with Endpoint(make_app(registry, health), host="127.0.0.1", port=0) as endpoint:
        yield endpoint.url


def get(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request("GET", parts.path)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def test_a_process_that_is_well_and_reaches_everything_says_so() -> None:
    """Both probes answer 200, line by line."""
    with served() as url:
        assert get(f"{url}/livez") == (200, "process: ok\n")
        assert get(f"{url}/readyz") == (200, "database: ok\nredis: ok\n")


def test_what_is_away_makes_a_process_unready_and_no_reason_to_start_it_anew() -> None:
    """Killing workers because Redis is down helps nobody."""
    with served(redis_away=True) as url:
        assert get(f"{url}/readyz") == (503, "database: ok\nredis: FAILS\n")
        assert get(f"{url}/livez")[0] == 200
        assert 'ebond_reachable{what="redis"} 0.0' in get(f"{url}/metrics")[1]


def test_a_process_that_is_not_well_wants_to_be_started_anew() -> None:
    """The command for containers says the same with its exit code."""
    with served(well=False) as url:
        assert get(f"{url}/livez") == (503, "process: FAILS\n")
        assert (is_healthy(f"{url}/livez"), is_healthy(f"{url}/readyz")) == (False, True)


def test_there_is_nothing_else() -> None:
    """The way to what there is, is told."""
    with served() as url:
        assert get(f"{url}/") == (404, "there is /metrics, /livez and /readyz\n")


def test_nobody_there_is_not_healthy_and_a_bad_url_is_a_mistake() -> None:
    """A container's check tells the two apart by the exit code."""
    with served() as url:
        pass
    assert not is_healthy(f"{url}/livez")
    for bad in ("https://127.0.0.1/livez", "livez", "http://127.0.0.1:x/"):
        with pytest.raises(UsageError):
            is_healthy(bad)


def test_a_port_that_is_taken_is_named() -> None:
    """The user can choose another."""
    with served() as url, pytest.raises(UsageError, match=str(urlsplit(url).port)):
        Endpoint(lambda *_: [], host="127.0.0.1", port=urlsplit(url).port or 0)


def test_what_hangs_does_not_answer_and_is_asked_once() -> None:
    """However many probes come meanwhile; when it answers at last, it is asked anew."""
    hanging, asked = Event(), []
    check = Check(lambda: (asked.append(1), hanging.wait(30)), patience=0.01)
    assert [check.answers(), check.answers(), len(asked)] == [False, False, 1]
    hanging.set()
    patient = Check(lambda: asked.append(1), patience=30)
    assert (patient.answers(), patient.answers(), len(asked)) == (True, True, 3)


def test_a_fleet_on_one_machine_has_a_port_for_each() -> None:
    """Port 0 stays what it is, and without a port nothing is served."""
    assert Address("::1", 9464).options(2) == ["--metrics-host", "::1", "--metrics-port", "9466"]
    assert Address("::1", 0).options(2) == ["--metrics-host", "::1", "--metrics-port", "0"]
    assert Address("::1", None).options(2) == []
