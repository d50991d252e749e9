"""Which source token became which target token: IBM Model 1, word alignment, the shortlist."""
