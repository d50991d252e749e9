"""How good a translation is, and where it fails. It takes strings, never a model."""
