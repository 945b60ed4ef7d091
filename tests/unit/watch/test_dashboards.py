"""The dashboard, the alerts and the page of metrics against what the code exports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric
from ruamel.yaml import YAML

from ebond.testing.clock import ManualClock
from workers.listen.process import NoticeMetrics
from workers.watch.bonds import BondCollector
from workers.watch.calls import CallMetrics
from workers.watch.gateways import GatewayCollector
from workers.watch.health import Health, HealthCollector
from workers.watch.watched import BuildCollector

DEPLOY = Path(__file__).parents[3] / "deploy"
OPERATIONS = DEPLOY / "OPERATIONS.md"

#: What Prometheus adds when it scrapes.
TARGET = {"instance", "job"}
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "info": ("_info",)}
FUNCTIONS = {
    "absent", "avg", "count", "delta", "histogram_quantile", "increase", "label_values", "max", "max_over_time", "min",
    "rate", "sum", "vector",
}  # fmt: skip
WORDS = {"by", "on", "or", "unless", "and", "without"}
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def registry() -> CollectorRegistry:
    """Return all that any process exports, with nothing in it."""
    made = CollectorRegistry()
    CallMetrics(made)
    NoticeMetrics(made)
    ProcessCollector(registry=made)
    made.register(BuildCollector("scheduler"))
    made.register(GatewayCollector(dict))
    made.register(HealthCollector(Health(is_well=lambda: True, needs={})))
    return made


def families() -> list[Metric]:
    bonds = BondCollector(None, dict, ManualClock())  # type: ignore[arg-type]  # nothing is asked
    return [*registry().collect(), *bonds.describe()]


def exported() -> dict[str, set[str]]:
    """Return the labels of everything that can be asked for, by name."""
    known: dict[str, set[str]] = {}
    for family in families():
        labels = set(getattr(family, "_labelnames", ())) | LABELS.get(family.name, set())
        for suffix in SUFFIXES.get(family.type, ("",)):
            known[family.name + suffix] = labels | TARGET | ({"le"} if suffix == "_bucket" else set())
    return known


#: Labels of metrics that hold them in their samples only.
LABELS = {
    "ebond_notifications": {"system", "outcome"},
    "ebond_calls": {"system", "operation", "outcome"},
    "ebond_call_duration_seconds": {"system", "operation"},
    "ebond_build": {"version", "kind"},
}


def alerts() -> list[dict[str, Any]]:
    document = YAML(typ="safe").load((DEPLOY / "prometheus" / "alerts.yaml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEPLOY / "grafana" / "ebond.json").read_text())
    return found


def queries() -> Iterator[tuple[str, str]]:
    for alert in alerts():
        yield alert["alert"], alert["expr"]
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for variable in dashboard()["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["definition"]


QUERIES = [pytest.param(text, id=name) for name, text in queries()]


def balanced(text: str) -> bool:
    """Does every bracket close, in order?"""
    pairs, opened = {")": "(", "]": "[", "}": "{"}, [""]
    for sign in re.sub(r'"[^"]*"', "", text):
        if sign in pairs.values():
            opened.append(sign)
        elif sign in pairs and opened.pop() != pairs[sign]:
            return False
    return opened == [""]


@pytest.mark.parametrize("text", QUERIES)
def test_a_query_asks_for_what_is_exported_in_words_that_prometheus_knows(text: str) -> None:
    """A renamed metric or label must not leave a panel or an alert silent."""
    assert balanced(text)
    known = exported()
    bare = re.sub(r'"[^"]*"|\[[^]]*\]', "", text)
    names = {name for name in NAME.findall(re.sub(r"\{[^}]*\}", "", bare)) if name in known}
    assert names, f"{text} asks for nothing that is exported"
    labels = set[str]().union(*(known[name] for name in names))
    used = {label for part in re.findall(r"(?:by|on) \(([^)]*)\)", bare) for label in NAME.findall(part)}
    used |= {label for part in re.findall(r"\{([^}]*)\}", bare) for label in NAME.findall(part)}
    assert used <= labels
    rest = set(NAME.findall(re.sub(r"(?:by|on) \([^)]*\)|\{[^}]*\}", "", bare)))
    assert rest - names - used - FUNCTIONS - WORDS <= labels & {"bond", "system", "job"}


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_it_is_and_where_it_is_explained(alert: dict[str, Any]) -> None:
    """The link is the alert's name in kebab-case: a heading of the operations page."""
    anchor = re.sub(r"(?<!^)(?=[A-Z])", "-", alert["alert"]).lower()
    told = alert["annotations"]
    assert {name for name, text in told.items() if text} == {"summary", "description", "runbook"}
    assert told["runbook"] == f"OPERATIONS.md#{anchor}"
    assert alert["labels"]["severity"] in ("critical", "warning", "info")
    if OPERATIONS.exists():
        headings = re.findall(r"^#+ (.*?)\s*$", OPERATIONS.read_text(), re.MULTILINE)
        assert anchor in {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_page_of_metrics_names_all_of_them_with_their_labels() -> None:
    """And nothing that is not there."""
    rows = re.findall(r"^\| `(ebond_\w+)` \| ([\w, ]*) \|", (DEPLOY / "METRICS.md").read_text(), re.MULTILINE)
    told = {name: set(labels.split(", ")) for name, labels in rows}
    ours = {
        name.removesuffix("_bucket"): labels - TARGET
        for name, labels in exported().items()
        if name.startswith("ebond_") and not name.endswith(("_count", "_sum"))
    }
    assert told == ours


def test_every_metric_says_what_it_is_and_in_which_unit() -> None:
    """Help for each; times are in seconds."""
    for family in families():
        assert family.documentation.endswith((".", "process")) or not family.name.startswith("ebond_"), family.name
        assert ("seconds" in family.documentation.lower()) or not family.name.endswith("_seconds"), family.name


def test_panels_do_not_overlap_and_have_ids_of_their_own() -> None:
    """Grafana would move them about."""
    panels = dashboard()["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)
