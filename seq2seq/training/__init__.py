"""Training: the loop, its schedules, precision and checkpoints."""
