"""Documents: which text of a file is to be translated, and how the translation is put back."""
