"""New training pairs made of those that there are."""
