"""Documents for tests, made the way production makes them."""

from typing import Any

from extraction.document import Document
from extraction.documents import Received, document_of_text, documents_from
from ingestion.ats.base import Posting


def document_from(posting: Posting, company_name: str, source_type: str, source_key: str) -> Document:
    return documents_from([Received(posting, company_name, source_type, source_key)])[0]


def a_document(text: str = "", *, title: str = "Welder", company: str = "Acme", source_key: str = "acme", **fields: Any) -> Document:
    posting = Posting(source_job_id="1", title=title, **{"url": "https://jobs.lever.co/acme/1", **fields})
    return document_of_text(posting, text, company_name=company, source_type="lever", source_key=source_key)
