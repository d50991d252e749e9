"""Model directories: read, written, fetched, averaged, quantized, given a shortlist."""
