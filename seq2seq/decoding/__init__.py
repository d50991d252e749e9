"""The search for a translation: it takes a step function and never sees a model. Importing this
registers them all."""

from seq2seq.decoding import beam, diverse, greedy, sampling  # noqa: F401 - they enter the registry
