"""Documents for tests, made the way production makes them."""

from typing import Any

from extraction.document import Document
from extraction.documents import document_of_text
from ingestion.ats.base import Posting


def a_document(text: str = "", *, title: str = "Welder", company: str = "Acme", source_key: str = "acme", **fields: Any) -> Document:
    posting = Posting(source_job_id="1", title=title, **{"url": "https://jobs.lever.co/acme/1", **fields})
    return document_of_text(posting, text, company_name=company, source_type="lever", source_key=source_key)
