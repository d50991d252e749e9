"""Tokenizers, which turn text into ids and back."""
