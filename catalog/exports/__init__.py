"""Whole results as files: CSV, JSON Lines, Parquet."""
