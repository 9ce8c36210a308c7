"""Requests to the outside."""
