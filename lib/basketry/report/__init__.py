"""One self-contained HTML page from the lake's tables: what was learnt, whether to trust it, what to do."""
