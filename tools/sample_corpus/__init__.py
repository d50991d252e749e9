"""The grammar and lexicon that write the sample Spanish-English corpus (see
tools/make_sample_corpus.py)."""
