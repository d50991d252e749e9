"""What has nothing to do with translation: processes, files, memory, the terminal."""
