"""Re-extraction as an experiment (spec E9): a sample, what would change, promote or roll back."""
