"""Settings of a run, section by section: names, ranges, defaults and descriptions.

A description says what the setting does, its unit, and its effect where that was measured. The file
imports no torch, so that a mistyped key is reported at once.
"""

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
    """Base class for the sections of a configuration.

    Unknown keys, infinity and NaN are refused, and a section cannot be changed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


_Fraction = Annotated[float, Field(ge=0, le=1)]


class DataConfig(Section):
    """Source, selection and augmentation of the training and dev text."""

    train: str | list[str] = Field(
        description="Training pairs: a file, a list of files, or the name of a dataset on the "
        "Hugging Face Hub.",
    )
    dev: str | list[str] = Field(
        description="Pairs that validation scores: a file, a list of files, or the name of a Hub "
        "dataset.",
    )
    source: str | int | None = Field(
        None,
        description="Source column: a name, a path such as 'translation.es', or a position from "
        "0. If null, the reader's default is used (in a TSV file, the first column).",
    )
    target: str | int | None = Field(
        None,
        description="Target column, as for source. If null, the reader's default is used (in a "
        "TSV file, the second column).",
    )
    directions: list[str] | None = Field(
        None,
        description="Directions of a multilingual model, such as [de-en, fr-en]. For each one, "
        "{source} and {target} in the other settings are replaced by its two languages.",
    )
    temperature: float = Field(
        1.0,
        ge=1,
        description="Sampling temperature over directions: a direction is drawn by its size to "
        "the power of 1 / temperature (Arivazhagan et al. 2019). Above 1, small directions are "
        "sampled more often.",
    )
    train_pairs: int | None = Field(
        None,
        gt=0,
        description="Maximum number of training pairs per direction, from the beginning of the "
        "text. If null, all of them are used.",
    )
    dev_pairs: int | None = Field(
        None,
        gt=0,
        description="Maximum number of dev pairs per direction, from the beginning of the text. "
        "If null, all of them are used.",
    )
    hub_config: str | None = Field(
        None,
        description="Configuration of a Hub dataset, such as 'en-es'.",
    )
    train_split: str | None = Field(
        None,
        description="Split of a Hub dataset that holds the training pairs.",
    )
    dev_split: str | None = Field(
        None,
        description="Split of a Hub dataset that holds the dev pairs.",
    )
    source_language: str = Field(
        "",
        description="Name of the source language, for the model card.",
    )
    target_language: str = Field(
        "",
        description="Name of the target language, for the model card.",
    )
    bleu_tokenizer: str | None = Field(
        None,
        description="sacreBLEU tokenizer of the target language, if not 13a: zh, ja-mecab, "
        "ko-mecab, char or intl.",
    )
    max_characters: int | None = Field(
        2000,
        gt=0,
        description="Maximum length of either side of a training pair in characters; longer pairs "
        "are dropped. If null, there is no limit.",
    )
    max_tokens: int = Field(
        100,
        gt=0,
        description="Maximum length of either side of a training pair in tokens; longer pairs are "
        "dropped.",
    )
    max_length_ratio: float | None = Field(
        None,
        gt=1,
        description="Maximum ratio of the longer side of a training pair to the shorter one, in "
        "characters. Pairs of at most 20 characters are never dropped. If null, there is no limit.",
    )
    drop_duplicates: bool = Field(
        True,
        description="Keep only the first of several equal training pairs.",
    )
    augment: dict[Annotated[str, _one_of("augmentation")], _Fraction] = Field(
        default_factory=dict,
        description="Fraction of the training pairs that each augmentation changes in an epoch, by "
        "its name: names (made-up names), noise (as people type: without full stops, capitals or "
        "accents), phrases (only a phrase) and recombine (a phrase of another pair). In "
        "recipes/as_typed, names: 0.5 and noise: 0.3 raise BLEU on such text from 31.1 to 52.3 and "
        "copy 7 of 10 unseen names instead of 2; phrases: 0.2 raises BLEU on phrases from 22.6 to "
        "35.0. phrases: 0.3 and recombine: 0.7 gain 0.9 and 1.0 dev BLEU with 3,000 pairs "
        "(recipes/low_resource), -1.3 and 0.6 in the few passes of recipes/ablation.",
    )
    streaming: bool = Field(
        False,
        description="Read the training pairs in blocks, so that they need not fit in memory.",
    )
    block_pairs: int = Field(
        100_000,
        gt=0,
        description="With streaming: number of pairs that are read, and shuffled among "
        "themselves, at a time.",
    )
    sample_pairs: int = Field(
        200_000,
        gt=0,
        description="With streaming: number of pairs, from the beginning of the text, that the "
        "tokenizer learns from.",
    )

    @model_validator(mode="after")
    def _fits(self) -> DataConfig:
        problems = []
        directions = self.directions or []
        if self.directions == []:
            problems.append("directions is empty: leave it out, or list some, such as de-en")
        for name in directions:
            languages = name.split("-")
            if len(languages) != 2 or not all(language.isidentifier() for language in languages):
                problems.append(
                    f"direction {name!r}: write two languages and a hyphen, such as de-en or "
                    "pt_BR-en"
                )
        if len(set(directions)) < len(directions):
            problems.append("directions lists one twice")
        places = [
            place
            for value in (self.train, self.dev)
            for place in ([value] if isinstance(value, str) else value)
        ]
        if directions and self.hub_config is None and not all("{" in place for place in places):
            problems.append(
                "with directions, train and dev must contain {lang}, {source} or {target}, so that "
                "each direction has its own files"
            )
        if self.streaming and self.temperature != 1:
            problems.append(
                "temperature must be left out with streaming, which does not know the size of "
                "each direction"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self


_TorchtextTokenizer = Annotated[str, _one_of("torchtext tokenizer", until=":")] | None


class TokenizerConfig(Section):
    """Segmentation of text into tokens."""

    type: Annotated[str, _one_of("tokenizer")] = Field(
        "bpe",
        description="Kind of token: bpe (Sennrich et al. 2016), truecased (BPE that writes the "
        "first word of a sentence as inside one), unigram (Kudo 2018), char or word. With 3,000 "
        "pairs, truecased gains 0.7 dev BLEU (docs/NOTES.md).",
    )
    vocab_size: int = Field(
        8000,
        gt=4,
        description="Number of tokens in the vocabulary, special tokens included. In "
        "recipes/ablation (30,000 pairs), 4,000 instead of 8,000 loses 2.2 dev BLEU and 2,000 "
        "loses 3.5; with 3,000 pairs 4,000 is as good as 8,000 (recipes/low_resource).",
    )
    target_vocab_size: int | None = Field(
        None,
        gt=4,
        description="Number of tokens in the target vocabulary, if it differs from vocab_size.",
    )
    joint: bool = Field(
        True,
        description="Use one vocabulary for both languages. By default true, unless the target "
        "has tokenizer settings of its own.",
    )
    byte_fallback: bool = Field(
        True,
        description="Spell unknown characters in bytes, so that nothing becomes <unk>.",
    )
    character_coverage: float = Field(
        1.0,
        ge=0.98,
        le=1,
        description="Fraction of the text's characters that the vocabulary covers; the rarest "
        "others are unknown. Values below 1 suit scripts with thousands of characters.",
    )
    normalization: Literal["identity", "nmt_nfkc", "nmt_nfkc_cf"] = Field(
        "nmt_nfkc",
        description="Unicode normalization by SentencePiece: identity (none), nmt_nfkc (NFKC, "
        "with spaces cleaned up) or nmt_nfkc_cf (also lowercased).",
    )
    min_count: int = Field(
        1,
        ge=1,
        description="Number of times that a token must occur in the training text to be in the "
        "vocabulary, for type word.",
    )
    torchtext: _TorchtextTokenizer = Field(
        None,
        description="torchtext tokenizer that splits text into words, for type word: "
        "basic_english, split, toktok, moses, revtok, subword or spacy:MODEL.",
    )
    target_torchtext: _TorchtextTokenizer = Field(
        None,
        description="torchtext tokenizer of the target side, if it differs from torchtext.",
    )
    sampling: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Strength of subword sampling in training: the dropout of BPE merges "
        "(Provilkov et al. 2020), or alpha for type unigram (Kudo 2018). 0.1 loses 4.7 dev BLEU "
        "with 3,000 pairs (docs/NOTES.md) and 3.9 in recipes/as_typed.",
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
                "tokens and one piece"
            )
        if self.joint and self.target_vocab_size not in (None, self.vocab_size):
            problems.append(
                "target_vocab_size must be left out with joint: true, because both languages "
                "share one vocabulary"
            )
        if (self.torchtext or self.target_torchtext) and self.type != "word":
            problems.append(
                f"torchtext must be left out with type {self.type}: only type word uses it"
            )
        if self.joint and self.target_torchtext not in (None, self.torchtext):
            problems.append(
                "target_torchtext must be left out with joint: true, because both languages "
                "share one tokenizer"
            )
        if self.sampling and self.type not in ("bpe", "truecased", "unigram"):
            problems.append(
                f"sampling must be 0 with type {self.type}, which segments a text in only one way"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self


def is_joint(tokenizer: dict[str, Any]) -> bool:
    """Return whether a section `tokenizer`, not yet validated, asks for a joint vocabulary."""
    apart = (
        tokenizer.get("target_vocab_size") is not None
        or tokenizer.get("target_torchtext") is not None
    )
    return tokenizer.get("joint", not apart) is not False


class ModelConfig(Section):
    """Architecture of the network."""

    cell: Annotated[str, _one_of("cell")] = Field(
        "ln-gru",
        description="Recurrent cell, such as lstm, gru, ln-gru (GRU with layer normalization) or "
        "ssru. After five minutes of training each, ln-gru is the best of eleven in "
        "recipes/compare_cells; layer normalization gains 2.0 dev BLEU in recipes/ablation.",
    )
    embedding_size: int = Field(
        256,
        gt=1,
        description="Width of the token embeddings of both sides.",
    )
    scale_embeddings: bool = Field(
        False,
        description="Multiply embeddings by the square root of their width. Without it, a GRU "
        "without layer normalization loses 7.9 dev BLEU in recipes/ablation; with layer "
        "normalization it makes no difference (docs/NOTES.md).",
    )
    hidden_size: int = Field(
        512,
        gt=1,
        description="Width of the decoder's state, and of the encoder's output; each direction of "
        "a bidirectional encoder has half of it.",
    )
    readout_size: int | None = Field(
        None,
        gt=1,
        description="Width of the vector that the output layer reads, if it differs from "
        "embedding_size. It can differ only with weight_tying: none.",
    )
    encoder_layers: int = Field(
        1,
        ge=1,
        description="Number of recurrent layers in the encoder.",
    )
    decoder_layers: int = Field(
        1,
        ge=1,
        description="Number of recurrent layers in the decoder.",
    )
    bidirectional: bool = Field(
        True,
        description="Let the encoder read the source in both directions (Schuster and Paliwal "
        "1997).",
    )
    transition_depth: int = Field(
        1,
        ge=1,
        description="Number of cells in a row within a time step, of which only the first one "
        "reads the input (Pascanu et al. 2014).",
    )
    residual: bool = Field(
        True,
        description="Add the input of each recurrent layer to its output, from the second layer "
        "on (He et al. 2016).",
    )
    attention: Annotated[str, _one_of("attention")] = Field(
        "bahdanau",
        description="Attention of the decoder: bahdanau (additive), luong-general, luong-dot, "
        "luong-concat, multi-head or none. luong-general is learned later: it loses 16.6 dev BLEU "
        "in the short runs of recipes/ablation.",
    )
    attention_heads: int = Field(
        8,
        ge=1,
        description="Number of heads of multi-head attention. It must divide hidden_size.",
    )
    coverage: bool = Field(
        False,
        description="Tell attention how much of each source position it has read so far (Tu et "
        "al. 2016; See et al. 2017). Only for bahdanau and luong-concat.",
    )
    lexical_model: bool = Field(
        False,
        description="Lexical model: also predict from the attended source embeddings (Nguyen and "
        "Chiang 2018). It gains 10.2 dev BLEU in the short runs of recipes/ablation, and 0.4 in "
        "the longer training of preset tiny (recipes/low_resource).",
    )
    char_ngrams: bool = Field(
        False,
        description="During training, compose each token's embedding of its own vector and those "
        "of its character n-grams (Bojanowski et al. 2017); the model that is kept is no larger. "
        "It gains 0.9 dev BLEU with 3,000 pairs (docs/NOTES.md).",
    )
    decoder_order: Annotated[str, _one_of("decoder order")] = Field(
        "fused",
        description="Order of the decoder's parts: fused (all target positions in a few large "
        "products), input-feeding (Luong et al. 2015) or bahdanau (attention before the cell). "
        "input-feeding is slower and changes dev BLEU by -0.1 in recipes/ablation.",
    )
    dropout: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="Probability that an activation is dropped in training (Srivastava et al. "
        "2014). In the few passes of recipes/ablation, 0.4 instead of 0.2 loses 11.6 dev BLEU; "
        "presets tiny and small have 0.3.",
    )
    dropout_over_time: bool = Field(
        False,
        description="Drop the same activations at all time steps of a sequence (Gal and "
        "Ghahramani 2016).",
    )
    word_dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Probability that the whole embedding of an input token is dropped in "
        "training (Sennrich et al. 2016). 0.1 loses 3.1 dev BLEU in the few passes of "
        "recipes/ablation.",
    )
    weight_norm: bool = Field(
        False,
        description="Train the length and the direction of each row of the weight matrices "
        "separately (Salimans and Kingma 2016).",
    )
    weight_tying: Literal["none", "two-way", "three-way"] = Field(
        "three-way",
        description="Matrices that are shared (Press and Wolf 2017): none, two-way (target "
        "embedding and output layer) or three-way (the source embedding too). By default "
        "three-way with a joint vocabulary, else two-way. In recipes/ablation, two-way gains 1.9 "
        "dev BLEU, three-way with a joint vocabulary 0.7.",
    )
    forget_bias: float = Field(
        1.0,
        description="Initial bias of the forget gates (Jozefowicz et al. 2015). With 0, 1 and 3, "
        "an LSTM with orthogonal matrices passes on 0.74, 0.94 and 1.02 of a gradient per time "
        "step (docs/NOTES.md).",
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


class TrainingConfig(Section):
    """Optimization, validation, and what a run keeps."""

    seed: int = Field(
        1,
        ge=0,
        lt=2**63,
        description="Seed of all random numbers: initial weights, order of the pairs, dropout and "
        "sampling.",
    )
    init_from: str | None = Field(
        None,
        description="Model directory to start from: its tokenizer, network and weights.",
    )
    init: Literal["continue", "new-rate", "fresh"] = Field(
        "fresh",
        description="What is taken from init_from: continue (weights, optimizer and schedule, as "
        "if training had not stopped), new-rate (weights and optimizer, with a new learning rate "
        "and schedule) or fresh (weights only).",
    )
    source_vectors: str | None = Field(
        None,
        description="Text file of word vectors (word2vec or GloVe) that initialize the source "
        "embeddings.",
    )
    target_vectors: str | None = Field(
        None,
        description="Text file of word vectors that initialize the target embeddings.",
    )
    precision: Literal["auto", "fp32", "bf16", "fp16", "fp64"] = Field(
        "auto",
        description="Number format of the matrix products: fp32, bf16, fp16 (GPU only) or fp64 "
        "(for checks). auto is bf16 where the processor computes in it, else fp32. bf16 trains "
        "1.5 to 1.7 times as fast as fp32 in docs/BENCHMARKS.md.",
    )
    max_steps: int = Field(
        10_000,
        gt=0,
        description="Number of optimizer steps to train for.",
    )
    max_minutes: float | None = Field(
        None,
        gt=0,
        description="Maximum duration of training in minutes, validations included. If null, only "
        "max_steps counts.",
    )
    batch_tokens: int = Field(
        1500,
        gt=0,
        description="Maximum size of a batch in tokens, over all processes: its sentences times "
        "its longest side, padding included. In recipes/ablation, with as many tokens seen, 350 "
        "instead of 700 gains 0.9 dev BLEU and 1,400 loses 4.9.",
    )
    batch_sentences: int | None = Field(
        None,
        gt=0,
        description="Number of pairs per batch, over all processes, whatever their length. If "
        "null, batch_tokens limits the batch instead.",
    )
    accumulate: int = Field(
        1,
        ge=1,
        description="Number of batches per optimizer step, whose gradients are added.",
    )
    optimizer: Annotated[str, _one_of("optimizer")] = Field(
        "adam",
        description="Optimizer: adam (Kingma and Ba 2015), adamw (Loshchilov and Hutter 2019), "
        "rmsprop, adadelta (Zeiler 2012) or sgd.",
    )
    learning_rate: float = Field(
        0.003,
        gt=0,
        description="Peak learning rate. 0.002 is better for cells without layer normalization, "
        "where 0.001 loses 8.6 dev BLEU and 0.004 loses 3.3 (recipes/ablation). adadelta needs 1.",
    )
    weight_decay: float = Field(
        0.0,
        ge=0,
        description="Weight decay: decoupled with adamw, an L2 penalty with the other optimizers.",
    )
    schedule: Annotated[str, _one_of("schedule")] = Field(
        "cosine",
        description="Learning-rate schedule after the warm-up: constant, inverse-sqrt (Vaswani et "
        "al. 2017), linear or cosine (both fall to 0 at the last step), or plateau (falls when "
        "validation stops improving).",
    )
    warmup_steps: int = Field(
        400,
        ge=0,
        description="Number of steps in which the learning rate rises linearly from 0.",
    )
    plateau_patience: int = Field(
        2,
        ge=1,
        description="With schedule plateau: number of validations without a new best before the "
        "learning rate falls.",
    )
    plateau_factor: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="With schedule plateau: factor by which the learning rate falls.",
    )
    clip_norm: float = Field(
        1.0,
        gt=0,
        allow_inf_nan=True,
        description="Maximum L2 norm of the gradient; a longer one is scaled down to it (Pascanu "
        "et al. 2013). .inf turns clipping off.",
    )
    label_smoothing: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Probability that is spread evenly over the vocabulary in the training target "
        "(Szegedy et al. 2016). 0.1 gains 0.7 dev BLEU in recipes/ablation.",
    )
    r_drop: float = Field(
        0.0,
        ge=0,
        description="Weight of R-Drop (Liang et al. 2021): each batch passes through the network "
        "twice, and the divergence of the two predictions is added to the loss; 0 is off. 5 gains "
        "3.1 dev BLEU with 3,000 pairs, loses 5.0 in the few passes of recipes/ablation, and a "
        "step takes 2.2 times as long (docs/NOTES.md).",
    )
    teacher_forcing: Annotated[str, _one_of("teacher-forcing schedule")] = Field(
        "constant",
        description="Schedule by which the teacher-forcing ratio falls from 1 to "
        "teacher_forcing_min: constant (at the minimum from the start), linear, exponential or "
        "inverse-sigmoid (scheduled sampling, Bengio et al. 2015).",
    )
    teacher_forcing_min: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Minimum fraction of decoder inputs that are reference tokens; the others are "
        "the model's own predictions. Falling linearly to 0.7 gains 1.4 dev BLEU greedily and "
        "loses 0.6 with beam 5 (docs/NOTES.md).",
    )
    teacher_forcing_steps: int | None = Field(
        None,
        gt=0,
        description="Number of steps over which the teacher-forcing ratio falls. If null, "
        "max_steps.",
    )
    ema: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Decay per step of an exponential moving average of the weights, which is "
        "then what is validated and kept. If null, there is none. 0.998 changes dev BLEU by -0.3 "
        "in recipes/ablation.",
    )
    coverage_loss: float = Field(
        1.0,
        ge=0,
        description="Weight of the loss for attending to the same source position again (See et "
        "al. 2017), in a model with coverage.",
    )
    trackers: list[str] = Field(
        default_factory=list,
        description="Experiment trackers that also receive the metrics, through Accelerate, such "
        "as [tensorboard].",
    )
    log_every: int = Field(
        50,
        gt=0,
        description="Number of steps between two lines of metrics.",
    )
    validate_every: int = Field(
        1000,
        gt=0,
        description="Number of steps between two validations.",
    )
    checkpoint_every: int = Field(
        1000,
        gt=0,
        description="Number of steps between two checkpoints, from which a run can resume.",
    )
    patience: int | None = Field(
        None,
        ge=1,
        description="Number of validations without a new best dev BLEU after which training stops "
        "early. If null, it does not.",
    )
    keep_last: int = Field(
        1,
        ge=1,
        description="Number of newest checkpoints to keep.",
    )
    keep_best: int = Field(
        1,
        ge=1,
        description="Number of best-scoring weights to keep.",
    )


class DecodingConfig(Section):
    """How the trained model translates, unless the request says otherwise."""

    strategy: Annotated[str, _one_of("search strategy")] = Field(
        "beam",
        description="Search strategy: beam, greedy, diverse-beam (Vijayakumar et al. 2018) or "
        "sampling.",
    )
    beam: int = Field(
        5,
        ge=1,
        description="Beam size; 1 is greedy search. 5 instead of 1 gains 1.3 BLEU in "
        "recipes/tatoeba_es_en.",
    )
    nbest: int = Field(
        1,
        ge=1,
        description="Number of translations returned per text; with a beam, at most its size.",
    )
    length_penalty: float = Field(
        1.0,
        ge=0,
        description="Exponent of GNMT's length penalty (Wu et al. 2016); a larger one prefers "
        "longer translations. Preset tiny has 1.3, against translations that end too soon "
        "(recipes/low_resource).",
    )
    coverage_penalty: float = Field(
        0.0,
        ge=0,
        description="Weight of GNMT's coverage penalty (Wu et al. 2016) for source words that "
        "attention has not read. 0.2 loses 1.1 dev BLEU on short sentences (docs/NOTES.md).",
    )
    groups: int | None = Field(
        None,
        ge=1,
        description="Number of groups of diverse-beam; it must divide the beam size. If null, "
        "each hypothesis is a group.",
    )
    diversity: float = Field(
        0.5,
        ge=0,
        description="Penalty of diverse-beam, in nats, for each hypothesis of an earlier group "
        "that has just taken the same token.",
    )
    temperature: float = Field(
        1.0,
        gt=0,
        description="Temperature of sampling: below 1 the distribution is sharper than the "
        "model's, above 1 flatter. 0.5 has 35.1 dev BLEU where 1 has 17.3 (docs/NOTES.md).",
    )
    top_k: int = Field(
        0,
        ge=0,
        description="Number of most likely tokens that sampling draws from (Fan et al. 2018); 0 "
        "is all of them.",
    )
    top_p: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Sampling draws from the smallest set of most likely tokens whose "
        "probabilities sum to this (nucleus sampling, Holtzman et al. 2020).",
    )
    seed: int = Field(
        0,
        ge=0,
        lt=2**63,
        description="Seed of sampling; the same text and seed give the same translation.",
    )
    no_repeat_ngram: int = Field(
        0,
        ge=0,
        description="Length in tokens of the n-grams that may occur only once in a translation; 0 "
        "is off. 3 changes dev BLEU by 0.1 (docs/NOTES.md).",
    )
    forbidden: list[str] = Field(
        default_factory=list,
        description="Words and phrases that a translation must not contain.",
    )
    min_length: int = Field(
        0,
        ge=0,
        description="Minimum length of a translation in tokens.",
    )
    mbr: int = Field(
        0,
        ge=0,
        description="Minimum Bayes risk: number of candidates, ranked by expected chrF; 0 is off. "
        "10 gains 0.2 dev BLEU and 0.4 chrF2 over the beam's best (docs/NOTES.md).",
    )
    split_sentences: bool = Field(
        False,
        description="Split a text into sentences and translate them one by one.",
    )
    max_length_ratio: float = Field(
        2.0,
        gt=0,
        description="Maximum length of a translation in tokens, relative to its source; "
        "max_length_extra is added.",
    )
    max_length_extra: int = Field(
        10,
        ge=0,
        description="Number of tokens added to the maximum length of a translation.",
    )
    max_source_length: int = Field(
        256,
        gt=0,
        description="Maximum length of a source in tokens; the rest is cut off.",
    )
