"""Registry of tokenizers, with those that come with the package."""

from __future__ import annotations

from seq2seq.data.tokenizers.base import Tokenizer
from seq2seq.data.tokenizers.sentencepieces import BPETokenizer, CharTokenizer, UnigramTokenizer
from seq2seq.data.tokenizers.truecased import TruecasedTokenizer
from seq2seq.data.tokenizers.words import WordTokenizer
from seq2seq.registry import Registry

TOKENIZERS = Registry[type[Tokenizer]]("tokenizer")
TOKENIZERS.register("bpe")(BPETokenizer)
TOKENIZERS.register("truecased")(TruecasedTokenizer)
TOKENIZERS.register("unigram")(UnigramTokenizer)
TOKENIZERS.register("char")(CharTokenizer)
TOKENIZERS.register("word")(WordTokenizer)
