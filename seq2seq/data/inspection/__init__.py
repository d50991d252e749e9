"""Inspection of pairs: faults in texts and pairs, near-duplicates, splits."""
