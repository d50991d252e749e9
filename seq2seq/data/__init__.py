"""From text to batches: lines, corpora, tokenizers, the batch plan. This room knows no model."""
