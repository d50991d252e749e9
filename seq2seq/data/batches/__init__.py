"""Training batches: text of an epoch as ids, batch plan, and batch stream."""
