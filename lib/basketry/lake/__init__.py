"""raw files -> bronze -> silver."""
