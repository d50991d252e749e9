"""Translation: text in, translation out. The room does not know lines, files and options."""
