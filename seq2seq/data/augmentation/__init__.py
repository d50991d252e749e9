"""Data augmentation: new training pairs made from the given ones, afresh in each epoch."""
