"""What an account's money did: the search for reconciliation."""
