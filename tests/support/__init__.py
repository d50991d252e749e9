"""Helpers that several tests share: tiny models, a stand-in for the Hub, small searches."""
