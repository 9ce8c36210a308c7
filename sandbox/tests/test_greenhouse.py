from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from sandbox.testing import RunningSandbox

HIDDEN = ("content", "departments", "offices")


def test_a_whole_response_is_served_byte_for_byte_in_any_case_of_letters(
    sandbox: RunningSandbox, client: httpx.Client, recordings: Path
) -> None:
    answer = client.get(f"{sandbox.greenhouse_url}/v1/boards/ACME/jobs?content=true&pay_transparency=true")
    assert answer.content == (recordings / "greenhouse/acme.json").read_bytes()
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def test_without_content_the_keys_are_absent(sandbox: RunningSandbox, client: httpx.Client) -> None:
    (job,) = client.get(f"{sandbox.greenhouse_url}/v1/boards/acme/jobs").json()["jobs"]
    assert job["title"] == "Account Executive"
    assert not job.keys() & {*HIDDEN, "pay_input_ranges"}


@pytest.mark.parametrize("key", ["beta", "gamma__someone", "delta-7"])
def test_parts_of_boards_are_boards_of_their_own(sandbox: RunningSandbox, client: httpx.Client, key: str) -> None:
    body = client.get(f"{sandbox.greenhouse_url}/v1/boards/{key}/jobs?content=true").json()
    assert body["meta"] == {"total": 1}
    assert ("content" in body["jobs"][0]) is (key != "beta")


def test_board_names_come_from_the_jobs_else_the_key(sandbox: RunningSandbox, client: httpx.Client) -> None:
    assert client.get(f"{sandbox.greenhouse_url}/v1/boards/acme").json() == {"name": "Acme Tools", "content": ""}


def test_single_jobs_and_unknown_ones(sandbox: RunningSandbox, client: httpx.Client) -> None:
    assert client.get(f"{sandbox.greenhouse_url}/v1/boards/acme/jobs/101").json()["content"]
    for path in ("acme/jobs/1", "nobody/jobs", "nobody"):
        answer = client.get(f"{sandbox.greenhouse_url}/v1/boards/{path}")
        assert (answer.status_code, answer.json()) == (404, {"status": 404, "error": "Job not found"})


def test_generated_boards_answer_like_recorded_ones(sandbox: RunningSandbox, client: httpx.Client) -> None:
    keys = set(sandbox.boards()["greenhouse"]) - {"acme", "Beta", "gamma__someone", "delta-7"}
    base = f"{sandbox.greenhouse_url}/v1/boards"
    for key in sorted(keys)[:5]:
        whole = client.get(f"{base}/{key.upper()}/jobs?content=true").json()
        listed = client.get(f"{base}/{key}/jobs").json()
        assert whole["meta"]["total"] == len(whole["jobs"]) == len(listed["jobs"])
        for job, short in zip(whole["jobs"], listed["jobs"], strict=True):
            assert {name: value for name, value in job.items() if name not in HIDDEN} == short
            assert client.get(f"{base}/{key}/jobs/{job['id']}").json()["title"] == job["title"]


def test_a_caller_without_gzip_gets_the_same_plain_bytes(sandbox: RunningSandbox, client: httpx.Client) -> None:
    key = next(key for key in sandbox.boards()["greenhouse"] if key not in ("acme", "Beta"))
    url = f"{sandbox.greenhouse_url}/v1/boards/{key}/jobs?content=true"
    plain = client.get(url, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.content == client.get(url).content
