"""Pages of ingestion."""
