"""Splits by time, and ranking metrics over the whole catalogue."""
