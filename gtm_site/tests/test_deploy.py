"""The manifests of deploy/ against the code: the same programs, queues and settings, and probes that get their answer."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client, override_settings
from rq import Queue

from gtm_site.running import programs
from gtm_site.tests.test_docs import variables_in_example

KUBERNETES = Path(settings.BASE_DIR) / "deploy" / "kubernetes"
WORKED_QUEUES = sorted(set(settings.RQ_QUEUES) - set(settings.DEAD_LETTER_QUEUES.values()) - {"default"})
SCALED_QUEUES = [name for name in WORKED_QUEUES if name != settings.CONTROL_QUEUE]


@functools.cache
def documents(folder: str) -> list[dict[str, Any]]:
    return [one for path in sorted((KUBERNETES / folder).glob("*.yaml")) for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def of_kind(kind: str, folder: str = "base") -> list[dict[str, Any]]:
    return [one for one in documents(folder) if one["kind"] == kind]


def patched(workload: dict[str, Any]) -> dict[str, Any]:
    """The pod of a workload with what pod.json and schema.json add to it."""
    whole = json.loads(json.dumps(workload))
    names = ["pod.json", "schema.json"] if workload["kind"] == "Deployment" else ["pod.json"]
    for patch in (patch for name in names for patch in json.loads((KUBERNETES / "base" / name).read_text(encoding="utf-8"))):
        *path, last = patch["path"].strip("/").split("/")
        place = functools.reduce(lambda at, key: at[int(key)] if isinstance(at, list) else at[key], path, whole)
        assert patch["op"] == "add"
        assert last not in place  # or the patch would hide what the workload's own file says
        place[last] = patch["value"]
    return whole["spec"]["template"]["spec"]


WORKLOADS = [*of_kind("Deployment"), *of_kind("Job")]
PODS = {workload["metadata"]["name"]: patched(workload) for workload in WORKLOADS}
WORKERS = {one["metadata"]["labels"]["gtm-engine/queue"]: one for one in WORKLOADS if one["metadata"]["name"].startswith("worker-")}


def worker_of(queue: str) -> str:
    """The name of the Deployment that works on a queue."""
    assert queue in WORKERS, f"add a worker for {queue} to base/workers.yaml"
    return WORKERS[queue]["metadata"]["name"]


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod["containers"], *pod.get("initContainers", [])]


def command(name: str) -> list[str]:
    return PODS[name]["containers"][0]["command"]


def env_file(path: Path) -> dict[str, str]:
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def settings_of_pods() -> dict[str, str]:
    return env_file(KUBERNETES / "base" / "settings.env")


def test_every_queue_has_its_worker_and_no_mirror_of_dead_letters_has_one():
    assert sorted(WORKERS) == WORKED_QUEUES


@pytest.mark.parametrize("queue", WORKED_QUEUES)
def test_a_worker_is_the_program_that_serve_starts(queue):
    assert command(worker_of(queue)) == ["python", *programs.worker(queue).argv[1:]]


def test_web_and_scheduler_are_the_programs_that_serve_starts():
    web = programs.web(8000, "0.0.0.0")
    assert command("web") == ["python", *web.argv[1:]]
    assert {one["name"]: one["value"] for one in PODS["web"]["containers"][0]["env"]} == web.env
    assert command("scheduler") == ["python", *programs.scheduler().argv[1:]]


def test_there_is_one_scheduler():
    (scheduler,) = (one for one in WORKLOADS if one["metadata"]["name"] == "scheduler")
    assert scheduler["spec"]["replicas"] == 1
    assert scheduler["spec"]["strategy"] == {"type": "Recreate"}


def test_a_worker_has_time_to_end_the_longest_task():
    assert int(settings_of_pods()["TASK_TIMEOUT_S"]) == settings.TASK_TIMEOUT_S
    graces = {PODS[one["metadata"]["name"]]["terminationGracePeriodSeconds"] for one in WORKERS.values()}
    assert min(graces) > settings.TASK_TIMEOUT_S


def test_only_settings_that_exist_are_set():
    example = yaml.safe_load((KUBERNETES / "example" / "kustomization.yaml").read_text(encoding="utf-8"))
    merged = [literal.split("=")[0] for generated in example["configMapGenerator"] for literal in generated["literals"]]
    own = [one["name"] for pod in PODS.values() for container in containers(pod) for one in container.get("env", [])]
    named = {*settings_of_pods(), *env_file(KUBERNETES / "secrets.env.example"), *merged, *own}
    assert named - variables_in_example() == set()


def test_no_secret_is_in_the_repository():
    assert of_kind("Secret") == []
    secret = {"SECRET_KEY", "POSTGRES_URL", "REDIS_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY"}
    assert set(env_file(KUBERNETES / "secrets.env.example")) == secret
    assert secret & set(settings_of_pods()) == set()


@pytest.mark.parametrize("name", PODS)
def test_a_pod_can_do_nothing_but_its_work(name):
    pod = PODS[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for container in containers(pod):
        context = container["securityContext"]
        assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False)
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
        assert settings_of_pods()["GTM_STATE_DIR"].startswith("/tmp/")
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", PODS)
def test_every_container_has_the_settings(name):
    sources = [{"configMapRef": {"name": "gtm-engine-settings"}}, {"secretRef": {"name": "gtm-engine-secrets"}}]
    assert [container["envFrom"] for container in containers(PODS[name])] == [sources] * len(containers(PODS[name]))


@pytest.mark.parametrize("one", WORKLOADS, ids=lambda one: one["metadata"]["name"])
def test_selectors_find_their_pods(one):
    wanted = one["spec"].get("selector", {"matchLabels": {}})["matchLabels"]
    assert wanted.items() <= one["spec"]["template"]["metadata"]["labels"].items()


def test_the_image_runs_as_the_pods_do():
    dockerfile = (Path(settings.BASE_DIR) / "Dockerfile").read_text(encoding="utf-8")
    uids = {pod["securityContext"]["runAsUser"] for pod in PODS.values()}
    assert uids == {int(re.findall(r"useradd .*--uid (\d+)", dockerfile)[0])}


def probe(which: str) -> int:
    """The status of what the kubelet asks, under the settings of the pods."""
    asked = PODS["web"]["containers"][0][which]["httpGet"]
    headers = {one["name"]: one["value"] for one in asked["httpHeaders"]}
    pods = settings_of_pods()
    with override_settings(
        ALLOWED_HOSTS=pods["ALLOWED_HOSTS"].split(","),
        SECURE_SSL_REDIRECT=pods["HTTPS_ONLY"] == "1",
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https") if pods["BEHIND_PROXY"] == "1" else None,
    ):
        return Client(headers=headers).get(asked["path"]).status_code


@pytest.mark.parametrize("which", ["startupProbe", "livenessProbe"])
def test_a_web_pod_lives_without_a_database(which):
    assert probe(which) == 200  # no mark: pytest-django refuses a test without it every query


@pytest.mark.django_db
def test_a_web_pod_is_ready_when_it_is_healthy():
    assert probe("readinessProbe") == 200


def test_what_is_scaled_is_scaled_by_its_own_list_in_redis():
    scaled = {}
    for one in of_kind("ScaledObject", "keda"):
        (trigger,) = one["spec"]["triggers"]
        scaled[one["spec"]["scaleTargetRef"]["name"]] = trigger["metadata"]["listName"]
    lists = {worker_of(queue): f"{Queue.redis_queue_namespace_prefix}{queue}" for queue in SCALED_QUEUES}
    assert scaled == lists


def test_applying_the_manifests_does_not_undo_the_scaling():
    assert [queue for queue, worker in WORKERS.items() if "replicas" in worker["spec"]] == []


def test_each_scaled_worker_gets_redis_address_from_the_same_place():
    (place,) = of_kind("TriggerAuthentication", "keda")
    triggers = [trigger for one in of_kind("ScaledObject", "keda") for trigger in one["spec"]["triggers"]]
    assert {trigger["authenticationRef"]["name"] for trigger in triggers} == {place["metadata"]["name"]}


def test_who_asks_the_outside_world_may_and_nobody_else():
    labelled = {
        one["metadata"]["name"] for one in WORKLOADS if one["spec"]["template"]["metadata"]["labels"].get("gtm-engine/outside") == "true"
    }
    assert labelled == {worker_of(queue) for queue in SCALED_QUEUES}


def test_kustomize_lists_every_file_of_the_base():
    listed = yaml.safe_load((KUBERNETES / "base" / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert sorted(listed) == sorted(path.name for path in (KUBERNETES / "base").glob("*.yaml") if path.name != "kustomization.yaml")


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kustomize_builds_the_example_with_the_pods_that_the_other_tests_look_at():
    built = subprocess.run(["kubectl", "kustomize", str(KUBERNETES / "example")], capture_output=True, text=True, check=True, timeout=300)
    rendered = {one["metadata"]["name"]: one for one in yaml.safe_load_all(built.stdout) if one["kind"] in ("Deployment", "Job")}
    assert rendered.keys() == PODS.keys()
    for name, pod in PODS.items():
        made = rendered[name]["spec"]["template"]["spec"]
        assert [container["command"] for container in containers(made)] == [container["command"] for container in containers(pod)]
        assert made["securityContext"] == pod["securityContext"]
