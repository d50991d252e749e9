"""Training: the training loop, schedules, precision and checkpoints."""
