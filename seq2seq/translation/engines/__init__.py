"""Engines: what turns source ids into hypotheses, in PyTorch or in C."""
