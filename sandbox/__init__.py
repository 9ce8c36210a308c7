"""The outside world on one machine: job boards and Common Crawl's index, over loopback only.

Stands in for Greenhouse, Lever (also its EU host) and the Common Crawl CDX server in the demo, in
tests and in benchmarks. It imports nothing of the product, so that it cannot agree with its mistakes.
"""
