"""Gradients through time: measured, explained, and shown on a task that asks for memory."""
