"""Reports: what an evaluation or a training found, as JSON, Markdown and HTML pages."""
