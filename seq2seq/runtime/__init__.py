"""Processes, files, memory and the terminal: nothing in here knows of translation."""
