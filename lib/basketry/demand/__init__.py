"""Weekly demand of items and types: forecasts with their uncertainty, and who sells most and rises next."""
