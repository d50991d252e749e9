"""Data augmentation: new training pairs made from the given ones, different in each epoch."""
