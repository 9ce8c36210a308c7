"""Postings as received beside what was made of them."""
