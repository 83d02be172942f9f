"""Receipts as they come: where from, when, and one batch after the other."""
