"""What bounds a search for itemsets."""

from typing import NamedTuple


class Limits(NamedTuple):
    """Baskets an itemset needs, items it may have, and how many of them a task may find."""

    min_count: int
    max_length: int
    max_itemsets: int
