"""What somebody may be typing."""
