"""Translate with eole."""

import warnings

warnings.filterwarnings("ignore")  # about extensions for GPUs that are not there

import torch  # noqa: E402
from eole.config.run import PredictConfig  # noqa: E402
from eole.inference_engine import InferenceEnginePY  # noqa: E402
from timing import answer  # noqa: E402


def load(request):
    """Return a function that translates lists of pieces in batches of 64."""
    torch.set_num_threads(request["threads"])
    config = PredictConfig(
        model_path=[request["model"]],
        src="unused",
        beam_size=request["beam"],
        batch_size=64,
        batch_type="sents",
        max_length=128,
        gpu_ranks=[],
        world_size=1,
        log_file="/dev/null",
    )
    engine = InferenceEnginePY(config)

    def translate(pieces):
        _, _, found = engine.infer_list([" ".join(line) for line in pieces])
        return [one[0].split(" ") for one in found]

    return translate


answer(load)
