"""Describers in use: texts about vectors, and how well they match given ones."""
