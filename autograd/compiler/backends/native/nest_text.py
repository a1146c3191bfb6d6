"""One nest of loops as C: tiles of sums held in registers, and what is done with each element."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product as pairs

import numpy as np

from autograd.compiler.arrays.program import NOTHING, Array, Map, Operand, Positions, Product
from autograd.compiler.arrays.strides import common_shape
from autograd.compiler.backends.elementwise import instructions, instructions_on_row
from autograd.compiler.backends.native.dialect import JOINED, C, number
from autograd.compiler.backends.native.indices import Bounds, Tables, index
from autograd.compiler.backends.native.nests import Nest
from autograd.listing import Symbol

TILE = (4, 2)
"""How many rows of the left and of the right side of a product are in registers at once."""


class NestText:
    """The lines of one nest; `names` tells what each array is called, `wide` which hold vectors."""

    def __init__(self, nest: Nest, names: dict[Array, str], kept: set[Array], tables: Tables) -> None:
        self.nest = nest
        self.names = names
        self.kept = kept
        self.tables = tables
        self.lines: list[str] = []
        self.depth = 1
        first = nest.members[0].statement
        if nest.row:
            self._rows()
        elif nest.products:
            self._products(nest.products)
        else:
            self._elements(first.out.at)

    # ---- lines ----------------------------------------------------------------------------------------

    def _line(self, text: str) -> None:
        self.lines.append("  " * self.depth + text)

    def _open(self, text: str) -> None:
        self._line(text + " {")
        self.depth += 1

    def _close(self, count: int = 1) -> None:
        for _ in range(count):
            self.depth -= 1
            self._line("}")

    def _loop(self, counter: str, start: str | int, end: str | int, step: int = 1) -> None:
        forward = f"{counter}++" if step == 1 else f"{counter} += {step}"
        self._open(f"for (int {counter} = {start}; {counter} < {end}; {forward})")

    # ---- reading and writing --------------------------------------------------------------------------

    def _read(self, operand: Operand, counters: Sequence[str]) -> str:
        return read(operand, counters, self.names, self.tables)

    def _guarded(self, operand: Operand, counters: Sequence[str]) -> str:
        """Return the same where some positions are NOTHING, which stands for a number."""
        text = self._read(operand, counters)
        if operand.numbers is not None or not (operand.at == NOTHING).any() or (operand.at == NOTHING).all():
            return text
        there = index((operand.at != NOTHING).astype(int), counters, self.tables)
        return f"({there} ? {text} : all({number(operand.hole)}))"

    def _write(self, out: Operand, counters: Sequence[str], value: str, sign: str = "=") -> None:
        place = index(out.at, counters, self.tables)
        if out.array.varies:
            self._line(f"{self.names[out.array]}[{place}] {sign} {value};")
        else:
            self._line(f"{self.names[out.array]}[{place}] {sign} ({value})[0];")

    # ---- element by element ---------------------------------------------------------------------------

    def _elements(self, at: Positions) -> None:
        columns = [c.at for m in self.nest.members for _, sides in m.columns() for c in sides]
        shape = common_shape([*columns, *[member.out.at for member in self.nest.members]])
        counters = ["i", "j", "k", "l", "m", "n", "o", "p"][: len(shape)]
        if len(shape) > 8:
            shape, counters = (len(at),), ["i"]
        for counter, size in zip(counters, shape, strict=True):
            self._loop(counter, 0, size)
        self._element(np.arange(len(at)).reshape(shape), counters, None, "")
        self._close(len(shape))

    def _element(self, elements: Positions, counters: Sequence[str], value: str | None, suffix: str) -> None:
        """Write what is done with one element: of number `elements[counters]`, with a sum so far."""
        held: dict[Array, str] = {}
        for n, member in enumerate(self.nest.members):
            own = value if n == 0 else None
            out = member.out.reading(np.where(elements == NOTHING, NOTHING, member.out.at[elements]))
            if n == 0 and self.nest.begun:
                before = self._read(out, counters)
                own = f"{before} + {own}" if own else before
            columns = [
                (
                    c,
                    [
                        held.get(s.array) or self._guarded(s.reading(_picked(s.at, elements)), counters)
                        for s in sides
                    ],
                )
                for c, sides in member.columns()
            ]
            if isinstance(member.statement, Map):
                result = self._mapped(member.statement, columns[0][1], f"{n}{suffix}")
            else:
                result = _added(own, columns)
            name = f"e{n}{suffix}"
            self._line(f"V {name} = {result};")
            held[member.statement.out.array] = name
            if member.statement.out.array in self.kept:
                self._write(out, counters, name)

    def _mapped(self, statement: Map, values: Sequence[str], suffix: str) -> str:
        """Write the instructions of an operation; return the expression for its result."""
        numbers = [o.numbers for o in statement.operands]
        known = [
            float(x.flat[0])
            if x is not None and (x.view(np.int64) == x.flat[:1].view(np.int64)[0]).all()
            else None
            for x in numbers
        ]
        if None not in known:
            known[0] = None
        written, symbols, result = instructions(statement.op, known, exact=False)
        names = {s: v for s, v in zip(symbols, values, strict=True) if isinstance(s, Symbol)}
        for place, (symbol, text) in enumerate(list(names.items())):
            if text.isidentifier():
                continue
            self._line(f"V a{place}_{suffix} = {text};")
            names[symbol] = f"a{place}_{suffix}"
        for instruction in written:
            name = f"t{len(names)}_{suffix}"
            kind = "M" if instruction.result.is_condition else "V"
            self._line(f"{kind} {name} = {C.write_one(instruction, names)};")
            names[instruction.result] = name
        return names[result] if isinstance(result, Symbol) else f"all({number(result)})"

    # ---- products -------------------------------------------------------------------------------------

    def _products(self, products: Sequence[Product]) -> None:
        """Write the loops over all sums of some products: g blocks of i rows on the left by j on the right."""
        sums = products[0].sums
        blocks, rows, columns = sums.shape
        if rows == columns == 1 and blocks > 1:  # row by row: the blocks are what is tiled
            products = [_turned(p) for p in products]
            sums = products[0].sums
            blocks, rows, columns = sums.shape
        self.paired = (
            rows > 1
            and products[0].left.at.shape[1] == rows
            and (
                products[0].right is not None
                and products[0].right.at.shape[1] == rows
                and sums.shape[2] == 1
                and blocks == 1
                and columns == 1
            )
        )
        holes = sums == NOTHING
        by_row = Bounds.of(~holes) if holes.any() else None
        self.uneven = bool(holes.any()) and by_row is None
        tile = list(TILE)
        lengths = [self._lengths(p, sums) for p in products]
        for depends in (d for _, d in lengths):
            tile = [1 if d else size for d, size in zip(depends, tile, strict=True)]
        if holes.any():
            tile[0] = 1
        if blocks > 1:
            self._loop("g", 0, blocks)
        varying_left = (
            products[0].left.array.varies
            and not self.paired
            and not (products[0].right is not None and products[0].right.array.varies)
        )
        if by_row is not None:
            self._loop("i", 0, rows)
            low, high = by_row.text(["g", "i"], self.tables)
            self._line(f"int j = {low}, last = {high};")
            if tile[1] > 1:
                self._open(f"for (; j + {tile[1]} <= last; j += {tile[1]})")
                self._tile(products, lengths, sums, (1, tile[1]))
                self._close()
            self._open("for (; j < last; j++)")
            self._tile(products, lengths, sums, (1, 1))
            self._close(2)
        else:
            outer, inner = (("i", rows, tile[0]), ("j", columns, tile[1]))
            if not varying_left:
                outer, inner = inner, outer
            for _ in _tiles(self, *outer):
                for _ in _tiles(self, *inner):
                    size = dict([(outer[0], self.sizes[outer[0]]), (inner[0], self.sizes[inner[0]])])
                    self._tile(products, lengths, sums, (size["i"], size["j"]))
        if blocks > 1:
            self._close()

    sizes: dict[str, int]

    def _lengths(self, product: Product, sums: Positions) -> tuple[Bounds | None, tuple[bool, bool]]:
        """Return which k matter for each sum, and whether that depends on i and on j."""
        shape = (*sums.shape, product.left.at.shape[-1])
        valid = np.broadcast_to((product.left.at != NOTHING)[:, :, None, :], shape).copy()
        if product.right is not None:
            right = (product.right.at != NOTHING)[:, None, :, :]
            valid &= np.broadcast_to(right, shape) if not self.paired else True
            if self.paired:
                valid &= (product.right.at != NOTHING)[:, :, None, :]
        asked = (sums != NOTHING)[..., None]
        if (valid | ~asked).all():
            return None, (False, False)
        bounds = Bounds.of(valid)
        if bounds is None:
            return None, (False, False)  # single holes are guarded
        valid = np.where(asked, valid, valid[:, :, :1])
        by_i = not (valid == valid[:, :1]).all()
        by_j = not (valid == valid[:, :, :1]).all()
        return bounds, (by_i, by_j)

    def _tile(
        self,
        products: Sequence[Product],
        lengths: Sequence[tuple[Bounds | None, tuple[bool, bool]]],
        sums: Positions,
        size: tuple[int, int],
    ) -> None:
        """Write the sums of a tile of `size` rows and columns from (i, j) on, and what is done with each."""
        cells = list(pairs(range(size[0]), range(size[1])))
        longest = max(p.left.at.shape[-1] for p in products)
        parts = 4 if len(cells) == 1 and longest >= 32 else 1
        names = [f"s{r}{c}" for r, c in cells]
        partial = [f"{name}_{n}" if parts > 1 else name for name in names for n in range(parts)]
        self._line(f"V {', '.join(f'{name} = {{0}}' for name in partial)};")
        for product, (bounds, _) in zip(products, lengths, strict=True):
            length = product.left.at.shape[-1]
            low, high = ("0", str(length)) if bounds is None else bounds.text(["g", "i", "j"], self.tables)
            if parts > 1:
                self._line(f"int k = {low}, end = {high};")
                self._open(f"for (; k + {parts} <= end; k += {parts})")
                for n in range(parts):
                    self._terms(product, size, bounds is None, f"(k + {n})" if n else "k", f"_{n}")
                self._close()
                self._open("for (; k < end; k++)")
                self._terms(product, size, bounds is None, "k", "_0")
                self._close()
            else:
                self._loop("k", low, high)
                self._terms(product, size, bounds is None, "k", "")
                self._close()
        if parts > 1:
            for name in names:
                self._line(f"V {name} = ({name}_0 + {name}_1) + ({name}_2 + {name}_3);")
        coefficient = products[0].coefficient
        for (r, c), name in zip(cells, names, strict=True):
            counters = ["g", _plus("i", r), _plus("j", c)]
            value = name if coefficient == 1.0 else f"{number(coefficient)} * {name}"
            if self.uneven:
                there = index((sums != NOTHING).astype(int), counters, self.tables)
                self._open(f"if ({there})")
            if self.nest.over_batch:
                member = self.nest.members[0]
                out = member.out.reading(_picked(member.out.at, sums))
                place = index(out.at, counters, self.tables)
                scale = "" if coefficient == 1.0 else f"{number(coefficient)} * "
                self._line(f"{self.names[out.array]}[{place}] += {scale}total({name});")
            else:
                self._element(sums, counters, value, f"_{r}{c}")
            if self.uneven:
                self._close()

    def _terms(self, product: Product, size: tuple[int, int], guarded: bool, k: str, suffix: str) -> None:
        """Write the loads of a tile's rows at k, and the products added to its sums."""
        read = self._guarded if guarded else self._read
        rows, columns = size
        indent = suffix
        for r in range(rows):
            self._line(f"V a{r}{indent} = {read(product.left, ['g', _plus('i', r), k])};")
        if product.right is None:
            for r in range(rows):
                self._line(f"s{r}0{suffix} += a{r}{indent};")
            return
        if self.paired:
            for r in range(rows):
                self._line(
                    f"s{r}0{suffix} = v_fma(a{r}{indent}, {read(product.right, ['g', _plus('i', r), k])}, s{r}0{suffix});"
                )
            return
        for c in range(columns):
            self._line(f"V b{c}{indent} = {read(product.right, ['g', _plus('j', c), k])};")
        for r, c in pairs(range(rows), range(columns)):
            self._line(f"s{r}{c}{suffix} = v_fma(a{r}{indent}, b{c}{indent}, s{r}{c}{suffix});")

    # ---- whole rows -----------------------------------------------------------------------------------

    def _rows(self) -> None:
        """Write an operation on all of a row: loops over the row, each as far as what they join is known."""
        member = self.nest.members[0]
        statement = member.statement
        assert isinstance(statement, Map)
        at = np.stack([o.at for o in statement.operands], -1)
        source = statement.operands[0].reading(at)
        known = at != NOTHING
        bounds = Bounds.of(known)
        count = at.shape[1]
        found = instructions_on_row(statement.op, count)
        if found is None or bounds is None or any(i.joins and i.function not in JOINED for i in found[0]):
            self.nest.row = False
            self._elements(statement.out.at)
            return
        written, (row,), result = found
        self._loop("i", 0, len(at))
        low, high = bounds.text(["i"], self.tables)
        names: dict[Symbol, str] = {}
        level: dict[Symbol, int] = {row: 0}
        for instruction in written:
            most = max([0, *[level[x] for x in instruction.arguments if isinstance(x, Symbol)]])
            level[instruction.result] = most + instruction.joins
        passes = sorted({level[i.result] - i.joins for i in written if i.joins or i.result.row})
        last_use: dict[Symbol, int] = {}
        for i in written:
            if i.joins or i.result.row:
                for x in i.arguments:
                    if isinstance(x, Symbol) and x.row:
                        last_use[x] = max(last_use.get(x, 0), level[i.result] - i.joins)
        scalars = [i for i in written if not i.joins and not i.result.row]
        for here in range(max([*passes, *level.values()]) + 1):
            for instruction in [i for i in scalars if level[i.result] == here]:
                names[instruction.result] = f"t{len(names)}"
                kind = "M" if instruction.result.is_condition else "V"
                self._line(f"{kind} {names[instruction.result]} = {C.write_one(instruction, names)};")
            inside = [i for i in written if (i.joins or i.result.row) and level[i.result] - i.joins == here]
            if not inside:
                continue
            for instruction in inside:
                if instruction.joins:
                    names[instruction.result] = f"t{len(names)}"
                    self._line(
                        f"V {names[instruction.result]} = all({number(JOINED[instruction.function][0])});"
                    )
                elif last_use.get(instruction.result, here) > here:
                    kind = "M" if instruction.result.is_condition else "V"
                    self._line(f"{kind} r{len(names)}[{count}];")
                    names[instruction.result] = f"r{len(names)}[k]"
            self._loop("k", low, high)
            inner = {row: "x", **names}
            self._line(f"V x = {self._read(source, ['i', 'k'])};")
            for instruction in inside:
                if instruction.joins:
                    total, form = names[instruction.result], JOINED[instruction.function][1]
                    self._line(f"{total} = {form.format(total, inner[instruction.arguments[0]])};")
                    continue
                text = C.write_one(instruction, inner)
                if instruction.result in names:
                    self._line(f"{names[instruction.result]} = {text};")
                else:
                    inner[instruction.result] = f"u{len(inner)}"
                    kind = "M" if instruction.result.is_condition else "V"
                    self._line(f"{kind} {inner[instruction.result]} = {text};")
            self._close()
        self._write(member.out, ["i"], names[result])
        self._close()


