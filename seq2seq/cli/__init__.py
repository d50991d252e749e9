"""Commands: what each takes and prints. Nothing heavy is imported before one runs."""
