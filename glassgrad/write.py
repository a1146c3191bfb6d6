"""`glassgrad write`: a model of characters trained on lines of text, and lines that it writes itself."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import nn
import viz
from autograd import no_grad, take
from glassgrad.learning import lasting, learn
from glassgrad.output import (
    Drawn,
    Picture,
    UsageError,
    attempt,
    figure,
    refuse_to_lose,
    remove_others,
    report_files,
    save,
)
from nn.sequences.attention import causal_mask
from nn.symbols import BOUNDARY
from nn.weights.checkpoint import read
from viz.text import printable

RUN, WEIGHTS = "run.safetensors", "weights.safetensors"
SAMPLES, LOSS, ATTENTION = "samples.txt", "loss.svg", "attention.svg"
NAMES, MODEL, COUNT = "names", "lstm", 20
HELD_OUT = 0.1
MOST_SYMBOLS, MOST_CHARACTERS = 300, 3_000_000
CONTEXT = 32
"""So many characters are looked back on at most; longer lines are cut into rows of that length."""

EVERY = 100
"""After so many steps the held-out lines are measured, and at the end."""

END = "·"
"""How the boundary of a line is shown in a picture."""

MOST_SHOWN = 20
"""So many of the lines that it wrote are printed; the file has all."""


@dataclass(frozen=True)
class Kind:
    """A kind of model: what makes it, from the number of symbols, a context and a seed; how it is trained."""

    make: Callable[[int, int, int], Any]
    steps: int
    lr: float


KINDS = {
    "bigram": Kind(lambda symbols, context, seed: nn.Bigram(symbols, seed=seed), 1500, 0.1),
    "mlp": Kind(lambda symbols, context, seed: nn.WindowMLP(symbols, 12, 4, 64, seed=seed), 1500, 0.01),
    "rnn": Kind(
        lambda symbols, context, seed: nn.RecurrentModel("rnn", symbols, 24, 64, seed=seed), 1000, 0.01
    ),
    "gpt": Kind(lambda symbols, context, seed: nn.GPT(symbols, 32, 4, 1, context, seed=seed), 800, 0.01),
    "lstm": Kind(
        lambda symbols, context, seed: nn.RecurrentModel("lstm", symbols, 24, 48, seed=seed), 1000, 0.01
    ),
}


@dataclass(frozen=True)
class Lines:
    """Lines of text, each as the numbers of its characters, some of them held out."""

    tokenizer: nn.Tokenizer
    learned: list[list[int]]
    held_out: list[list[int]]
    texts: frozenset[str]

    @property
    def longest(self) -> int:
        """The number of characters of the longest line."""
        return max(map(len, self.learned + self.held_out))


def write(source: str, options: argparse.Namespace, out: Path) -> list[Drawn]:
    """Train a model of characters on lines of text, or go on with one, and let it write lines of its own."""
    refuse_to_lose(out / SAMPLES, source)
    lines = _lines(source, options.seed)
    kind = KINDS[options.model]
    context = min(lines.longest + 1, CONTEXT)
    model = kind.make(len(lines.tokenizer), context, options.seed)
    optimizer = nn.Adam(model.parameters(), kind.lr)
    facts = _facts(options, lines, context)
    rng, history = Random(options.seed), nn.History()
    if (out / RUN).exists():
        history = _continued(out / RUN, facts, model, optimizer, rng)
    steps = kind.steps if options.steps is None else options.steps
    print(f"network: {options.model}, {len(optimizer.parameters)} parameters, seed {options.seed}; ", end="")
    done = optimizer.steps
    of = f"of {steps} steps done" if done <= steps else f"steps done already, where {steps} are asked for"
    print(f"{context} characters a row, {done} {of}")
    learned = nn.next_symbols(lines.learned, context, packed=True)
    held_out = nn.next_symbols(lines.held_out, context)
    training = nn.LanguageTraining(model, learned, held_out, optimizer, lr=kind.lr, seed=options.seed)
    earlier = (out / WEIGHTS).exists()

    def keep(folder: Path) -> None:
        # Before anything else, so that no report and no picture that fails can cost what was learned.
        nn.save_run(folder / RUN, model, optimizer, rng, history, metadata=facts)
        nn.save(folder / WEIGHTS, model, facts)

    error = learn(
        out,
        history,
        lambda: training.run(steps, every=EVERY, history=history),
        keep,
        learned=lambda: optimizer.steps > done or done >= steps,
        begun="the first step was made",
    )
    if error is not None:
        raise lasting(error, "from before that step", out / WEIGHTS)
    drawn = [
        Drawn(WEIGHTS, "the trained parameters, one tensor for each matrix"),
        Drawn(RUN, "all that a longer training needs to go on: give the same --out and more --steps"),
    ]
    try:
        attempt("the report", partial(_report, options.model, lines, training, (learned, held_out)))
        pictures = _pictures(history)
        if isinstance(model, nn.GPT):
            pictures.append(_attention(model, lines))
        attempt("the samples", lambda: pictures.insert(0, _samples(model, lines, context, options)))
        attempt("the files", lambda: drawn.extend(save(out, pictures)))
        if earlier:
            others = partial(remove_others, out, (SAMPLES, LOSS, ATTENTION), drawn)
            attempt("removing what was written earlier", others)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"not all is written; the trained parameters are in {out / WEIGHTS}"
        ) from None
    if history.interrupted:
        attempt("the list of files", partial(report_files, out, drawn))
        raise KeyboardInterrupt(f"stopped after {optimizer.steps} of {steps} steps; what was learned is kept")
    return drawn


def _lines(source: str, seed: int) -> Lines:
    """Return the lines of a text, each once: a line that was learned must not be held out as well."""
    if source != NAMES and not source.lower().endswith(".txt") and not os.path.exists(source):
        raise UsageError(f"unknown text {source!r}; accepted are {NAMES} or the path of a text file")
    found = nn.names() if source == NAMES else nn.read_lines(source)
    texts = list(dict.fromkeys(found))
    tokenizer = nn.CharacterTokenizer.of(texts)
    characters = sum(map(len, texts))
    for what, number, most in (
        ("different characters", len(tokenizer) - 1, MOST_SYMBOLS),
        ("characters", characters, MOST_CHARACTERS),
    ):
        if number > most:
            raise UsageError(f"{source!r} has {number} {what}, accepted are at most {most}")
    if len(texts) < 2:
        raise UsageError(f"{source!r} has 1 line that differs from others; at least 2 are needed")
    Random(seed).shuffle(texts)
    encoded = [tokenizer.encode(text) for text in texts]
    held = max(1, round(HELD_OUT * len(texts)))
    print(
        f"{printable(source)}: {len(found)} lines, {len(texts)} of them different, "
        f"{len(tokenizer) - 1} characters; held out: {held}"
    )
    return Lines(tokenizer, encoded[held:], encoded[:held], frozenset(texts))


def _facts(options: argparse.Namespace, lines: Lines, context: int) -> dict[str, str]:
    """Return what a run must have in common with this one to be continued, and what is needed to use it."""
    symbols = json.dumps(lines.tokenizer.symbols)
    return {
        "model": options.model,
        "seed": str(options.seed),
        "text": _digest("\n".join(sorted(lines.texts))),
        "order": _digest(json.dumps([lines.held_out, lines.learned])),
        "context": str(context),
        "symbols": symbols,
    }


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _continued(
    path: Path, facts: dict[str, str], model: nn.Module, optimizer: nn.Optimizer, rng: Random
) -> nn.History:
    """Set everything as an earlier call left it, and return its history."""
    _, kept = read(path)
    kept = {"order": facts["order"], **kept}  # runs as they were stored before do not tell it
    texts = {"text": "another text", "order": "the lines of this text in another order, and others held out"}
    for what, ours in facts.items():
        if kept.get(what) != ours:
            theirs = texts.get(what, f"{what} {kept.get(what)}, not {ours}")
            raise UsageError(f"{str(path)!r} holds a run with {theirs:.80}; give another --out, or remove it")
    return nn.load_run(path, model, optimizer, rng)


def _report(
    model: str, lines: Lines, training: nn.LanguageTraining, parts: tuple[nn.NextSymbols, nn.NextSymbols]
) -> None:
    """Print the bits a character, beside those of tables that count."""
    print(f"\n{'bits a character':<16}  {'train':>8}  {'held-out':>8}")
    for order, name in ((2, "bigram table"), (3, "trigram table")):
        table = nn.NGram(lines.learned, order, len(lines.tokenizer))
        print(f"{name:<16}  {table.bits(lines.learned):8.4f}  {table.bits(lines.held_out):8.4f}")
    learned, held_out = map(training.bits, parts)
    print(f"{model:<16}  {learned:8.4f}  {held_out:8.4f}")


def _samples(model: Any, lines: Lines, context: int, options: argparse.Namespace) -> Picture:
    """Let the model write, print what it wrote, and return the file of it."""
    texts = nn.write_texts(
        model,
        model.parameters(),
        count=options.count,
        context=context,
        longest=lines.longest,
        temperature=options.temperature,
        top_k=options.top_k,
        seed=options.seed,
    )
    written = [lines.tokenizer.decode(text) for text in texts]
    new = sum(text not in lines.texts for text in written)
    chosen = f", top-k {options.top_k}" if options.top_k else ""
    print(f"\n{new} of {len(written)} are not in the text; temperature {options.temperature:g}{chosen}:")
    for text in written[:MOST_SHOWN]:
        print(f"  {printable(text)}")
    if len(written) > MOST_SHOWN:
        print(f"… {len(written) - MOST_SHOWN} more in {SAMPLES}")
    content = "".join(f"{text}\n" for text in written)
    return (
        Drawn(SAMPLES, "what the model wrote, a line each"),
        lambda path: path.write_text(content, encoding="utf-8"),
    )


def _pictures(history: nn.History) -> list[Picture]:
    if not history.train_loss:
        return []

    def curves() -> Any:
        losses = {"train": history.train_loss, "held-out": history.held_out_loss}
        axes = viz.plot_history(losses, unit="measurement")
        axes.set(xlabel=f"measurement, every {EVERY} steps and at the end", ylabel="bits a character")
        return axes

    return [
        (Drawn(LOSS, "bits a character, in the course of the training"), lambda path: figure(path, curves))
    ]


def _attention(model: nn.GPT, lines: Lines) -> Picture:
    """Return the picture of who looks at whom in a held-out line: a map for each head of the first layer."""
    line = lines.held_out[0][: model.context - 1]
    signs = [END, *(lines.tokenizer.symbols[number] for number in line)]

    def maps() -> Any:
        from matplotlib import pyplot

        with no_grad():
            rows = model.positions([take(model.head.weight, number) for number in (BOUNDARY, *line)])
            layer = model.blocks.layers[0]
            normed = [layer.norm1(row) for row in rows]
            _, heads = layer.self_attn(normed, normed, normed, None, causal_mask(len(rows)))
        _, axes = pyplot.subplots(1, len(heads), figsize=(5 * len(heads), 5), squeeze=False)
        for number, (weights, ax) in enumerate(zip(heads, axes[0], strict=True), 1):
            viz.plot_attention(weights, signs, signs, ax).set_title(f"head {number}")
        return axes[0][0]

    about = (
        f"how much each character of {lines.tokenizer.decode(line)!r} looks at those up to it, in each head"
    )
    return Drawn(ATTENTION, printable(about)), lambda path: figure(path, maps)
