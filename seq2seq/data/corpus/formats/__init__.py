"""Readers of pairs, one file per format."""
