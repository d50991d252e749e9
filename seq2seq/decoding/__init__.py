"""Searches for the best translation: greedy, beam, diverse beam, constrained and sampling.

Every search takes a step function and returns hypotheses as token ids. It sees neither the
model nor text.
"""
