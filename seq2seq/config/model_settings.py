"""Settings of the section `model`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from seq2seq.config import limits
from seq2seq.config.limits import AtMost
from seq2seq.config.section import OneOf, Section


class ModelConfig(Section):
    """Architecture of the network."""

    cell: Annotated[str, OneOf("cell")] = Field(
        "ln-gru",
        description="Recurrent cell: elman-tanh and elman-relu (Elman 1990), jordan (Jordan "
        "1986), gru (Cho et al. 2014), lstm (Hochreiter and Schmidhuber 1997), ln-gru and ln-lstm "
        "(the same with layer normalization, Ba et al. 2016), mingru and minlstm (Feng et al. "
        "2024), sru (Lei et al. 2018) or ssru (Kim et al. 2019).",
    )
    embedding_size: Annotated[int, AtMost(16_384, limits.MATRIX)] = Field(
        256,
        gt=1,
        description="Size of the token embeddings on both sides.",
    )
    scale_embeddings: bool = Field(
        False,
        description="Multiply embeddings by the square root of their size. Cells without layer "
        "normalization need it to learn early.",
    )
    hidden_size: Annotated[int, AtMost(16_384, limits.MATRIX)] = Field(
        512,
        gt=1,
        description="Size of the decoder state and of the encoder output; each direction of a "
        "bidirectional encoder has half of it.",
    )
    readout_size: Annotated[int | None, AtMost(16_384, limits.MATRIX)] = Field(
        None,
        gt=1,
        description="Size of the vector that the output layer reads. If null, embedding_size is "
        "used; another size needs weight_tying: none.",
    )
    encoder_layers: Annotated[int, AtMost(64, limits.STEPS)] = Field(
        1,
        ge=1,
        description="Number of recurrent layers in the encoder, stacked on one another.",
    )
    decoder_layers: Annotated[int, AtMost(64, limits.STEPS)] = Field(
        1,
        ge=1,
        description="Number of recurrent layers in the decoder, stacked on one another. Each one "
        "takes time at every step of a search.",
    )
    bidirectional: bool = Field(
        True,
        description="Encode the source in both directions (Schuster and Paliwal 1997).",
    )
    pooling: Literal["last", "mean", "max", "attention"] = Field(
        "attention",
        description="How the states of an encoder become one vector for a classifier: the last "
        "state of each direction, their mean, their maximum, or a mean weighted by attention "
        "(Yang et al. 2016). Only for task classification.",
    )
    vector_layers: Annotated[
        list[Annotated[int, Field(gt=1), AtMost(16_384, limits.MATRIX)]],
        AtMost(64, limits.STEPS),
    ] = Field(
        default_factory=list,
        description="Sizes of the hidden layers, with ReLU and dropout, between a vector and the "
        "initial state of the decoder, such as [512]. If empty, the map is linear. Only for task "
        "description.",
    )
    transition_depth: Annotated[int, AtMost(64, limits.STEPS)] = Field(
        1,
        ge=1,
        description="Number of cells applied one after another within a time step; only the first "
        "one reads the input (Pascanu et al. 2014).",
    )
    residual: bool = Field(
        True,
        description="Add the input of each recurrent layer to its output, from the second layer on "
        "(He et al. 2016).",
    )
    attention: Annotated[str, OneOf("attention")] = Field(
        "bahdanau",
        description="Attention mechanism: bahdanau (additive, Bahdanau et al. 2015), "
        "luong-general, luong-dot and luong-concat (Luong et al. 2015), multi-head (Vaswani et "
        "al. 2017) or none. luong-general takes longer to learn.",
    )
    attention_heads: Annotated[int, AtMost(1024, limits.STEPS)] = Field(
        8,
        ge=1,
        description="Number of heads of multi-head attention; it must divide hidden_size.",
    )
    coverage: bool = Field(
        False,
        description="Tell the attention how much of each source position it has read so far (Tu et "
        "al. 2016; See et al. 2017). Only for bahdanau and luong-concat.",
    )
    lexical_model: bool = Field(
        False,
        description="Predict target tokens also directly from the attended source embeddings "
        "(Nguyen and Chiang 2018).",
    )
    char_ngrams: bool = Field(
        False,
        description="In training, compose each token's embedding from a vector of its own and "
        "those of its character n-grams (Bojanowski et al. 2017); the saved model is no larger.",
    )
    decoder_order: Annotated[str, OneOf("decoder order")] = Field(
        "fused",
        description="Order of the decoder's parts: fused (all target positions in a few large "
        "matrix products), input-feeding (Luong et al. 2015) or bahdanau (attention before the "
        "cell). The last two compute one target position at a time in training, which is slower.",
    )
    dropout: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="Dropout probability of activations in training (Srivastava et al. 2014). "
        "Little text and many epochs need more of it.",
    )
    dropout_over_time: bool = Field(
        False,
        description="Use the same dropout mask at all time steps of a sequence (Gal and Ghahramani "
        "2016).",
    )
    word_dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Probability of dropping the whole embedding of an input token in training "
        "(Sennrich et al. 2016).",
    )
    weight_norm: bool = Field(
        False,
        description="Train the length and the direction of each weight matrix row separately "
        "(Salimans and Kingma 2016).",
    )
    weight_tying: Literal["none", "two-way", "three-way"] = Field(
        "three-way",
        description="Matrices to share (Press and Wolf 2017): none, two-way (target embedding and "
        "output layer) or three-way (the source embedding too). three-way by default with a joint "
        "vocabulary, otherwise two-way.",
    )
    forget_bias: Annotated[float, AtMost(1000, limits.OVERFLOW)] = Field(
        1.0,
        description="Initial bias of the forget gates (Jozefowicz et al. 2015), or of the update "
        "gates of a GRU. A larger bias keeps more of the state, and lets a gradient reach further "
        "back.",
    )

    @model_validator(mode="after")
    def _fits(self) -> ModelConfig:
        problems = []
        if self.bidirectional and self.hidden_size % 2:
            problems.append(
                f"hidden_size {self.hidden_size} must be even for a bidirectional encoder"
            )
        if self.attention == "multi-head" and self.hidden_size % self.attention_heads:
            problems.append(f"hidden_size {self.hidden_size} must be a multiple of attention_heads")
        if self.weight_tying != "none" and self.readout_size not in (None, self.embedding_size):
            problems.append(
                "readout_size must be left out unless weight_tying is none: tied matrices have "
                "the same width"
            )
        if self.lexical_model and self.attention == "none":
            problems.append(
                "lexical_model needs an attention other than none, to select the source words"
            )
        if self.lexical_model and self.readout_size not in (None, self.embedding_size):
            problems.append(
                "readout_size must be left out with lexical_model, whose output has the width of "
                "the embedding"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self
