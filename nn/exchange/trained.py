"""A trained model with what its predictions need: the scales, the names, the classes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd import softmax, tree
from autograd.commit import commit
from autograd.ordered import refuse_unordered
from nn.data.dataset import Dataset
from nn.data.scaling import Scale, Scaling
from nn.exchange.parts import network_of, parts_of
from nn.model.layers import MLP
from nn.model.module import Module
from nn.model.prediction import guess, plain, predict
from nn.weights.checkpoint import CheckpointError, beside, check_no_run, fitted, read, save

FACTS = ("features", "texts", "target", "classes", "feature_scales", "target_scales")
"""What is kept beside the parameters and the parts of the network, each as JSON."""


@dataclass(frozen=True)
class Trained:
    """A network, the scaling of its rows, and `columns`, a Dataset without rows that names what they hold.

    The network takes a row of numbers; to be saved, it is an MLP, or a Sequential of modules of
    `nn.exchange.parts`, as those for pictures are.
    """

    model: Any
    scaling: Scaling
    columns: Dataset

    def predict(self, rows: Iterable[Sequence[float]]) -> list[Any]:
        """Return for each row, in the units it was measured in, the name of a class, or numbers in theirs.

        Raises ValueError, with both numbers, for a row of another length, and for one whose class is unknown
        since it holds nan; TypeError for a data frame or a dict, whose columns may stand in another order.
        """
        return self.answers(self.outputs(rows))

    def answers(self, outputs: Sequence[Any]) -> list[Any]:
        """Return what outputs stand for: names of classes, or numbers in their units.

        Raises ValueError for the outputs of a row that are nan, which have no class.
        """
        classes = self.columns.class_names
        if classes is None:
            return self.scaling.undo(outputs)
        names = []
        for place, out in enumerate(outputs):
            if (found := guess(out)) is None:
                raise ValueError(f"row {place} has no class: the network makes {out!r:.60} of it")
            names.append(classes[found])
        return names

    def probabilities(self, rows: Iterable[Sequence[float]]) -> list[list[float]]:
        """Return for each row the probability of each class. Raises ValueError where there are no classes."""
        if self.columns.class_names is None:
            raise ValueError(f"{self.columns.target_name!r} is a quantity; only classes have probabilities")
        return [softmax(out) for out in self.outputs(rows)]

    def outputs(self, rows: Iterable[Sequence[float]]) -> list[Any]:
        """Return what the network makes of each row: a logit for each class, or standardised numbers.

        Raises ValueError, with both numbers, for a row of another length, and for a network that has not an
        output for each class, or fewer than two classes.
        """
        if isinstance(rows, Dataset):
            raise ValueError("expected rows of numbers, got a Dataset: give its features")
        refuse_unordered(rows, of_frame="give frame[trained.columns.feature_names].to_numpy()")
        outputs = predict(self.model, [self.scaling.row(row) for row in rows])
        classes = self.columns.class_names
        if outputs and classes is not None:
            if len(classes) < 2:
                raise ValueError(f"expected 2 classes or more to choose from, got {classes!r:.60}")
            got = len(outputs[0]) if isinstance(outputs[0], (list, tuple)) else 1
            if got != len(classes):
                raise ValueError(f"expected an output for each of {len(classes)} classes, got {got}")
        return outputs

    def check_outputs(self) -> None:
        """Raise ValueError, with both numbers, unless the network has an output for each class or target.

        There must be two classes at least. The network is asked for a row of means.
        """
        outputs = self.outputs([[scale.mean for scale in self.scaling.features]])
        if self.columns.class_names is None:
            self.scaling.undo(outputs)

    def save(self, path: str | Path, **more: str) -> None:
        """Write the parameters and all the rest to a file that `load_model` reads; errors as in `nn.save`.

        Beside the parameters, as JSON: the parts of the network, each the name of a class and the arguments
        that make it; the names of the features, the texts of those that were text, the target, its classes;
        mean and deviation of each feature and of the target. `more` are further texts to keep. Raises
        ValueError for what `nn.exchange.parts` cannot make again, for a network with other outputs than
        classes or targets, and for one of `more` that has the name of what is kept.
        """
        facts = (
            self.columns.feature_names,
            self.columns.texts,
            self.columns.target_name,
            self.columns.class_names,
            [[scale.mean, scale.deviation] for scale in self.scaling.features],
            [[scale.mean, scale.deviation] for scale in self.scaling.targets],
        )
        kept = {name: _text(fact) for name, fact in zip(FACTS, facts, strict=True)}
        kept["parts"] = _text(parts_of(self.model))
        self.check_outputs()
        save(path, self.model, beside(more, kept, "what is kept of the model"))


def _text(fact: Any) -> str:
    """Return nested lists and dicts as JSON, in which NumPy's numbers are Python's."""
    return json.dumps(tree.map_leaves(plain, fact))


def load_model(path: str | Path) -> Trained:
    """Return the trained model in a file that `Trained.save` or `glassgrad train` wrote.

    Raises OSError where the file cannot be read; CheckpointError when it is damaged, and when it holds a run,
    or no more than parameters.
    """
    found, texts = read(path)
    check_no_run(path, found, texts)
    try:
        facts = {name: json.loads(texts[name]) for name in FACTS}
        model = _network(texts)
        scaling = Scaling(*([Scale(*pair) for pair in facts[name]] for name in FACTS[-2:]))
        columns = Dataset([], [], facts["features"], facts["target"], facts["classes"], texts=facts["texts"])
    except KeyError as error:
        raise CheckpointError(
            f"{str(path)!r} says nothing of {error.args[0]!r}, as what `glassgrad train` writes does; "
            "`nn.load` reads parameters into a model that you make"
        ) from None
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{str(path)!r} does not describe a network: {error}") from None
    commit(fitted(path, found, model))
    return Trained(model, scaling, columns)


def _network(texts: Mapping[str, str]) -> Module:
    """Return the network that a file describes; raise KeyError, TypeError or ValueError where it does not."""
    if "widths" in texts and "parts" not in texts:  # as MLPs, the only ones, were kept at first
        first, *others = json.loads(texts["widths"])
        return MLP(first, others, activation=json.loads(texts["activation"]), init="zeros")
    parts = json.loads(texts["parts"])
    try:
        network: Module = network_of(parts)
    except KeyError as error:
        raise ValueError(f"there is no module {error.args[0]!r}") from None
    return network
