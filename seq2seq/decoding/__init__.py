"""Searches for the best translation: greedy, beam, diverse beam, constrained and sampling.

The room takes a step function and gives hypotheses as ids. It sees neither a model nor text.
"""
