"""Segments of users, and groups of items."""
