"""Which token became which: IBM Model 1, word alignment, the shortlist."""
