"""Every adapter keeps the contract; a new one is tested by its sample payload alone."""

from __future__ import annotations

import copy
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import ats
from ingestion.ats.base import Adapter, PayloadError, Posting
from ingestion.ats.registry import DuplicateAdapterError, IncompleteAdapterError, UnknownSourceTypeError, adapter, adapters, register
from ingestion.boards import content_hash

SAMPLES = Path(ats.__path__[0]) / "samples"
ADAPTERS = list(adapters().values())
over_adapters = pytest.mark.parametrize("reader", ADAPTERS, ids=lambda reader: reader.source_type)


def sample(reader: Adapter) -> bytes:
    return (SAMPLES / f"{reader.source_type}.json").read_bytes()


def payloads(reader: Adapter) -> list[dict[str, Any]]:
    return list(reader.split(sample(reader), reader.list_request("acme")).payloads)


def resolve(payload: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        payload = payload[int(name)] if isinstance(payload, list) else payload[name]
    return payload


def test_both_founding_systems_are_there():
    assert {"greenhouse", "lever"} <= set(adapters())


def test_samples_and_adapters_belong_together():
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(adapters())


@over_adapters
def test_names_and_addresses(reader: Adapter):
    assert re.fullmatch(r"[a-z0-9_]+", reader.source_type)
    assert reader.name
    assert all(name.startswith(reader.source_type.upper()) and name.endswith("_BASE_URL") for name in reader.base_urls)
    assert all(url.startswith("https://") and not url.endswith("/") for url in reader.base_urls.values())
    assert all(re.fullmatch(r"[a-z0-9.-]+/(.*/)?\*", pattern) for pattern in reader.cdx_patterns)


@over_adapters
def test_every_pattern_of_the_index_leads_to_a_source(reader: Adapter):
    for pattern in reader.cdx_patterns:
        found = reader.source_from_url(f"https://{pattern.removesuffix('*')}Acme1")
        assert found is not None
        assert found[0] == "acme1"


@over_adapters
def test_its_own_board_address_names_the_source(reader: Adapter):
    assert reader.source_from_url(reader.board_url("acme", "")) == ("acme", "")


@over_adapters
def test_its_own_posting_address_names_source_and_posting(reader: Adapter):
    for payload in payloads(reader):
        posting_id = reader.source_job_id(payload)
        url = reader.posting_url("acme", "", posting_id)
        assert (reader.source_from_url(url), reader.posting_from_url(url)) == (("acme", ""), posting_id)
    assert reader.posting_from_url(reader.board_url("acme", "")) is None
    assert reader.posting_from_url("https://example.com/acme/jobs/4000001") is None


@over_adapters
def test_foreign_addresses_name_nothing(reader: Adapter):
    for url in (
        "https://example.com/acme",
        "",
        "::::",
        "https://[broken/acme",
        "boards.greenhouse.io.evil.example/acme",
        "jobs.lever.co.evil.example/a",
    ):
        assert reader.source_from_url(url) is None


@over_adapters
def test_requests_quote_the_key(reader: Adapter):
    request = reader.list_request("a/b?c")
    assert "a%2Fb%3Fc" in request.path
    assert request.path.startswith("/")


@over_adapters
def test_sample_parses_whole(reader: Adapter):
    found = [reader.parse(payload) for payload in payloads(reader)]
    assert len(found) >= 2
    assert all(posting.title and posting.url and posting.source_job_id for posting in found)
    assert [posting.source_job_id for posting in found] == [reader.source_job_id(payload) for payload in payloads(reader)]
    assert any(posting.description_html for posting in found)
    assert any(posting.salaries for posting in found)


@over_adapters
def test_the_headline_says_what_the_posting_says(reader: Adapter):
    for payload in payloads(reader):
        posting, seen = reader.parse(payload), reader.headline(payload)
        assert seen._asdict() == {name: getattr(posting, name) for name in seen._fields}


@over_adapters
def test_pointers_lead_to_stated_values(reader: Adapter):
    for payload in payloads(reader):
        posting = reader.parse(payload)
        names = {*posting.pointers}
        assert names <= set(Posting.__dataclass_fields__)
        for name, pointer in posting.pointers.items():
            assert resolve(payload, pointer) not in (None, "", []), name
        for stated in (*posting.salaries, *posting.fields):
            assert resolve(payload, stated.pointer) is not None


@over_adapters
@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "//evil.example", "/jobs/1", "https://"]
)
def test_links_are_web_addresses_or_nothing(reader: Adapter, link: str):
    payload = copy.deepcopy(payloads(reader)[0])
    posting = reader.parse(payload)
    assert posting.url.startswith("https://")
    parent, _, name = posting.pointers["url"].rpartition("/")
    resolve(payload, parent)[name] = link
    assert reader.parse(payload).url == ""


