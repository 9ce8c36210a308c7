"""Language models behind the vendors' interfaces: what they are asked, what they write, and how they go wrong."""
