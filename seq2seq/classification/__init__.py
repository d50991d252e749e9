"""Classifiers in use: the label of a text, and how well labels are predicted."""
