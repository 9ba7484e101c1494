"""Money to many receivers at once."""
