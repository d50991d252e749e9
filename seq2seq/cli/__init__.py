"""The commands: what each takes and prints. Nothing heavy is imported before a command runs."""
