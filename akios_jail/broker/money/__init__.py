"""What one session may spend, who waits for room, and what is kept for others: around the pure parts in `flux`."""
