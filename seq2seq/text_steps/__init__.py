"""Text handling before and after a model, as pure functions from string to string."""
