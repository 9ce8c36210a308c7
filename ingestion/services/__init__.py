"""What writes ingestion's tables, as far as other apps call it; ingestion's own further writers stand in the modules beside."""

from ingestion.discovery.tokens import Finding
from ingestion.services.boards import BoardRead, BoardResult, boards_store, page_read
from ingestion.services.dead_letters import dead_letter_prune, dead_letter_retry, dead_letters_mirror, dead_letters_retry
from ingestion.services.discovery import crawl_page_store, findings_store
from ingestion.services.frontier import frontier_settle
from ingestion.services.postings import PostingUnreadable, posting_payload, postings_load
from ingestion.services.refusals import is_refusal
from ingestion.services.runs import (
    run_cancel,
    run_create,
    run_fail,
    run_finish,
    run_logged,
    run_pause,
    run_resume,
    run_retry,
    run_start,
    runs_each,
    stage_add,
    stage_break,
    stage_end,
    stage_start,
)
from ingestion.services.sources import (
    Claim,
    leases_reap,
    source_check,
    source_fail,
    source_pause,
    source_resume,
    sources_claim,
    sources_release,
    sources_renew,
)
from ingestion.services.status import status_counts

__all__ = [
    "BoardRead",
    "BoardResult",
    "Claim",
    "Finding",
    "PostingUnreadable",
    "boards_store",
    "crawl_page_store",
    "dead_letter_prune",
    "dead_letter_retry",
    "dead_letters_mirror",
    "dead_letters_retry",
    "findings_store",
    "frontier_settle",
    "is_refusal",
    "leases_reap",
    "page_read",
    "posting_payload",
    "postings_load",
    "run_cancel",
    "run_create",
    "run_fail",
    "run_finish",
    "run_logged",
    "run_pause",
    "run_resume",
    "run_retry",
    "run_start",
    "runs_each",
    "source_check",
    "source_fail",
    "source_pause",
    "source_resume",
    "sources_claim",
    "sources_release",
    "sources_renew",
    "stage_add",
    "stage_break",
    "stage_end",
    "stage_start",
    "status_counts",
]
