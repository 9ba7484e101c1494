"""Money that an order holds or takes: payments v2."""
