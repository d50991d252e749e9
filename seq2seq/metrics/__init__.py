"""Metrics: how good translations are, and where they fail. They take strings, never a model."""
