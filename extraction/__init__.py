"""Postings to facts."""

from extraction.compiled import take_compiled

take_compiled()
