"""The search for a translation: it takes a step function and never sees a model."""
