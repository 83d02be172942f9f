"""Recommenders: ALS."""
