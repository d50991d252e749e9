"""Networks: cells, attention, encoder, decoder, and the translation model that joins them.

Networks take and return tensors, never text. `model.build_model` builds a network from the `model`
section of a configuration. Three contracts can be implemented outside the package, each with a
registry:

- `cells.Cell`, one step of a recurrence (`CELLS`);
- `attention.Attention`, the attention of queries to the source (`ATTENTIONS`);
- `decoder.Decoder`, an order of recurrence and attention (`decoders.DECODERS`).

`diagnostics` measures how far gradients reach through time.
"""
