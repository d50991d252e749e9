"""From text to batches: corpora, tokenizers, alignment, augmentation, the batch plan."""
