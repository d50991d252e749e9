"""Translation: texts in, translations out, without files, lines and command-line options."""
