"""What a training step brings down, as a module that Accelerate can wrap."""

from __future__ import annotations

from torch import Tensor, nn

from seq2seq.config.settings import TrainingConfig
from seq2seq.models.model import LossBatch


class Objective(nn.Module):
    """The loss as a module's forward pass, so that Accelerate's wrappers see every use of the
    weights."""

    def __init__(self, model: nn.Module, settings: TrainingConfig) -> None:
        super().__init__()
        self.model = model
        self.label_smoothing = settings.label_smoothing
        self.coverage_loss = settings.coverage_loss
        self.r_drop = settings.r_drop

    def forward(self, batch: LossBatch, teacher_forcing: float) -> Tensor:
        loss: Tensor = self.model.loss(  # type: ignore[operator]  # all we need of a model
            batch, self.label_smoothing, teacher_forcing, self.coverage_loss, self.r_drop
        )
        return loss
