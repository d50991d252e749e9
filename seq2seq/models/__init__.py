"""The networks: cells, attention, encoder, decoder, model. This room takes and gives tensors and
knows no text."""
