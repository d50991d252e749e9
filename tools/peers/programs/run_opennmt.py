"""Translate with OpenNMT-py."""

import onmt.opts
import torch
from onmt.inference_engine import InferenceEnginePY
from onmt.utils.parse import ArgumentParser
from timing import answer


def load(request):
    """Return a function that translates lists of pieces in batches of 64."""
    torch.set_num_threads(request["threads"])
    parser = ArgumentParser()
    onmt.opts.translate_opts(parser)
    options = parser.parse_args(
        [
            *["-model", request["model"], "-src", "unused", "-beam_size", str(request["beam"])],
            *["-batch_size", "64", "-batch_type", "sents", "-max_length", "128"],
            *["-log_file", "/dev/null", "-gpu", "-1"],
        ]
    )
    ArgumentParser.validate_translate_opts(options)
    ArgumentParser._get_all_transform_translate(options)
    ArgumentParser._validate_transforms_opts(options)
    ArgumentParser.validate_translate_opts_dynamic(options)
    engine = InferenceEnginePY(options)

    def translate(pieces):
        _, found = engine.infer_list([" ".join(line) for line in pieces])
        return [one[0].split(" ") for one in found]

    return translate


answer(load)
