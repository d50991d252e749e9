"""Alignment of source and target tokens: IBM Model 1, word alignment, shortlist."""