def _tiles(text: NestText, counter: str, size: int, step: int) -> Iterator[None]:
    """Open the loops over a range in steps, with a last one for what is left; each is closed after its turn."""
    step = min(step, size)
    whole = size - size % step
    if whole == step and whole == size:
        spans = [(0, step)]
        for start, width in spans:
            text._open("")
            text._line(f"const int {counter} = {start};")
            text.sizes = {**getattr(text, "sizes", {}), counter: width}
            yield
            text._close()
        return
    text._loop(counter, 0, whole, step)
    text.sizes = {**getattr(text, "sizes", {}), counter: step}
    yield
    text._close()
    if size % step:
        text._open("")
        text._line(f"const int {counter} = {whole};")
        text.sizes = {**getattr(text, "sizes", {}), counter: size % step}
        yield
        text._close()


def _plus(counter: str, n: int) -> str:
    return f"({counter} + {n})" if n else counter


def _picked(at: Positions, elements: Positions) -> Positions:
    """Return the positions of some elements, NOTHING for none."""
    return np.where(elements == NOTHING, NOTHING, at[elements])


def _turned(product: Product) -> Product:
    """Return blocks of one sum each as rows of one block."""
    left = product.left.reading(product.left.at.transpose(1, 0, 2))
    right = product.right and product.right.reading(product.right.at.transpose(1, 0, 2))
    return Product(product.over_batch, product.coefficient, left, right, product.sums.transpose(1, 0, 2))


