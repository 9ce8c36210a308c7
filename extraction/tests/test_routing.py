from typing import Any

import pytest

from extraction.routing import Tier2Reason, tier2_reasons

GOOD: dict[str, Any] = {
    "confidence": 0.60,
    "company_name": "Acme",
    "role_title": "Welder",
    "job_summary": "You weld.",
    "skills_raw": ["Welding"],
    "text_length": 5000,
}


def test_a_good_record_stays() -> None:
    assert tier2_reasons(**GOOD) == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"confidence": 0.59}, Tier2Reason.LOW_CONFIDENCE),
        ({"company_name": " "}, Tier2Reason.NO_COMPANY_NAME),
        ({"role_title": ""}, Tier2Reason.NO_ROLE_TITLE),
        ({"job_summary": ""}, Tier2Reason.NO_SUMMARY),
        ({"skills_raw": [], "text_length": 801}, Tier2Reason.NO_SKILLS),
    ],
)
def test_each_reason_alone_is_enough(change: dict[str, Any], reason: Tier2Reason) -> None:
    assert tier2_reasons(**GOOD | change) == (reason,)


def test_a_short_text_may_name_no_skill() -> None:
    assert tier2_reasons(**GOOD | {"skills_raw": [], "text_length": 800}) == ()


def test_all_reasons_are_named() -> None:
    worst = {"confidence": 0.0, "company_name": "", "role_title": "", "job_summary": "", "skills_raw": [], "text_length": 900}
    assert tier2_reasons(**worst) == tuple(Tier2Reason)
