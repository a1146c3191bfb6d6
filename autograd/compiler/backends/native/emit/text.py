"""A program as one C text: a function for each nest of loops, and those that run them over a batch.

Every batched scalar is a lane of a vector, so a block of as many examples as a register has
lanes is computed at once. Sums over the batch are made chunk by chunk, of a fixed number of blocks, and the
chunks are added in their order: so the result is the same to the last bit however many threads share them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from autograd.compiler.arrays.program import GRADIENT, Array, Map, Operand, Program, Statement, operands_of
from autograd.compiler.backends.native.emit.elements import write_elements
from autograd.compiler.backends.native.emit.functions import functions_in, resource
from autograd.compiler.backends.native.emit.indices import Tables
from autograd.compiler.backends.native.emit.nests import Nest, Phase, placed, planned
from autograd.compiler.backends.native.emit.products import ProductsText
from autograd.compiler.backends.native.emit.rows import write_rows
from autograd.compiler.backends.native.emit.scope import Lines, Scope
from autograd.compiler.backends.training import Kind
from autograd.compiler.record.recording import CONSTANTS, PARAMETERS, SEED

BLOCKS_IN_CHUNK = 8
"""How many blocks of examples one thread takes at a time."""

GIVEN = "long blocks, const T *parameters, T *shared, T *sums, V *memory"


@dataclass(frozen=True)
class CText:
    """The text, and how much memory it asks for: in numbers of type T, and in vectors for each thread."""

    source: str
    shared: int
    sums: int
    memory: int
    results: int
    work: int
    """How many operations on vectors a block takes, about."""
    rows: bool
    """Whether there is a row of results for every example."""
    training: bool
    """Whether there is a function that takes steps of descent."""


def c_text(program: Program, dtype: np.dtype[np.generic], training: bool = False) -> CText:
    """Return the program as C, for numbers of a type; for training too if its results are no rows."""
    return _Writer(program).text(dtype == np.float64, training)


class _Writer:
    """A text under construction: what each array is called, and where it lies."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.nests, kept = planned(program)
        self.in_chunk = any(nest.phase == Phase.CHUNK for nest in self.nests)
        self.given = [*program.arguments, *[array for array in program.arrays if array.name == SEED]]
        self.names = self._named()
        self.scope = Scope(self.names, kept, Tables())
        self.functions: Counter[str] = Counter()
        self.starts: dict[Array, int] = {}
        self.memory = 0
        for array in self.given:
            self.starts[array] = self.memory
            self.memory += array.size
        outputs = {array for array, _ in program.outputs}
        own = placed(self.nests, {a for a in kept if a.batched}.difference(self.given), outputs)
        self.starts |= {array: self.memory + start for array, start in own.items()}
        self.memory = max([self.memory, *[start + a.size for a, start in self.starts.items()]])
        summed = {
            member.statement.out.array
            for nest in self.nests
            if nest.sum_over_batch
            for member in nest.members
        }
        self.shared = self.sums = 0
        made = dict.fromkeys(array for nest in self.nests for array in nest.made)
        for array in sorted([a for a in made if not a.batched and a in kept], key=lambda a: a not in summed):
            self.starts[array] = self.shared
            self.shared += array.size
            self.sums = self.shared if array in summed else self.sums

    def text(self, double: bool, training: bool) -> CText:
        """Return the whole text."""
        rows = any(array.batched for array, _ in self.program.outputs)
        training = training and not rows
        memory = self.memory * (BLOCKS_IN_CHUNK if self.in_chunk else 1)
        constants = {
            "SHARED": self.shared,
            "SUMS": self.sums,
            "RESULTS": len(self.program.outputs),
            "IN_ROWS": int(rows),
            "BETWEEN_BLOCKS": self.memory if self.in_chunk else 0,
            "MEMORY": memory,
            "EXAMPLES_IN_CHUNK": f"{BLOCKS_IN_CHUNK} * LANES",
            "PATIENCE": 1000,
        }
        values = ", ".join(f"{name} = {value}" for name, value in constants.items())
        head = [f"enum {{ {values} }};", "#define NEST static __attribute__((noinline)) void"]
        body = [line for nest in self.nests for line in self._nest(nest)]
        alone, given = "0, parameters, shared, 0, 0", "blocks, parameters, shared, sums, memory"
        functions = {
            "load_all(long first, long batch, const T *const *arguments, V *memory)": self._loads(),
            "before_all(const T *parameters, T *shared)": self._calls(Phase.BEFORE, alone),
            f"for_block({GIVEN})": self._calls(Phase.BLOCK, given),
            f"for_chunk({GIVEN})": self._calls(Phase.CHUNK, given),
            "after_all(const T *parameters, T *shared)": self._calls(Phase.AFTER, alone),
            "collect_row(int l, V *memory, const T *parameters, T *shared, T *row)": (
                self._collected() if rows else []
            ),
            "collect(const T *parameters, T *shared, T *row)": [] if rows else self._collected(),
        }
        for function, lines in functions.items():
            body += [f"static void {function} {{", *lines, "}"]
        body += ["", resource("driver.c"), *([self._sizes(), resource("train.c")] if training else [])]
        text = "\n".join(body)
        kind = "double" if double else "float"
        parts = [f"typedef {kind} T;", functions_in(text, double), *self.scope.tables.lines, *head, "", text]
        work = sum(nest.work for nest in self.nests if nest.phase in (Phase.BLOCK, Phase.CHUNK))
        outputs = len(self.program.outputs)
        return CText("\n".join(parts), self.shared, self.sums, memory, outputs, work, rows, training)

    # ---- names ----------------------------------------------------------------------------------------

    def _named(self) -> dict[Array, str]:
        """Return what C calls each array: nothing that comes from a user, whose names may be any."""
        names = {array: f"x{n}" for n, array in enumerate(self.program.arguments)}
        names |= {
            array: array.name for array in self.program.arrays if array.name in (SEED, PARAMETERS, GRADIENT)
        }
        numbers: dict[str, Iterator[int]] = defaultdict(lambda: count(1))
        taken = set(names.values())
        for statement in [member.statement for nest in self.nests for member in nest.members]:
            if statement.out.array not in names:
                word = _word(statement) if isinstance(statement, Map) else "z"
                name = next(name for n in numbers[word] if (name := f"{word}{n}") not in taken)
                names[statement.out.array] = name
                taken.add(name)
        return names

    def _told(self, statement: Statement) -> str:
        """Return what a statement computes, in a line."""
        out = f"{self.names[statement.out.array]}[{len(statement.out.at)}]"
        if isinstance(statement, Map):
            arrays = dict.fromkeys(operand.array for operand in operands_of(statement))
            return f"{out} = {_word(statement)}({', '.join(map(self._name, arrays))})"
        terms = []
        for p in getattr(statement, "products", ()):
            factors = " * ".join(self._name(side.array) for side in (p.left, p.right) if side)
            times = f"{p.left.at.shape[-1]} of " if p.left.at.shape[-1] > 1 else ""
            batch = "over the batch, " if p.sum_over_batch else ""
            terms.append(f"{batch}{times}{'' if p.coefficient == 1.0 else f'{p.coefficient:g} * '}{factors}")
        return f"{out} = the sum of {'; '.join(terms) or 'nothing'}"

    def _name(self, array: Array) -> str:
        return CONSTANTS if array.name == CONSTANTS else self.names[array]

    # ---- functions ------------------------------------------------------------------------------------

    def _nest(self, nest: Nest) -> list[str]:
        """Return the function of a nest: for one block, or for all of a chunk where they have memory each."""
        lines = Lines()
        used = [array for array in dict.fromkeys([*nest.reads(), *nest.made]) if array in self.starts]
        by_block = self.in_chunk and nest.phase in (Phase.BLOCK, Phase.CHUNK)

        def reload(n: int) -> Scope:
            names = {a: f"{name}_{n}" if a.batched else name for a, name in self.names.items()}
            for array in [array for array in used if array.batched]:
                lines.add(
                    f"V *const {names[array]} = memory + {self.starts[array]} + (b + {n}) * BETWEEN_BLOCKS;"
                )
            return replace(self.scope, names=names)

        for array in [array for array in used if not (by_block and array.batched)]:
            # A thread has sums of its own; what they are made from is the same for all.
            lines.add(self._place(array, nest.sum_over_batch and array in nest.made))
        if not by_block:
            self._body(nest, self.scope, lines)
        elif nest.phase == Phase.CHUNK:
            ProductsText(nest, self.scope, lines, reload).write()
        elif nest.products and (text := ProductsText(nest, self.scope, lines)).may_share_weights:
            text.write_sharing_weights(reload)
        else:
            lines.loop("b", 0, "blocks")
            self._body(nest, reload(0), lines)
            lines.close()
        base = f"make_{self.names[nest.made[0]]}"
        self.functions[base] += 1
        nest.function = base if self.functions[base] == 1 else f"{base}_{self.functions[base]}"
        comment = "\n   ".join(self._told(member.statement) for member in nest.members)
        return [f"/* {comment} */", f"NEST {nest.function}({GIVEN}) {{", *lines.text, "}", ""]

    def _body(self, nest: Nest, scope: Scope, lines: Lines) -> None:
        if nest.products:
            ProductsText(nest, scope, lines).write()
        elif not (nest.row and write_rows(nest, scope, lines)):
            write_elements(nest, scope, lines)

    def _place(self, array: Array, summing: bool) -> str:
        """Return the line that tells where an array lies."""
        name, start = self.names[array], self.starts[array]
        if array.batched:
            return f"V *const {name} = memory + {start};"
        return f"T *const {name} = {'sums' if summing else 'shared'} + {start};"

    def _calls(self, phase: Phase, arguments: str) -> list[str]:
        return [f"  {nest.function}({arguments});" for nest in self.nests if nest.phase == phase]

    def _loads(self) -> list[str]:
        share = "(T)1 / batch" if self.program.mean else "1"
        lines = []
        for n, array in enumerate(self.given):
            start = self.starts[array]
            if array.name == SEED:
                lines.append(
                    f"  for (int l = 0; l < LANES; l++) memory[{start}][l] = first + l < batch ? {share} : 0;"
                )
            elif array.size:
                lines.append(f"  load(arguments[{n}], {array.size}, first, batch, memory + {start});")
        return lines

    def _sizes(self) -> str:
        """Return the lines that tell what a row of each argument takes, and what the rules are called."""
        sizes = ", ".join([str(array.size) for array in self.program.arguments])
        rules = ", ".join([kind.name for kind in Kind])
        head = f"enum {{ ARGUMENTS = {len(self.program.arguments)} }};\nenum {{ {rules} }};"
        return f"{head}\nstatic const long SIZES[ARGUMENTS + 1] = {{{sizes}}};\n"

    def _collected(self) -> list[str]:
        """Return the lines that copy the results of a lane to where they belong."""
        places: dict[Array, list[tuple[int, int]]] = defaultdict(list)
        for place, (array, position) in enumerate(self.program.outputs):
            places[array].append((place, position))
        lines = Lines()
        for array, found in places.items():
            to, at = np.array(found).T
            lines.open()
            if array in self.starts:
                lines.add(self._place(array, summing=False))
            value = self.scope.read(Operand(array, at), "n")
            lines.loop("n", 0, len(to))
            lines.add(f"row[{self.scope.index(to, 'n')}] = {value}[{'l' if array.batched else '0'}];")
            lines.close(2)
        return lines.text


def _word(statement: Map) -> str:
    """Return the name of an operation, or a plain one for a name that C would not take.

    Functions of vectors begin with v_, and arrays of another block end with _ and its number. What lies in
    registers, arguments and sums are one letter and numbers, f excepted; tables are in capitals.
    """
    name = statement.op.name
    fits = re.fullmatch(r"(?!v_)[a-z][a-z_]\w*", name, re.ASCII) and not re.search(r"_\d*$", name)
    return name if fits else "f"
