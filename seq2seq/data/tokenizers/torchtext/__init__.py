"""Tokenizers and vocabularies of torchtext."""
