"""A program as one C text: a function for each nest of loops, and those that run them over a batch.

Every scalar of an example that varies is a lane of a vector, so a block of as many examples as a register has
lanes is computed at once. Sums over the batch are made chunk by chunk, of a fixed number of blocks, and the
chunks are added in their order: so the result is the same to the last bit however many threads share them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from autograd.compiler.arrays.program import Array, Map, Operand, Program
from autograd.compiler.backends.native.indices import Tables, index
from autograd.compiler.backends.native.nest_text import NestText, read
from autograd.compiler.backends.native.nests import Nest, Phase, extent, placed, planned
from autograd.compiler.record.recording import CONSTANTS, SEED

BLOCKS_IN_CHUNK = 4
"""How many blocks of examples one thread takes at a time."""

CHEAP = ("relu", "less", "add", "sub", "mul", "neg", "where", "heaviside", "leaky_relu", "maximum", "minimum")
"""Operations of few instructions, which may follow a product while its sums are in registers."""


@dataclass(frozen=True)
class CText:
    """The text, and how much memory it asks for: in numbers of type T, and in vectors for each thread."""

    source: str
    shared: int
    sums: int
    memory: int
    rows: bool
    results: int


def c_text(program: Program, dtype: np.dtype[np.generic]) -> CText:
    """Return the program as C for numbers of a type."""
    return _Writer(program, dtype).text


class _Writer:
    def __init__(self, program: Program, dtype: np.dtype[np.generic]) -> None:
        self.program = program
        self.plan = planned(program, CHEAP)
        self.tables = Tables()
        self.names: dict[Array, str] = {program.parameters: "parameters"}
        self.base: dict[Array, str] = {program.parameters: ""}
        self._name_all()
        by_phase = {phase: [n for n in self.plan.nests if n.phase == phase] for phase in Phase}
        given = [*program.arguments, *[a for a in program.arrays if a.name == SEED]]
        start = 0
        for array in given:
            self.base[array] = f"V *const {self.names[array]} = memory + {start};"
            start += array.size
        outputs = {array for array, _ in program.outputs}
        moving = {a for a in self.plan.kept if a.varies and a not in given}
        places = placed(by_phase[Phase.BLOCK], moving, outputs)
        for array, place in places.items():
            self.base[array] = f"V *const {self.names[array]} = memory + {start + place};"
        memory = start + extent(places)
        fixed, sums = 0, 0
        still = [a for a in self._made() if not a.varies and a in self.plan.kept]
        for array in [*self.plan.summed, *[a for a in still if a not in self.plan.summed]]:
            self.base[array] = f"T *const {self.names[array]} = shared + {fixed};"
            fixed += array.size
            if array in self.plan.summed:
                sums = fixed
        self.sums = sums
        rows = any(array.varies for array, _ in program.outputs)
        bodies = {phase: [self._nest(nest) for nest in nests] for phase, nests in by_phase.items()}
        results = len(program.outputs)
        is_double = dtype == np.float64
        lines = [
            f"typedef {'double' if is_double else 'float'} T;",
            *["#define DOUBLE"] * is_double,
            "",
            "{FUNCTIONS}",
            *self._driver(bodies, given, memory, fixed, sums, rows, results),
        ]
        body = "\n".join(lines)
        tables = "\n".join(self.tables.lines)
        used = functions_in(body)
        self.text = CText(
            body.replace("{FUNCTIONS}", used + "\n\n" + tables), fixed, sums, memory, rows, results
        )

    def _made(self) -> list[Array]:
        return list(dict.fromkeys(array for nest in self.plan.nests for array in nest.made))

    def _name_all(self) -> None:
        counts: Counter[str] = Counter()
        for n, array in enumerate(self.program.arguments):
            self.names[array] = f"x{n}"
        for array in self.program.arrays:
            if array.name == SEED:
                self.names[array] = "seed"
        for nest in self.plan.nests:
            for member in nest.members:
                statement = member.statement
                array = statement.out.array
                if array in self.names:
                    continue
                word = statement.op.name if isinstance(statement, Map) else "z"
                if not re.fullmatch(r"[a-z]\w*", word, re.ASCII):
                    word = "f"
                if array.name == "gradient":
                    word = "gradient"
                counts[word] += 1
                self.names[array] = f"{word}{counts[word]}"

    def _nest(self, nest: Nest) -> tuple[str, list[str]]:
        """Return the name of a nest's function, and its lines."""
        name = "_".join(["make", *dict.fromkeys(self.names[a] for a in nest.made)][:3])
        self.used = getattr(self, "used", Counter())
        self.used[name] += 1
        name = name if self.used[name] == 1 else f"{name}_{self.used[name]}"
        body = NestText(nest, self.names, self.plan.kept, self.tables).lines
        words = set(re.findall(r"\w+", "\n".join(body)))
        declared = [f"  {base}" for a, base in self.base.items() if base and self.names[a] in words]
        if nest.over_batch:
            declared = [line.replace("= shared +", "= sums +") for line in declared]
        comment = f"/* {self._told(nest)} */"
        return name, [
            comment,
            f"NEST {name}(const T *parameters, T *shared, T *sums, V *memory) {{",
            *declared,
            *body,
            "}",
            "",
        ]

    def _told(self, nest: Nest) -> str:
        """Return what a nest computes, in a line."""
        told = []
        for member in nest.members:
            statement = member.statement
            out = f"{self.names[statement.out.array]}[{len(statement.out.at)}]"
            if isinstance(statement, Map):
                operands = [self._name(o) for o in dict.fromkeys(o.array for o in statement.operands)]
                told.append(
                    f"{out} = {statement.op.name if statement.op.name.isascii() else 'f'}({', '.join(operands)})"
                )
                continue
            terms = []
            for p in statement.products:
                factors = [self._name(p.left.array), *([self._name(p.right.array)] if p.right else [])]
                length = p.left.at.shape[-1]
                sign = f"{p.coefficient:g} " if p.coefficient != 1.0 else ""
                total = f"sum of {length} " if length > 1 else ""
                batch = "over the batch " if p.over_batch else ""
                terms.append(f"{batch}{total}{sign}{' '.join(factors)}")
            told.append(f"{out} = {' + '.join(terms) or '0'}")
        return "; ".join(told)

    def _name(self, array: Array) -> str:
        return "constants" if array.name == CONSTANTS else self.names[array]

    def _driver(
        self,
        bodies: dict[Phase, list[tuple[str, list[str]]]],
        given: Sequence[Array],
        memory: int,
        fixed: int,
        sums: int,
        rows: bool,
        results: int,
    ) -> list[str]:
        """Return the functions that run all nests over a batch."""
        lines = ["#define NEST static __attribute__((noinline)) void", ""]
        for phase in Phase:
            lines += [line for _, body in bodies[phase] for line in body]
        weight = "(T)1 / batch" if self.program.mean else "1"
        lines += [
            f"enum {{ SHARED = {fixed}, SUMS = {sums}, RESULTS = {results}, MEMORY = {memory} }};",
            f"enum {{ EXAMPLES_IN_CHUNK = {BLOCKS_IN_CHUNK} * LANES }};",
            "",
            "int lanes(void) { return LANES; }",
            "",
            "/* Turn the rows of a block of examples into vectors; the last example fills up the last block. */",
            "static void load(const T *rows, long size, long first, long batch, V *into) {",
            "  for (int l = 0; l < LANES; l++) {",
            "    const T *row = rows + size * (first + l < batch ? first + l : batch - 1);",
            "    for (long i = 0; i < size; i++) ((T *)(into + i))[l] = row[i];",
            "  }",
            "}",
            "",
            "/* What is the same for every example. */",
            "void before(const T *parameters, T *shared) {",
            *[f"  {name}(parameters, shared, 0, 0);" for name, _ in bodies[Phase.BEFORE]],
            "}",
            "",
            "/* A chunk of examples: their results, and their share of what is summed over the batch. */",
            "void chunk(long number, long batch, const T *const *arguments, const T *parameters, T *shared,",
            "           T *sums, V *memory, T *results) {",
            "  for (long n = 0; n < SUMS; n++) sums[n] = 0;",
            "  long end = (number + 1) * EXAMPLES_IN_CHUNK < batch ? (number + 1) * EXAMPLES_IN_CHUNK : batch;",
            "  for (long first = number * EXAMPLES_IN_CHUNK; first < end; first += LANES) {",
        ]
        place = 0
        for n, array in enumerate(given):
            if array.name == SEED:
                lines.append(
                    f"    for (int l = 0; l < LANES; l++) memory[{place}][l] = first + l < batch ? {weight} : 0;"
                )
            elif array.size:
                lines.append(f"    load(arguments[{n}], {array.size}, first, batch, memory + {place});")
            place += array.size
        lines += [f"    {name}(parameters, shared, sums, memory);" for name, _ in bodies[Phase.BLOCK]]
        if rows:
            lines += ["    for (int l = 0; l < LANES && first + l < batch; l++) {"]
            lines += ["      T *row = results + RESULTS * (first + l);"]
            lines += self._collected("      ", "row")
            lines += ["    }"]
        lines += [
            "  }",
            "}",
            "",
            "/* What is made of sums over the batch: those of all chunks, added in their order. */",
            "void after(long chunks, const T *parameters, T *shared, const T *sums, T *results) {",
            "  for (long c = 1; c < chunks; c++)",
            "    for (long n = 0; n < SUMS; n++) shared[n] += sums[(c - 1) * SUMS + n];",
            *[f"  {name}(parameters, shared, 0, 0);" for name, _ in bodies[Phase.AFTER]],
            *([] if rows else self._collected("  ", "results")),
            "}",
            "",
            "/* All of a batch: `sums` has room for every chunk but the first, `memory` for MEMORY vectors. */",
            "void replay(long batch, const T *const *arguments, const T *parameters, T *shared, T *sums,",
            "            V *memory, T *results) {",
            "  long chunks = (batch + EXAMPLES_IN_CHUNK - 1) / EXAMPLES_IN_CHUNK;",
            "  before(parameters, shared);",
            "  for (long c = 0; c < chunks; c++)",
            "    chunk(c, batch, arguments, parameters, shared, c ? sums + (c - 1) * SUMS : shared, memory, results);",
            "  after(chunks, parameters, shared, sums, results);",
            "}",
        ]
        return lines

    def _collected(self, indent: str, into: str) -> list[str]:
        """Return the lines that copy the results to where they belong."""
        lines = []
        places: dict[Array, list[tuple[int, int]]] = {}
        for place, (array, position) in enumerate(self.program.outputs):
            places.setdefault(array, []).append((place, position))
        for array, found in places.items():
            to, at = np.array(found).T
            operand = Operand(array, at)
            text = read(operand, ["n"], self.names, self.tables)
            text += "[l]" if array.varies else "[0]"
            base = self.base.get(array, "")
            lines += [f"{indent}{{"]
            lines += [f"{indent}  {base}"] * bool(base)
            lines += [
                f"{indent}  for (int n = 0; n < {len(to)}; n++) {into}[{index(to, ['n'], self.tables)}] = {text};",
                f"{indent}}}",
            ]
        return lines


def functions_in(body: str) -> str:
    """Return the head of every text, and those of our vector functions that a body uses, in order."""
    pieces = files("autograd.compiler.backends.native").joinpath("functions.c").read_text().split("\n\n")
    known: dict[str, int] = {}
    for n, piece in enumerate(pieces):
        for name in re.findall(
            r"^(?:static (?:inline|__attribute__\(\(noinline\)\)) \w+ |#define |BY_\w+\()(\w+)",
            piece,
            re.MULTILINE,
        ):
            known.setdefault(name, n)
    wanted = {0}
    waiting = [body]
    while waiting:
        for name in set(re.findall(r"\w+", waiting.pop())) & known.keys():
            if known[name] not in wanted:
                wanted.add(known[name])
                waiting.append(pieces[known[name]])
    return "\n\n".join(piece.strip("\n") for n, piece in enumerate(pieces) if n in wanted)
