"""Pairs of texts: from files, the Hub and torchtext, filtered, by direction."""
