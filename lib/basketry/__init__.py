"""Product associations, recommendations and embeddings from a lake of shop receipts."""

__version__ = "0.1.0"
