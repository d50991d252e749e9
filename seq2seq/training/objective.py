"""Training loss as a module that Accelerate can wrap."""

from __future__ import annotations

from torch import Tensor, nn

from seq2seq.config.settings import TrainingConfig
from seq2seq.models.model import LossBatch


class Objective(nn.Module):
    """Summed loss of a batch as a forward pass, which lets Accelerate's wrappers see the weights.

    Args:
        model: The model; its method `loss` does the work.
        settings: The `training` section of the configuration, for the terms of the loss.
    """

    def __init__(self, model: nn.Module, settings: TrainingConfig) -> None:
        super().__init__()
        self.model = model
        self.label_smoothing = settings.label_smoothing
        self.coverage_loss = settings.coverage_loss
        self.r_drop = settings.r_drop

    def forward(self, batch: LossBatch, teacher_forcing: float) -> Tensor:
        """Return the summed loss of a batch.

        Args:
            batch: The batch.
            teacher_forcing: Fraction of decoder inputs that are reference tokens.
        """
        loss: Tensor = self.model.loss(  # type: ignore[operator]  # any module with a method `loss`
            batch, self.label_smoothing, teacher_forcing, self.coverage_loss, self.r_drop
        )
        return loss
