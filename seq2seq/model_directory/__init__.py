"""Model directories: read and written, fetched, averaged, compressed, given a shortlist."""
