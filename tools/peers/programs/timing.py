"""Take the time of a peer, inside its environment: a request as JSON in, the timing as JSON out."""

import json
import sys
import time

import sentencepiece


def answer(load):
    """Read a request, translate its sources, and print the seconds and the texts.

    Args:
        load: Called with the request; returns a function from lists of pieces to lists of pieces.
            It is given sentences in the order of the request.
    """
    request = json.load(sys.stdin)
    reader = sentencepiece.SentencePieceProcessor(model_file=request["source_pieces"])
    writer = sentencepiece.SentencePieceProcessor(model_file=request["target_pieces"])
    translate_pieces = load(request)

    def translate(texts):
        pieces = [reader.encode(text, out_type=str) for text in texts]
        return [writer.decode(found) for found in translate_pieces(pieces)]

    sources = request["sources"]
    if request["alone"]:
        for source in sources[: request["warm_up"]]:
            translate([source])
        seconds = []
        texts = []
        for source in sources:
            began = time.perf_counter()
            texts += translate([source])
            seconds.append(time.perf_counter() - began)
    else:
        translate(sources[: request["warm_up"]])
        began = time.perf_counter()
        texts = translate(sources)
        seconds = [time.perf_counter() - began]
    print(json.dumps({"seconds": seconds, "texts": texts}))
