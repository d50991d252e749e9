"""Training batches: the text of an epoch as ids, the plan of its batches, and their stream."""
