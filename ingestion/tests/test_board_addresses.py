from __future__ import annotations

import pytest

from ingestion.board_addresses import board_url


@pytest.mark.parametrize(
    ("board", "posting", "address"),
    [
        (("greenhouse", "acme"), "https://acme.example/careers?gh_jid=1", "https://job-boards.greenhouse.io/acme"),
        (("lever", "acme"), "https://jobs.lever.co/acme/1c9a7f52-6c0e-4a57-9d0b-5f0c52a7d001", "https://jobs.lever.co/acme"),
        (("lever", "acme"), "https://jobs.eu.lever.co/acme/1c9a7f52-6c0e-4a57-9d0b-5f0c52a7d001", "https://jobs.eu.lever.co/acme"),
        (("unheard", "acme"), "", ""),
    ],
    ids=["greenhouse", "lever", "eu", "unheard"],
)
def test_a_board_is_found_where_its_postings_are(board, posting, address):
    assert board_url(*board, posting) == address
