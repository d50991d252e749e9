"""Networks: cells, attention, encoder, decoder, and the translation model that joins them.

Tensors in, tensors out; no text. `model.build_model` turns the `model` section of a configuration
into a network. Three contracts can be extended from outside, each with a registry:

- `cells.Cell`, one step of a recurrence (`CELLS`);
- `attention.Attention`, what a query reads from the source (`ATTENTIONS`);
- `decoder.Decoder`, an order of recurrence and attention (`decoders.DECODERS`).

`diagnostics` measures how far gradients reach through time.
"""
