"""Native kernels for training on a CPU, as operations of PyTorch.

`recurrence` computes all steps of a GRU or LSTM in one call, with or without layer normalization.
The sources in C are in `native/`. PyTorch's own operations remain the reference, and run wherever
there is no kernel.
"""

from seq2seq.kernels.attention import attention_gradients, attention_scores
from seq2seq.kernels.products import use_fast_products
from seq2seq.kernels.recurrence import Norms, recurrence, supports
from seq2seq.kernels.softmax import cross_entropy_, has_cross_entropy

__all__ = [
    "Norms",
    "attention_gradients",
    "attention_scores",
    "cross_entropy_",
    "has_cross_entropy",
    "recurrence",
    "supports",
    "use_fast_products",
]
