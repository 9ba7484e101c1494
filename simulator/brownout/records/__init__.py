"""Traffic as text: what may be shown of it."""
