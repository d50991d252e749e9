"""Text in, translation out."""
