"""Settings of the section `training`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from seq2seq.config import limits
from seq2seq.config.limits import AtMost
from seq2seq.config.section import OneOf, Section


class TrainingConfig(Section):
    """Optimization, validation and checkpoints."""

    seed: int = Field(
        1,
        ge=0,
        lt=2**63,
        description="Random seed for the initial weights, the order of the pairs, dropout and "
        "sampling.",
    )
    init_from: str | None = Field(
        None,
        description="Model to start from: a model directory, the name of a shipped model such as "
        "es-en, or a Hub name. Its tokenizer, network and weights are used.",
    )
    init: Literal["continue", "new-rate", "fresh"] = Field(
        "fresh",
        description="State to take from init_from: continue (weights, optimizer and schedule, as "
        "if training had not stopped), new-rate (weights and optimizer, with a new learning rate "
        "and schedule) or fresh (weights only).",
    )
    tokenizers_from: str | None = Field(
        None,
        description="Model whose tokenizers and text steps are used instead of new ones, so that "
        "a language model and a translation model have one vocabulary.",
    )
    init_decoder_from: str | None = Field(
        None,
        description="Language model to start the decoder from: its embedding, cells, readout and "
        "output layer are copied. Both need the same target tokenizer (tokenizers_from).",
    )
    source_vectors: str | None = Field(
        None,
        description="Text file of word vectors (word2vec or GloVe) to initialize the source "
        "embeddings with.",
    )
    target_vectors: str | None = Field(
        None,
        description="Text file of word vectors (word2vec or GloVe) to initialize the target "
        "embeddings with.",
    )
    precision: Literal["auto", "fp32", "bf16", "fp16", "fp64"] = Field(
        "auto",
        description="Number format of matrix products: fp32, bf16, fp16 (GPU only) or fp64 (for "
        "checks). auto uses bf16 if the hardware computes in it, otherwise fp32.",
    )
    max_steps: Annotated[int, AtMost(10**9, limits.COUNT)] = Field(
        10_000,
        gt=0,
        description="Maximum number of optimizer steps.",
    )
    max_minutes: Annotated[float | None, AtMost(10**7, limits.COUNT)] = Field(
        None,
        gt=0,
        description="Maximum training time in minutes, validation included. If null, there is no "
        "time limit.",
    )
    batch_tokens: Annotated[int, AtMost(10**8, limits.MEMORY)] = Field(
        1500,
        gt=0,
        description="Maximum batch size in tokens over all processes: number of sentences times "
        "the longest side, padding included.",
    )
    batch_sentences: Annotated[int | None, AtMost(10**7, limits.MEMORY)] = Field(
        None,
        gt=0,
        description="Number of pairs per batch over all processes, whatever their length. If null, "
        "batch_tokens sets the batch size.",
    )
    truncate_after: Annotated[int | None, AtMost(10**6, limits.MEMORY)] = Field(
        64,
        ge=1,
        description="Number of steps after which backpropagation through time is truncated; the "
        "state is carried over. With 1, training is online; if null, it is never truncated, and "
        "the whole text must fit into batch_tokens. Only for task language-model.",
    )
    accumulate: Annotated[int, AtMost(10**6, limits.COUNT)] = Field(
        1,
        ge=1,
        description="Number of batches per optimizer step; their gradients are summed.",
    )
    optimizer: Annotated[str, OneOf("optimizer")] = Field(
        "adam",
        description="Optimizer: adam (Kingma and Ba 2015), adamw (Loshchilov and Hutter 2019), "
        "rmsprop, adadelta (Zeiler 2012) or sgd.",
    )
    learning_rate: Annotated[float, AtMost(1000, limits.OVERFLOW)] = Field(
        0.003,
        gt=0,
        description="Peak learning rate. Cells without layer normalization train better with "
        "0.002, and the optimizer adadelta needs 1.",
    )
    weight_decay: Annotated[float, AtMost(1000, limits.OVERFLOW)] = Field(
        0.0,
        ge=0,
        description="Weight decay: decoupled with adamw, an L2 penalty with the other optimizers.",
    )
    schedule: Annotated[str, OneOf("schedule")] = Field(
        "cosine",
        description="Learning-rate schedule after the warm-up: constant, inverse-sqrt (Vaswani et "
        "al. 2017), linear or cosine (both fall to 0 at the last step), or plateau (falls when "
        "validation stops improving).",
    )
    warmup_steps: Annotated[int, AtMost(10**9, limits.COUNT)] = Field(
        400,
        ge=0,
        description="Number of warm-up steps, in which the learning rate rises linearly from 0.",
    )
    plateau_patience: Annotated[int, AtMost(10**9, limits.COUNT)] = Field(
        2,
        ge=1,
        description="Number of validations without a new best score before the learning rate "
        "falls. Only for schedule plateau.",
    )
    plateau_factor: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="Factor that the learning rate is multiplied by when it falls. Only for "
        "schedule plateau.",
    )
    clip_norm: float = Field(
        1.0,
        gt=0,
        allow_inf_nan=True,
        description="Maximum L2 norm of the gradient; a larger gradient is scaled down to it "
        "(Pascanu et al. 2013). .inf turns clipping off.",
    )
    label_smoothing: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Probability mass of the training target that is spread evenly over the "
        "vocabulary (Szegedy et al. 2016).",
    )
    r_drop: Annotated[float, AtMost(1000, limits.OVERFLOW)] = Field(
        0.0,
        ge=0,
        description="Weight of the R-Drop loss (Liang et al. 2021), the divergence between the "
        "predictions of two passes over each batch; 0 is off. It suits little text and many "
        "epochs, and needs dropout.",
    )
    teacher_forcing: Annotated[str, OneOf("teacher-forcing schedule")] = Field(
        "constant",
        description="Schedule of the teacher-forcing ratio, which falls from 1 to "
        "teacher_forcing_min: constant (at the minimum from the start), linear, exponential or "
        "inverse-sigmoid (scheduled sampling, Bengio et al. 2015).",
    )
    teacher_forcing_min: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Minimum teacher-forcing ratio: the fraction of decoder inputs that are "
        "reference tokens instead of the model's own predictions.",
    )
    teacher_forcing_steps: Annotated[int | None, AtMost(10**9, limits.COUNT)] = Field(
        None,
        gt=0,
        description="Number of steps over which the teacher-forcing ratio falls. If null, "
        "max_steps is used.",
    )
    ema: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Decay per step of an exponential moving average of the weights, which is "
        "validated and saved in their place. If null, there is no average.",
    )
    coverage_loss: Annotated[float, AtMost(1000, limits.OVERFLOW)] = Field(
        1.0,
        ge=0,
        description="Weight of the coverage loss, which penalizes attending to the same source "
        "position again (See et al. 2017). Only with model.coverage.",
    )
    trackers: Annotated[list[str], AtMost(100, limits.NAMES)] = Field(
        default_factory=list,
        description="Experiment trackers that also receive the metrics through Accelerate, such as "
        "[tensorboard].",
    )
    log_every: Annotated[int, AtMost(10**9, limits.COUNT)] = Field(
        50,
        gt=0,
        description="Number of steps between two log entries.",
    )
    validate_every: Annotated[int, AtMost(10**9, limits.COUNT)] = Field(
        1000,
        gt=0,
        description="Number of steps between two validations.",
    )
    validate_first: bool = Field(
        False,
        description="Validate before the first step too, so that the initial weights are kept if "
        "none are better.",
    )
    checkpoint_every: Annotated[int, AtMost(10**9, limits.COUNT)] = Field(
        1000,
        gt=0,
        description="Number of steps between two checkpoints, from which a run can resume.",
    )
    patience: Annotated[int | None, AtMost(10**9, limits.COUNT)] = Field(
        None,
        ge=1,
        description="Number of validations without a new best dev BLEU before training stops "
        "early. If null, it never stops early.",
    )
    keep_last: Annotated[int, AtMost(10_000, limits.FILES)] = Field(
        1,
        ge=1,
        description="Number of most recent checkpoints to keep.",
    )
    keep_best: Annotated[int, AtMost(10_000, limits.FILES)] = Field(
        1,
        ge=1,
        description="Number of best-scoring sets of weights to keep.",
    )
