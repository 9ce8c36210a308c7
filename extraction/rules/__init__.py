"""Tier 0: deterministic rules. Each takes a Document and answers Findings; none does I/O beyond its own data files."""
