"""Itemsets and association rules."""
