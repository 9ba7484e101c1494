"""Products, plans, and subscriptions to them."""
