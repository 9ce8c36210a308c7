"""Hosts of the ATSs are nobody's own: a posting's address there must not make the ATS's domain that of the company."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from extraction.rules.company import _shared_hosts, registered_domain
from ingestion.ats.base import Adapter
from ingestion.ats.registry import adapters, regions


@pytest.mark.parametrize("reader", adapters().values(), ids=lambda reader: reader.source_type)
def test_the_hosts_of_an_ats_are_shared(reader: Adapter):
    urls = [*reader.base_urls.values(), *(reader.board_url("acme", region) for region in regions(reader))]
    domains = {registered_domain(urlsplit(url).hostname or "") for url in urls}
    assert domains <= _shared_hosts(), "extraction/data/shared_hosts.txt lacks them"
