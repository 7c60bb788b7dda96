"""The head: an error edge's log odds of being an attack."""

from torch import Tensor, nn

from offtrail.models.config import Config


class Head(nn.Module):
    """The error edge's log odds of being an attack, from embeddings and as-of features."""

    def __init__(self, inputs: int, config: Config) -> None:
        super().__init__()
        width = config.head_width
        self.layers = nn.Sequential(
            nn.Linear(inputs, width),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(width, width // 2),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(width // 2, 1),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        odds: Tensor = self.layers(inputs)[:, 0]  # [edges]
        return odds
