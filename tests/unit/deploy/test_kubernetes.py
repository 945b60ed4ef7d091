"""The Kubernetes manifests, as far as they can be checked without a cluster."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from tests.unit.deploy.files import DEPLOY, documents, manifests, option, pods

FOLDER = DEPLOY / "kubernetes"
FLEET = ("scheduler", "worker")
PORTS = {"metrics": "--metrics-port", "notices": "--port"}


def of_kind(kind: str) -> dict[str, Any]:
    return {one["metadata"]["name"]: one for one in manifests() if one["kind"] == kind}


def container(name: str) -> Any:
    [only] = pods()[name]["containers"]
    return only


def test_every_manifest_says_what_it_is() -> None:
    """Each has a version, a kind and a name, and no two are one."""
    names = [(one["apiVersion"], one["kind"], one["metadata"]["name"]) for one in manifests()]
    assert len(set(names)) == len(names) == 7


def test_every_file_is_applied_or_an_example() -> None:
    """The kustomization leaves out the example of the Secret, and nothing else."""
    [kustomization] = documents(FOLDER / "kustomization.yaml")
    left_out = {path.name for path in FOLDER.glob("*.yaml")} - set(kustomization["resources"])
    assert left_out == {"kustomization.yaml", "secret.example.yaml"}
    assert all((FOLDER / name).exists() for one in kustomization["configMapGenerator"] for name in one["files"])


def test_the_example_of_the_secret_has_no_values() -> None:
    """It names what pods mount and read, and holds nothing."""
    secrets = {one["metadata"]["name"]: one["stringData"] for one in documents(FOLDER / "secret.example.yaml")}
    assert {value for values in secrets.values() for value in values.values()} == {""}
    paths = {
        one["value"].removeprefix("file:/run/secrets/ebond/")
        for one in container("worker")["env"]
        if "file:" in one["value"]
    }
    assert paths == set(secrets["ebond"])
    assert container("worker")["envFrom"] == [{"secretRef": {"name": "ebond-gateways"}}]


@pytest.mark.parametrize("name", list(pods()))
def test_pods_meet_the_restricted_standard(name: str) -> None:
    """Kubernetes' own restricted profile, which the namespace enforces, and a read-only root."""
    pod, one = pods()[name], container(name)
    assert of_kind("Namespace")["ebond"]["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}
    assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["seccompProfile"]) == (
        True,
        {"type": "RuntimeDefault"},
    )
    assert one["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False


@pytest.mark.parametrize("name", list(pods()))
def test_pods_mount_what_they_name(name: str) -> None:
    """Each mount has its volume, all but /tmp is read-only, and memory is bounded."""
    mounts = container(name)["volumeMounts"]
    assert {one["name"] for one in mounts} == {one["name"] for one in pods()[name]["volumes"]}
    assert [one["mountPath"] for one in mounts if not one.get("readOnly")] == ["/tmp"]  # noqa: S108
    assert set(container(name)["resources"]) == {"requests", "limits"}


@pytest.mark.parametrize("name", FLEET)
def test_probes_ask_the_port_of_the_metrics(name: str) -> None:
    """Alive is asked at /livez, ready at /readyz, on the port that the process is told to open."""
    one = container(name)
    asked = {probe: one[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    live, ready = {"path": "/livez", "port": "metrics"}, {"path": "/readyz", "port": "metrics"}
    assert asked == {"startupProbe": live, "livenessProbe": live, "readinessProbe": ready}
    assert one["ports"] == [{"name": "metrics", "containerPort": int(option(one["args"], "--metrics-port"))}]


def test_a_worker_is_given_more_time_than_it_takes() -> None:
    """Kubernetes waits longer than the worker waits for its threads."""
    grace = float(option(container("worker")["args"], "--grace"))
    assert pods()["worker"]["terminationGracePeriodSeconds"] >= grace + 10


def test_workers_roll_and_the_scheduler_is_replaced() -> None:
    """There are never fewer workers than wanted, and one scheduler."""
    specs = {name: of_kind("Deployment")[name]["spec"] for name in FLEET}
    assert specs["worker"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert (specs["scheduler"]["replicas"], specs["scheduler"]["strategy"]) == (1, {"type": "Recreate"})


def test_selectors_find_their_pods() -> None:
    """Deployments, the budget and the spread select by labels that the pods carry."""
    deployments = of_kind("Deployment")
    for one in deployments.values():
        assert one["spec"]["selector"]["matchLabels"] == one["spec"]["template"]["metadata"]["labels"]
    budget = of_kind("PodDisruptionBudget")["worker"]["spec"]
    assert budget["selector"] == deployments["worker"]["spec"]["selector"]


def test_the_network_lets_through_what_a_fleet_needs() -> None:
    """Names, PostgreSQL, Redis and HTTPS go out, metrics come in, and the cloud's metadata stay unread."""
    rules = of_kind("NetworkPolicy")["ebond"]["spec"]
    out = {port["port"] for rule in rules["egress"] for port in rule["ports"]}
    into = {port["port"] for rule in rules["ingress"] for port in rule["ports"]}
    assert (out, into) == ({53, 5432, 6379, 443}, {9464})
    assert rules["egress"][-1]["to"][0]["ipBlock"]["except"] == ["169.254.0.0/16"]


def test_the_listener_is_a_component_like_the_rest_of_the_fleet() -> None:
    """Whoever has webhooks adds it: a pod as hardened as the scheduler's, its probes, and what reaches it."""
    [component] = documents(FOLDER / "listener" / "kustomization.yaml")
    found = {one["kind"]: one for name in component["resources"] for one in documents(FOLDER / "listener" / name)}
    assert (component["kind"], set(found)) == (
        "Component",
        {"Deployment", "Service", "NetworkPolicy", "PodDisruptionBudget"},
    )
    template = found["Deployment"]["spec"]["template"]
    [own], [other] = template["spec"].pop("containers"), pods()["scheduler"].pop("containers")
    assert template["spec"] == {key: value for key, value in pods()["scheduler"].items() if key != "containers"}
    apart = {"name", "args", "ports"}
    assert {key: own[key] for key in own.keys() - apart} == {key: other[key] for key in other.keys() - apart}
    ports = {one["name"]: one["containerPort"] for one in own["ports"]}
    assert ports == {name: int(option(own["args"], key)) for name, key in PORTS.items()}
    labels = template["metadata"]["labels"]
    chosen = [found[kind]["spec"] for kind in ("Deployment", "PodDisruptionBudget")]
    assert all(one["selector"] == {"matchLabels": labels} for one in chosen)
    assert (found["Service"]["spec"]["selector"], found["Service"]["spec"]["ports"][0]["targetPort"]) == (
        labels,
        "notices",
    )
    assert found["NetworkPolicy"]["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": ports["notices"]}]


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed here")
def test_kustomize_can_build_it() -> None:
    """``kubectl kustomize`` builds all of it; the definitions' new name has reached every pod."""
    done = subprocess.run(["kubectl", "kustomize", str(FOLDER)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("name: ebond-definitions\n" in done.stdout, "image: ebond\n" in done.stdout) == (False, False)
