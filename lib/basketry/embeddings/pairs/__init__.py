"""The pair head: an association score of two items, on vectors of its own."""
