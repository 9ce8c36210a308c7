"""Measures extraction on labelled rows: pure functions over JSON lines, no database (run by `manage.py evaluate`)."""