def _added(value: str | None, columns: Sequence[tuple[float, Sequence[str]]]) -> str:
    """Return a sum so far and coefficient · factors added to it as an expression."""
    text = value or ""
    for coefficient, factors in columns:
        part = " * ".join(factors)
        if coefficient not in (1.0, -1.0):
            part = f"{number(abs(coefficient))} * {part}"
        sign = "-" if coefficient < 0 else "+"
        text = f"{text} {sign} {part}" if text else part if sign == "+" else f"-({part})"
    return text or "all(0)"


def read(operand: Operand, counters: Sequence[str], names: Mapping[Array, str], tables: Tables) -> str:
    """Return the vector at some place of an operand, whose positions have an axis for each counter."""
    array, at = operand.array, operand.at
    numbers = operand.numbers
    if numbers is not None:
        if (numbers.view(np.int64) == numbers.flat[:1].view(np.int64)[0]).all():
            return f"all({number(float(numbers.flat[0]))})"
        places = np.arange(numbers.size).reshape(numbers.shape)
        name = tables.add("c", "T", [number(x) for x in numbers.ravel().tolist()])
        return f"all({name}[{index(places, counters, tables)}])"
    if (at == NOTHING).all():
        return f"all({number(operand.hole)})"
    place = index(at, counters, tables)
    text = f"{names[array]}[{place}]"
    return text if array.varies else f"all({text})"
