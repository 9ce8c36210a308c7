"""The programs of the product and the servers below them."""
