"""Translate with CTranslate2 in int8."""

import ctranslate2
from timing import answer


def load(request):
    """Return a function that translates lists of pieces; each thread has its own sentences."""
    alone = request["alone"]
    translator = ctranslate2.Translator(
        request["model"],
        device="cpu",
        compute_type="int8",
        inter_threads=1 if alone else request["threads"],
        intra_threads=request["threads"] if alone else 1,
    )

    def translate(pieces):
        found = translator.translate_batch(
            pieces, beam_size=request["beam"], max_batch_size=64, max_decoding_length=128
        )
        return [one.hypotheses[0] for one in found]

    return translate


answer(load)
