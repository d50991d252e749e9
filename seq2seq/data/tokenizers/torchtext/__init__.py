"""For text and vocabularies that were made with torchtext."""
