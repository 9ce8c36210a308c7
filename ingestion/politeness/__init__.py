"""How the product stays polite, and proves it."""
