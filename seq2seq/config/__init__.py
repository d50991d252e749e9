"""The configuration of a run. It imports no torch."""
