"""Toolkits that tools/benchmark.py compares with, each in an environment of its own."""
