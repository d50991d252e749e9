"""From pairs of ids to batches: the plan, the stream, its position."""
