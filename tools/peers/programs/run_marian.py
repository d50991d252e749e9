"""Translate with Marian."""

from pathlib import Path

import pymarian
from timing import answer


def load(request):
    """Return a function that translates lists of pieces in batches of 64."""
    folder = Path(request["model"]).parent
    translator = pymarian.Translator(
        models=request["model"],
        vocabs=[str(folder / "source.yml"), str(folder / "target.yml")],
        beam_size=request["beam"],
        normalize=1,
        cpu_threads=1 if request["alone"] else request["threads"],
        mini_batch=64,
        maxi_batch=100,
        maxi_batch_sort="src",
        max_length_factor=3,
        quiet="",
        quiet_translation="",
    )

    def translate(pieces):
        found = translator.translate([" ".join(line) for line in pieces])
        return [one.split(" ") for one in found]

    return translate


answer(load)
