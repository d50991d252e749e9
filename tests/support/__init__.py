"""What several tests share: tiny models, a stand-in for the Hub, searches small enough to
enumerate."""
