"""The backend that is always there."""
