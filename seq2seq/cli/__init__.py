"""Commands: their options, input and output. No slow library is imported before one runs."""
