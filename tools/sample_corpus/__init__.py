"""Grammar and lexicon of the sample Spanish-English corpus (see tools/make_sample_corpus.py)."""
