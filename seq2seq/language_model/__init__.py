"""Language models in use: how likely a text is, and how it may go on."""
