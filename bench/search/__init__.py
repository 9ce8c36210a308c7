"""Search beside its peers: `python -m bench.search` (see `__main__`)."""
