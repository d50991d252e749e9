"""Architectures as the C library wants them."""

from __future__ import annotations

from seq2seq.config.model_settings import ModelConfig
from seq2seq.engine.arguments import checked
from seq2seq.engine.interface import ATTENTIONS, CELLS, ORDERS, TYINGS, CConfig


def unsupported(config: ModelConfig) -> str:
    """Return the setting that the library does not support, such as "model.cell=jordan", or ""."""
    if config.cell not in CELLS:
        return f"model.cell={config.cell}"
    if config.attention not in (*ATTENTIONS, "luong-concat"):
        return f"model.attention={config.attention}"
    if config.decoder_order not in ORDERS:
        return f"model.decoder_order={config.decoder_order}"
    if config.transition_depth != 1:
        return f"model.transition_depth={config.transition_depth}"
    return "model.weight_norm=true" if config.weight_norm else ""


def architecture(config: ModelConfig, *, source_size: int, target_size: int, int8: bool) -> CConfig:
    """Return an architecture as the library wants it.

    Args:
        config: The architecture; `unsupported` has no objection to it.
        source_size: Number of source ids.
        target_size: Number of target ids.
        int8: Decode with int8 products.

    Returns:
        The structure.

    Raises:
        ConfigError: A size is out of range.
    """
    attention = "bahdanau" if config.attention == "luong-concat" else config.attention
    sizes = checked(
        attention_heads=config.attention_heads,
        encoder_layers=config.encoder_layers,
        decoder_layers=config.decoder_layers,
        embedding_size=config.embedding_size,
        hidden_size=config.hidden_size,
        readout_size=config.readout_size or config.embedding_size,
        source_size=source_size,
        target_size=target_size,
    )
    return CConfig(
        cell=CELLS.index(config.cell),
        attention=ATTENTIONS.index(attention),
        coverage=config.coverage,
        decoder_order=ORDERS.index(config.decoder_order),
        lexical_model=config.lexical_model,
        bidirectional=config.bidirectional,
        residual=config.residual,
        scale_embeddings=config.scale_embeddings,
        weight_tying=TYINGS.index(config.weight_tying),
        int8=int8,
        **sizes,
    )
