import pytest

from extraction.document import Document
from ingestion.ats.base import Posting


@pytest.mark.parametrize(
    ("text", "lower"),
    [("", ""), ("You’ll Sell • A–Z", "you’ll sell • a–z"), ("ÉTÉ in Łódź", "été in łódź"), ("İstanbul É", "İstanbul é"), ("ΟΔΟΣ", "οδος")],
)
def test_lower_text_is_as_long_as_the_text(text: str, lower: str) -> None:
    assert Document(Posting("1", "", ""), text, (), "Acme").lower == lower
