"""The settings of a run, section by section: their names, ranges and defaults, and what they mean.

This file knows the settings, not what they do; it imports no torch, so that a mistyped key is said
at once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from seq2seq.config.names import plugin_of, problem_with_name


def _one_of(kind: str, until: str | None = None) -> AfterValidator:
    """Return a validator for names of this kind; with `until`, of the part before that character.

    The plug-in that a name comes from is added to the validation's context, a set.
    """

    def check(value: str, info: ValidationInfo) -> str:
        name = value.partition(until)[0] if until else value
        if (problem := problem_with_name(kind, name)) is not None:
            raise ValueError(problem)
        if isinstance(info.context, set) and (plugin := plugin_of(kind, name)) is not None:
            info.context.add(plugin)
        return value

    return AfterValidator(check)


class Section(BaseModel):
    """What sections have in common: no unknown key, no change, no infinity or NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


_Fraction = Annotated[float, Field(ge=0, le=1)]


class DataConfig(Section):
    """Where the text comes from and which pairs are kept."""

    train: str | list[str] = Field(description="file, files or Hub name of the training pairs")
    dev: str | list[str] = Field(
        description="file, files or Hub name of the pairs that validation scores"
    )
    source: str | int | None = Field(
        None, description="source column: a name, 'translation.es', or a position"
    )
    target: str | int | None = Field(None, description="target column, likewise")
    directions: list[str] | None = Field(
        None,
        description="such as [de-en, fr-en]: for each, {source} and {target} in the other "
        "settings are replaced",
    )
    temperature: float = Field(
        1.0, ge=1, description="of several directions: the higher, the more often small ones come"
    )
    train_pairs: int | None = Field(
        None, gt=0, description="read so many training pairs alone, the first of each direction"
    )
    dev_pairs: int | None = Field(
        None, gt=0, description="score so many dev pairs alone, the first, of each direction"
    )
    hub_config: str | None = Field(
        None, description="configuration of a Hub dataset, such as 'en-es'"
    )
    train_split: str | None = Field(
        None, description="split of a Hub dataset that holds the training pairs"
    )
    dev_split: str | None = Field(
        None, description="split of a Hub dataset that holds the dev pairs"
    )
    source_language: str = Field("", description="for the model card: what is translated from")
    target_language: str = Field("", description="for the model card: what is translated to")
    bleu_tokenizer: str | None = Field(
        None,
        description="sacrebleu's for the target, if not 13a: char or ja-mecab, zh, ko-mecab, intl",
    )
    max_characters: int | None = Field(
        2000, gt=0, description="training pairs with a longer side are dropped"
    )
    max_tokens: int = Field(
        100, gt=0, description="training pairs with a side of more subwords are dropped"
    )
    max_length_ratio: float | None = Field(
        None, gt=1, description="training pairs more unequal than this are dropped"
    )
    drop_duplicates: bool = Field(True, description="keep one of several equal training pairs")
    augment: dict[Annotated[str, _one_of("augmentation")], _Fraction] = Field(
        default_factory=dict,
        description="fraction of the training pairs that an augmentation changes in each epoch, by "
        "its name: recombine (a phrase takes the place of another pair's), phrases (only a phrase "
        "is shown), names (made-up names), noise (as people type: no stop, capital, accents)",
    )
    streaming: bool = Field(
        False, description="read training pairs block by block: they need not fit in memory"
    )
    block_pairs: int = Field(
        100_000, gt=0, description="streaming: pairs read, and shuffled among themselves, at a time"
    )
    sample_pairs: int = Field(
        200_000, gt=0, description="streaming: the tokenizer learns from so many, the first"
    )

    @model_validator(mode="after")
    def _fits(self) -> DataConfig:
        problems = []
        directions = self.directions or []
        if self.directions == []:
            problems.append("directions is empty: leave it out, or name some, such as de-en")
        for name in directions:
            languages = name.split("-")
            if len(languages) != 2 or not all(language.isidentifier() for language in languages):
                problems.append(
                    f"direction {name!r}: write two languages and a hyphen, such as de-en or "
                    "pt_BR-en"
                )
        if len(set(directions)) < len(directions):
            problems.append("directions names one twice")
        places = [
            place
            for value in (self.train, self.dev)
            for place in ([value] if isinstance(value, str) else value)
        ]
        if directions and self.hub_config is None and not all("{" in place for place in places):
            problems.append(
                "with directions, train and dev hold {lang}, {source} or {target} to tell files "
                "apart"
            )
        if self.streaming and self.temperature != 1:
            problems.append(
                "temperature must be left out with streaming, which does not know the sizes of "
                "directions"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self


_TorchtextTokenizer = Annotated[str, _one_of("torchtext tokenizer", until=":")] | None


class TokenizerConfig(Section):
    """How text becomes ids."""

    type: Annotated[str, _one_of("tokenizer")] = Field(
        "bpe",
        description="bpe, truecased (bpe of words as they are inside sentences), unigram, char "
        "or word",
    )
    vocab_size: int = Field(8000, gt=4)
    target_vocab_size: int | None = Field(
        None, gt=4, description="of the target side, if not vocab_size"
    )
    joint: bool = Field(
        True,
        description="one vocabulary for both languages; unless given, false if the target has "
        "settings of its own",
    )
    byte_fallback: bool = Field(
        True, description="spell what is unknown in bytes, so that nothing is <unk>"
    )
    character_coverage: float = Field(1.0, ge=0.98, le=1)
    normalization: Literal["identity", "nmt_nfkc", "nmt_nfkc_cf"] = "nmt_nfkc"
    min_count: int = Field(1, ge=1, description="of a word-level token, to be in the vocabulary")
    torchtext: _TorchtextTokenizer = Field(
        None,
        description="of type word, torchtext's tokenizer: basic_english, split, toktok, moses, "
        "spacy:MODEL, revtok",
    )
    target_torchtext: _TorchtextTokenizer = Field(
        None, description="of the target side, if not torchtext"
    )
    sampling: float = Field(
        0.0, ge=0, lt=1, description="subword sampling in training (BPE dropout, unigram alpha)"
    )

    @model_validator(mode="before")
    @classmethod
    def _joint_by_default(cls, given: Any) -> Any:
        return {"joint": is_joint(given), **given} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _fits(self) -> TokenizerConfig:
        problems = []
        if (
            self.byte_fallback
            and self.type != "word"
            and min(self.vocab_size, self.target_vocab_size or 261) < 261
        ):
            problems.append(
                "vocab_size must be at least 261 with byte_fallback: 256 bytes, 4 special "
                "tokens, a piece"
            )
        if self.joint and self.target_vocab_size not in (None, self.vocab_size):
            problems.append(
                "target_vocab_size must be left out with joint: true, as one vocabulary has one "
                "size"
            )
        if (self.torchtext or self.target_torchtext) and self.type != "word":
            problems.append(
                f"torchtext must be left out with type {self.type}: it is how type word can cut "
                "text"
            )
        if self.joint and self.target_torchtext not in (None, self.torchtext):
            problems.append(
                "target_torchtext must be left out with joint: true, as one vocabulary has one "
                "tokenizer"
            )
        if self.sampling and self.type not in ("bpe", "truecased", "unigram"):
            problems.append(
                f"sampling must be 0 with type {self.type}, which has one segmentation of a text"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self


def is_joint(tokenizer: dict[str, Any]) -> bool:
    """Whether a section `tokenizer`, not yet validated, asks for one vocabulary."""
    apart = (
        tokenizer.get("target_vocab_size") is not None
        or tokenizer.get("target_torchtext") is not None
    )
    return tokenizer.get("joint", not apart) is not False


class ModelConfig(Section):
    """The shape of the network."""

    cell: Annotated[str, _one_of("cell")] = "ln-gru"
    embedding_size: int = Field(256, gt=1)
    scale_embeddings: bool = Field(
        False, description="multiply embeddings by the square root of their size"
    )
    hidden_size: int = Field(
        512, gt=1, description="of the decoder, and of the encoder's two directions together"
    )
    readout_size: int | None = Field(
        None,
        gt=1,
        description="width of what a token is predicted from, if not embedding_size "
        "(weight_tying: none)",
    )
    encoder_layers: int = Field(1, ge=1)
    decoder_layers: int = Field(1, ge=1)
    bidirectional: bool = True
    transition_depth: int = Field(
        1, ge=1, description="cells in a row in a time step, of which one reads the input"
    )
    residual: bool = Field(
        True, description="add a layer's input to its output, from the second layer on"
    )
    attention: Annotated[str, _one_of("attention")] = "bahdanau"
    attention_heads: int = Field(8, ge=1, description="of multi-head attention")
    coverage: bool = Field(
        False, description="let attention see what it has read (bahdanau and luong-concat)"
    )
    lexical_model: bool = Field(
        False,
        description="let the source words that are attended to say by themselves what comes next",
    )
    char_ngrams: bool = Field(
        False,
        description="in training, make tokens' vectors of their own and those of the letters "
        "they are spelt with",
    )
    decoder_order: Annotated[str, _one_of("decoder order")] = "fused"
    dropout: float = Field(0.2, ge=0, lt=1)
    dropout_over_time: bool = Field(
        False, description="drop the same of each time step of a sequence"
    )
    word_dropout: float = Field(
        0.0, ge=0, lt=1, description="share of input tokens whose embedding is dropped whole"
    )
    weight_norm: bool = Field(
        False, description="train direction and length of the rows of matrices apart"
    )
    weight_tying: Literal["none", "two-way", "three-way"] = Field(
        "three-way",
        description="two-way: target embedding and output; three-way: the source embedding too, "
        "for a joint "
        "vocabulary; unless given, as far as the vocabulary allows",
    )
    forget_bias: float = Field(1.0, description="of the gates that forget, at the start")

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
                "readout_size must be left out unless weight_tying is none: a tied weight has "
                "one width"
            )
        if self.lexical_model and self.attention == "none":
            problems.append(
                "lexical_model needs an attention: it says which source words to look at"
            )
        if self.lexical_model and self.readout_size not in (None, self.embedding_size):
            problems.append(
                "readout_size must be left out with lexical_model, which is as wide as the embedding"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self


class TrainingConfig(Section):
    """The optimisation and what is kept of it."""

    seed: int = Field(1, ge=0, lt=2**63)
    init_from: str | None = Field(
        None, description="model directory to start from: its tokenizer, network and weights"
    )
    init: Literal["continue", "new-rate", "fresh"] = Field(
        "fresh",
        description="continue as it was, with its optimizer at a new rate, or with a fresh "
        "optimizer",
    )
    source_vectors: str | None = Field(
        None, description="text file of word vectors that source embeddings begin as"
    )
    target_vectors: str | None = Field(None, description="the same for the target")
    precision: Literal["auto", "fp32", "bf16", "fp16", "fp64"] = Field(
        "auto",
        description="auto: bf16 where the processor computes in it, else fp32; fp64 for checks",
    )
    max_steps: int = Field(10_000, gt=0, description="optimizer steps")
    max_minutes: float | None = Field(
        None,
        gt=0,
        description="stop after so many, validations included, if max_steps have not come before",
    )
    batch_tokens: int = Field(
        1500, gt=0, description="padded positions of a batch on its longer side, over all ranks"
    )
    batch_sentences: int | None = Field(
        None, gt=0, description="pairs of a batch, whatever their length, instead"
    )
    accumulate: int = Field(1, ge=1, description="batches to an optimizer step")
    optimizer: Annotated[str, _one_of("optimizer")] = "adam"
    learning_rate: float = Field(
        0.003, gt=0, description="without layer normalisation 0.002; adadelta wants 1"
    )
    weight_decay: float = Field(0.0, ge=0)
    schedule: Annotated[str, _one_of("schedule")] = "cosine"
    warmup_steps: int = Field(400, ge=0)
    plateau_patience: int = Field(
        2, ge=1, description="validations without a new best before plateau lowers the rate"
    )
    plateau_factor: float = Field(0.5, gt=0, lt=1)
    clip_norm: float = Field(
        1.0, gt=0, allow_inf_nan=True, description="the gradient's norm is cut to this; .inf: never"
    )
    label_smoothing: float = Field(0.1, ge=0, lt=1)
    r_drop: float = Field(
        0.0,
        ge=0,
        description="pass each batch through twice and bring together, by this weight, what "
        "dropout makes of it",
    )
    teacher_forcing: Annotated[str, _one_of("teacher-forcing schedule")] = Field(
        "constant",
        description="constant, linear, exponential or inverse-sigmoid: how its share falls to "
        "the least",
    )
    teacher_forcing_min: float = Field(
        1.0,
        ge=0,
        le=1,
        description="share of input tokens that are the known ones; of the others, the model's own",
    )
    teacher_forcing_steps: int | None = Field(
        None, gt=0, description="steps to fall over, if not max_steps"
    )
    ema: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="decay of a moving average of the weights, which is what is scored and kept",
    )
    coverage_loss: float = Field(
        1.0, ge=0, description="weight of reading twice, for a model with coverage"
    )
    trackers: list[str] = Field(
        default_factory=list, description="where figures go too, such as [tensorboard]"
    )
    log_every: int = Field(50, gt=0, description="steps between two lines of metrics")
    validate_every: int = Field(1000, gt=0, description="steps between validations")
    checkpoint_every: int = Field(
        1000, gt=0, description="steps between checkpoints to resume from"
    )
    patience: int | None = Field(
        None, ge=1, description="stop after so many validations without a new best"
    )
    keep_last: int = Field(1, ge=1, description="newest checkpoints kept")
    keep_best: int = Field(1, ge=1, description="best weights kept")


class DecodingConfig(Section):
    """How the trained model translates unless told otherwise."""

    strategy: Annotated[str, _one_of("search strategy")] = "beam"
    beam: int = Field(5, ge=1, description="1 is greedy")
    nbest: int = Field(
        1, ge=1, description="Number of translations returned per text, at most the beam."
    )
    length_penalty: float = Field(1.0, ge=0, description="exponent of GNMT's length penalty")
    coverage_penalty: float = Field(
        0.0, ge=0, description="weight of GNMT's penalty for a source that was not read"
    )
    groups: int | None = Field(
        None, ge=1, description="of a diverse beam; by default as many as the beam"
    )
    diversity: float = Field(
        0.5, ge=0, description="of a diverse beam: what a token costs that another group took"
    )
    temperature: float = Field(
        1.0, gt=0, description="of sampling: below 1 sharper, above flatter than the model"
    )
    top_k: int = Field(
        0, ge=0, description="of sampling: the likeliest tokens to draw from; 0 is all of them"
    )
    top_p: float = Field(
        1.0, gt=0, le=1, description="of sampling: the share that the likeliest tokens must hold"
    )
    seed: int = Field(
        0,
        ge=0,
        lt=2**63,
        description="of sampling: the same text and seed give the same translation",
    )
    no_repeat_ngram: int = Field(
        0, ge=0, description="so many subwords in a row do not come twice; 0: they may"
    )
    forbidden: list[str] = Field(
        default_factory=list, description="words and phrases never to be written"
    )
    min_length: int = Field(0, ge=0, description="a translation's shortest length, in subwords")
    mbr: int = Field(
        0,
        ge=0,
        description="of so many candidates take the one most like the others by chrF; 0: not so",
    )
    split_sentences: bool = Field(False, description="translate the sentences of a text one by one")
    max_length_ratio: float = Field(
        2.0, gt=0, description="a translation's longest length: ratio * source + extra"
    )
    max_length_extra: int = Field(10, ge=0)
    max_source_length: int = Field(256, gt=0, description="a longer source is cut, in subwords")
