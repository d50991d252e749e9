"""Text pairs from files, the Hub and torchtext: read, filtered, by direction."""
