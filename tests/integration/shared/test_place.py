"""Commands beside a fleet: they use its quota, its tokens and its time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ebond.cli.app import Place
from ebond.clock import SharedClock, SystemClock
from ebond.errors import SecretError, UsageError
from ebond.gateway.pacer import Limit
from ebond.gateway.token_answer import Token
from ebond.secrets import Secret
from ebond.shared.fleet import Fleet
from ebond.shared.vault import new_key
from tests.integration.store.schemas import drop_schema, new_schema

GATEWAY = """\
version: 1
gateway: {name}
base_url: https://gw.test/api
auth:
  kind: oauth2_client_credentials
  token_url: https://gw.test/token
  client_id: me
  client_secret: env:GW_SECRET
quota: [{{calls: 100, per: 1h}}]
"""


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> str:
    """The name of a gateway that nobody else uses, defined in a folder, in an environment with a fleet."""
    fresh = f"gw-{uuid4().hex[:12]}"
    (tmp_path / "gateways.yaml").write_text(GATEWAY.format(name=fresh))
    for variable, value in {"EBOND_REDIS_URL": redis_url, "EBOND_KEY": new_key(), "GW_SECRET": "s3cret"}.items():
        monkeypatch.setenv(variable, value)
    return fresh


def fleet(environ: Any) -> Fleet:
    made = Fleet.of(environ, clock=SystemClock())
    assert made is not None
    return made


def test_quota_is_the_fleet_s(tmp_path: Path, name: str) -> None:
    """What a worker has called counts for a command, and the other way round."""
    worker = fleet(os.environ)
    with Place(tmp_path, None).workbench() as bench:
        gate, limit = worker.gate(bench.definitions.gateways[name]), Limit("gateway", 100, 3600.0)
        gate.leave(gate.enter([limit]), [limit], late=0.0)
        with bench.connection(name).turnstile.turn():
            pass
        assert bench.quota_left(name) == bench.connection(name).quota_left() == {"100/3600s": 98}
        assert gate.left([limit]) == [98]
    worker.close()


def test_token_is_the_fleet_s(tmp_path: Path, name: str) -> None:
    """A command that finds the fleet's token asks for none."""
    worker = fleet(os.environ)
    with Place(tmp_path, None).workbench() as bench:
        shelf = worker.shelf(bench.definitions.gateways[name])
        assert shelf is not None
        now = bench.clock.monotonic()
        shelf.obtain((Secret("s3cret"),), lambda _: False, lambda: Token(Secret("t0ken"), now, 3600))
        assert bench.connection(name).credentials.header() == ("Authorization", "Bearer t0ken")
        assert bench.connection(name).token_calls == 0
    worker.close()


@pytest.mark.usefixtures("name")
@pytest.mark.parametrize(
    ("variable", "value", "error"),
    [("EBOND_REDIS_URL", "http://:pa55word@h/0", UsageError), ("EBOND_KEY", "pa55word", SecretError)],
)
def test_setting_that_is_wrong_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, error: type[Exception]
) -> None:
    """A URL or key that cannot be read ends a command with a message, without what it holds."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(error) as raised, Place(tmp_path, None).workbench():
        pass
    assert "pa55word" not in str(raised.value)


def test_alone_without_a_fleet(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment names no Redis, the quota is this machine's, and kept over the end."""
    monkeypatch.delenv("EBOND_REDIS_URL")
    for left in (99, 98):
        with Place(tmp_path, None).workbench() as bench:
            with bench.connection(name).turnstile.turn():
                pass
            assert bench.connection(name).quota_left() == {"100/3600s": left}


@pytest.mark.usefixtures("name")
def test_time_is_the_database_s(tmp_path: Path, postgres_url: str) -> None:
    """Commands on PostgreSQL go by its clock; a file is one machine's."""
    made = new_schema(postgres_url)
    with Place(tmp_path, made).workbench() as bench:
        assert isinstance(bench.clock, SharedClock)
        assert abs((bench.store.time() - bench.clock.now()).total_seconds()) < 5
    drop_schema(postgres_url, made)
    with Place(tmp_path, None).workbench() as bench:
        assert isinstance(bench.clock, SystemClock)
