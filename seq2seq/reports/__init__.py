"""What was found, as JSON, Markdown and pages. It knows neither models nor files of text."""
