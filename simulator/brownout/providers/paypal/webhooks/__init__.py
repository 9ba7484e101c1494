"""Events, whom they are told to, and how that is signed."""
