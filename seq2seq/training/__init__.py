"""The training loop, its schedules, precision and checkpoints."""
