"""How much of each item to hold and when to order, from its forecast, its costs and what is bought with it."""
