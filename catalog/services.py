"""Writes of the catalogue: the import point for everybody else. The services themselves live in modules by subject."""

from __future__ import annotations

from catalog.companies.signal_keeping import signals_behind, signals_hold, signals_keep, signals_rebuild
from catalog.curation.corrections import company_correct, correction_withdraw, job_correct
from catalog.curation.decisions import (
    skill_log_edit,
    skill_merge,
    skill_state,
    skill_switch,
    term_accept,
    term_merge,
    term_reject,
    term_reopen,
)
from catalog.curation.unknown_terms import jobs_to_read, unknown_terms_count
from catalog.models import Job
from catalog.publishing.publish import jobs_publish, jobs_update_status
from catalog.publishing.words_refresh import words_keep, words_refresh
from catalog.saved.saved_searches import (
    saved_search_create,
    saved_search_delete,
    saved_search_look,
    saved_search_rename,
    saved_search_renew_feed,
)
from catalog.suggest.counts import companies_count_jobs, places_count_jobs, suggestions_keep
from catalog.vocabulary.skills import skill_register_name, skills_count_jobs, skills_import, vocabulary_load
from catalog.vocabulary.vocabulary_import import terms_import

__all__ = [
    "companies_count_jobs",
    "company_correct",
    "correction_withdraw",
    "job_correct",
    "jobs_count",
    "jobs_publish",
    "jobs_to_read",
    "jobs_update_status",
    "places_count_jobs",
    "saved_search_create",
    "saved_search_delete",
    "saved_search_look",
    "saved_search_rename",
    "saved_search_renew_feed",
    "signals_behind",
    "signals_hold",
    "signals_keep",
    "signals_rebuild",
    "skill_log_edit",
    "skill_merge",
    "skill_register_name",
    "skill_state",
    "skill_switch",
    "skills_count_jobs",
    "skills_import",
    "suggestions_keep",
    "term_accept",
    "term_merge",
    "term_reject",
    "term_reopen",
    "terms_import",
    "unknown_terms_count",
    "vocabulary_load",
    "words_keep",
    "words_refresh",
]


def jobs_count() -> int:
    """How many jobs the catalogue holds, in any state."""
    return Job.objects.count()
