"""What a run found, in one screen."""

from basketry.tables.store import Store


def print_summary(store: Store) -> None:
    """Placeholder until every stage's tables exist."""
    print(store.root)