@over_adapters
def test_times_have_a_zone(reader: Adapter):
    times = [time for payload in payloads(reader) for time in (reader.parse(payload).date_posted, reader.parse(payload).date_modified)]
    assert any(isinstance(time, datetime) for time in times)
    assert all(time is None or time.tzinfo for time in times)


@over_adapters
def test_content_fields_stand_in_the_sample(reader: Adapter):
    known = {key for payload in payloads(reader) for key in payload}
    assert set(reader.content_fields) <= known


@over_adapters
def test_headline_fields_are_all_that_a_headline_looks_at(reader: Adapter):
    assert set(reader.headline_fields) <= {key for payload in payloads(reader) for key in payload}
    for payload in payloads(reader):
        part = {name: payload[name] for name in reader.headline_fields if name in payload}
        assert reader.headline(part) == reader.headline(payload)


class Watched(dict[str, Any]):
    """A payload that remembers which of its keys were looked at."""

    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__(payload)
        self.looked_at: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.looked_at.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.looked_at.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.looked_at.add(str(key))
        return super().__contains__(key)


@over_adapters
def test_a_headline_looks_at_no_key_that_is_not_kept_for_it(reader: Adapter):
    """Also at none that the samples happen to lack."""
    for payload in (*map(Watched, payloads(reader)), Watched({})):
        reader.headline(payload)
        assert payload.looked_at
        assert payload.looked_at <= set(reader.headline_fields)


@over_adapters
def test_hash_sees_what_matters_and_nothing_else(reader: Adapter):
    payload = payloads(reader)[0]
    touched = {**payload, "an_unknown_key": 1, "updated_at": "later", "applyUrl": "elsewhere"}
    assert content_hash(reader, touched) == content_hash(reader, payload)
    for name in reader.content_fields:
        if name in payload:
            assert content_hash(reader, {**payload, name: "changed"}) != content_hash(reader, payload)
    assert content_hash(reader, dict(reversed(payload.items()))) == content_hash(reader, payload)


@over_adapters
@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"{", b"null", b"3", b'"text"', b'{"ok":false,"error":"Document not found"}', b"\xff\xfe\xfd"]
)
def test_other_bodies_are_refused_with_a_reason(reader: Adapter, body: bytes):
    with pytest.raises(PayloadError, match=r"\w"):
        reader.split(body, reader.list_request("acme"))


@over_adapters
def test_byte_order_marks_and_utf_16_are_read(reader: Adapter):
    whole = sample(reader)
    for body in (b"\xef\xbb\xbf" + whole, whole.decode().encode("utf-16")):
        assert reader.split(body, reader.list_request("acme")).payloads == payloads(reader)


@over_adapters
@pytest.mark.parametrize("payload", [None, 3, "text", [], {}, {"id": None}, {"id": []}, {"id": True}, {"id": "x" * 300}])
def test_payload_without_an_id_is_refused(reader: Adapter, payload: Any):
    with pytest.raises(PayloadError):
        reader.source_job_id(payload)
    with pytest.raises(PayloadError):
        reader.parse(payload)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.just({}),
    st.just([]),
    st.just([None]),
    st.just({"name": 3}),
)


@over_adapters
@given(data=st.data())
def test_any_value_in_any_field_is_survived(reader: Adapter, data: st.DataObject):
    payload = copy.deepcopy(data.draw(st.sampled_from(payloads(reader))))
    for key in data.draw(st.sets(st.sampled_from(sorted(payload)), min_size=1, max_size=6)) - {"id"}:
        payload[key] = data.draw(
            st.one_of(
                scalars, st.lists(scalars, max_size=2), st.dictionaries(st.sampled_from(["name", "value", "min", "location"]), scalars)
            )
        )
    posting = reader.parse(payload)
    assert "\x00" not in posting.title


def test_unknown_type_names_the_known():
    with pytest.raises(UnknownSourceTypeError, match="greenhouse, lever"):
        adapter("workday")


def test_two_adapters_of_one_type_are_refused():
    known = dict(adapters())
    with pytest.raises(DuplicateAdapterError, match="greenhouse"):
        register(known, "greenhouse", type(known["lever"]))


def test_an_adapter_that_lacks_a_part_of_the_contract_is_refused_in_words():
    known = dict(adapters())
    unfinished = type("Unfinished", (), {"source_type": "unfinished", "name": "Unfinished"})
    with pytest.raises(IncompleteAdapterError, match=r"Unfinished lacks .*headline_fields.*source_job_id"):
        register(known, "unfinished", unfinished)
    assert "unfinished" not in known


def test_a_sample_is_plain_json():
    for path in SAMPLES.glob("*.json"):
        json.loads(path.read_text())
