"""A small read-only HTTP service over the lake's tables."""
