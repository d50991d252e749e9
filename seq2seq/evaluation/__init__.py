"""Evaluation: how good a translation is (`metrics`) and how to say so (`report`). It takes strings,
never a model."""
