"""The charts of the report and of notebooks: a table in, a matplotlib Figure out; svg.py turns it into a picture."""
