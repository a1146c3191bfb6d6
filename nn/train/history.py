"""History: what happened in a training."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan

from autograd.notation.rows import html_table

SHOWN = 6
"""The most epochs that a notebook shows, apart from the best."""


@dataclass(slots=True)
class History:
    """What happened, one entry an epoch; nan for one in which it was not measured, if later ones have it."""

    train_loss: list[float] = field(default_factory=list)
    """The mean over the epoch's examples, each measured just before the step it took part in.

    That is the mean of what the loss gives for each batch, weighted by its rows; of a loss that is a sum it
    depends on the size of a batch.
    """
    held_out_loss: list[float] = field(default_factory=list)
    """The loss on the held-out rows after the epoch; empty when none were given."""
    held_out_accuracy: list[float] = field(default_factory=list)
    """The share of held-out rows classified right, in [0, 1]; empty without held-out rows or classes.

    Empty too where a model has one output, unless the loss is one of the binary cross-entropies, which say
    from where on it stands for class 1; and where the targets are no labels that `nn.accuracy` takes.
    """
    learning_rate: list[float] = field(default_factory=list)
    """The rate of the epoch's steps."""
    stopped_early: bool = False
    """Whether early stopping ended the training before its last epoch."""
    interrupted: bool = False
    """Whether Ctrl-C ended the training before its last epoch."""
    unfinished: list[float] = field(default_factory=list)
    """The bits of the steps since the latest entry of a `LanguageTraining`, and how many symbols had them.

    Empty where there were none, and for every other training.
    """

    def __post_init__(self) -> None:
        """Raise TypeError, naming the field, for what is neither numbers nor, at the end, True or False."""
        for name in ("train_loss", "held_out_loss", "held_out_accuracy", "learning_rate", "unfinished"):
            numbers = getattr(self, name)
            if not isinstance(numbers, list) or not all(isinstance(x, (int, float)) for x in numbers):
                raise TypeError(f"{name} must be a list of numbers, got {numbers!r:.60}")
        if len(self.unfinished) not in (0, 2):
            raise TypeError(f"unfinished must be empty or two numbers, got {self.unfinished!r:.60}")
        for name in ("stopped_early", "interrupted"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} must be True or False, got {getattr(self, name)!r:.60}")

    def _repr_html_(self) -> str:
        """Return a table: the first epoch, the last, the best on the held-out rows, and some between."""
        columns = {
            "train loss": self.train_loss,
            "held-out loss": self.held_out_loss,
            "held-out accuracy": self.held_out_accuracy,
            "learning rate": self.learning_rate,
        }
        told = {name: numbers for name, numbers in columns.items() if numbers}
        count = max(map(len, told.values()), default=0)
        shown = {round(place * (count - 1) / (SHOWN - 1)) for place in range(SHOWN)} if count else set()
        shown.update(_lowest(self.held_out_loss))
        rows = [
            [
                str(epoch + 1),
                *(f"{numbers[epoch]:.6g}" if epoch < len(numbers) else "" for numbers in told.values()),
            ]
            for epoch in sorted(shown)
        ]
        ends = ["stopped early"] * self.stopped_early + ["interrupted"] * self.interrupted
        return html_table(["epoch", *told], rows, ", ".join([f"{count} epochs", *ends]))


def _lowest(losses: list[float]) -> list[int]:
    """Return the place of the lowest loss, which nan is not; none where there is none."""
    known = [place for place, loss in enumerate(losses) if not isnan(loss)]
    return [min(known, key=losses.__getitem__)] if known else []
