"""Sums of products as loops, whose innermost holds a tile of sums in registers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product as pairs

import numpy as np

from autograd.compiler.arrays.program import NOTHING, Operand, Positions, Product
from autograd.compiler.backends.native.emit.dialect import number
from autograd.compiler.backends.native.emit.elements import write_element
from autograd.compiler.backends.native.emit.indices import Bounds
from autograd.compiler.backends.native.emit.nests import Nest, Phase
from autograd.compiler.backends.native.emit.scope import Lines, Scope, picked

TILE = (4, 2)
"""How many rows of the left and of the right side are in registers at once."""
AT_ONCE = TILE[0] * TILE[1]
"""How many sums are in registers at once."""
LONG = 32
"""From which length on a single sum is added up in four parts, for one would wait for itself."""


class ProductsText:
    """The loops of a nest with products: blocks g, rows i of the left side, rows j of the right, terms k.

    `reload(n)` writes the lines that find the arrays of the block of examples b + n, under names that end
    in n, for sums over all blocks of a chunk.
    """

    def __init__(
        self, nest: Nest, scope: Scope, lines: Lines, reload: Callable[[int], Scope] | None = None
    ) -> None:
        self.nest = nest
        self.scope = scope
        self.scopes = [scope] * AT_ONCE
        self.lines = lines
        self.reload = reload
        self.products = nest.products
        blocks, rows, columns = self.products[0].sums.shape
        self.paired = rows == columns == 1 and blocks > 1
        if self.paired:  # each left row meets one right row: the blocks are what is tiled
            self.products = [_turned(product) for product in self.products]
        self.sums = self.products[0].sums
        self.padding = self.sums == NOTHING
        self.runs = Bounds.of(~self.padding) if self.padding.any() else None
        lengths = [self._lengths(product) for product in self.products]
        self.lengths = [bounds for bounds, _, _ in lengths]
        single = (
            self.sums.shape[1] == 1 or any(by_i for _, by_i, _ in lengths) or self.padding.any(),
            self.sums.shape[2] == 1 or any(by_j for _, _, by_j in lengths),
        )
        self.tile = {(False, False): TILE, (True, False): (1, AT_ONCE), (False, True): (AT_ONCE, 1)}.get(
            single, (1, 1)
        )

    @property
    def may_share_weights(self) -> bool:
        """Whether nothing but the right sides differs from block to block, and these have a single row."""
        if self.nest.phase != Phase.BLOCK or self.nest.sum_over_batch or self.sums.shape[::2] != (1, 1):
            return False
        sides = [(product.left, product.right) for product in self.products]
        weighted = all(right and right.array.batched and not left.array.batched for left, right in sides)
        return weighted and not self.padding.any() and self.lengths.count(None) == len(self.lengths)

    def write_sharing_weights(self, reload: Callable[[int], Scope]) -> None:
        """Write the loops over the blocks of a chunk inside those over the weights, which are read once."""
        rows = self.sums.shape[1]
        for height in self._steps("i", rows, TILE[0]):
            self.lines.add("int b = 0;")
            for width in (TILE[1], 1):
                self.lines.open(f"for (; b + {width} <= blocks; b += {width})")
                self.scopes = [reload(n) for n in range(width)]
                self._tile((height, width))
                self.lines.close()

    def write(self) -> None:
        """Write the loops."""
        blocks, rows, columns = self.sums.shape
        if blocks > 1:
            self.lines.loop("g", 0, blocks)
        if self.runs is not None:
            self.lines.loop("i", 0, rows)
            self._ragged(self.runs)
            self.lines.close()
        else:
            # The batched side goes once through the cache, the weights again and again.
            left, right = (self.products[0].left, self.products[0].right)
            weights_last = right is not None and (right.array.batched or not left.array.batched)
            sides = [("i", rows, self.tile[0]), ("j", columns, self.tile[1])]
            outer, inner = sides[::-1] if weights_last else sides
            for wide in self._steps(*outer):
                for narrow in self._steps(*inner):
                    self._tile((narrow, wide) if weights_last else (wide, narrow))
        if blocks > 1:
            self.lines.close()

    def _ragged(self, runs: Bounds) -> None:
        """Write the loop over the sums of a row, which are a run of all columns."""
        low, high = runs.text(["g", "i"], self.scope.tables)
        width = self.tile[1]
        self.lines.add(f"int j = {low}, last = {high};")
        if width > 1:
            self.lines.open(f"for (; j + {width} <= last; j += {width})")
            self._tile((1, width))
            self.lines.close()
        self.lines.open("for (; j < last; j++)")
        self._tile((1, 1))
        self.lines.close()

    def _steps(self, counter: str, size: int, step: int) -> Iterator[int]:
        """Write loops over a range in steps, the last for what is left; yield the width of each step."""
        whole = size - size % step
        for start, end, width in ((0, whole, step), (whole, size, size % step)):
            if start == end:
                continue
            if end - start == width:
                self.lines.open()
                self.lines.add(f"const int {counter} = {start};")
            else:
                self.lines.loop(counter, start, end, width)
            yield width
            self.lines.close()

    def _lengths(self, product: Product) -> tuple[Bounds | None, bool, bool]:
        """Return which terms of each sum there are, and whether that depends on i and on j.

        None for all, and where they have gaps: then terms that are NOTHING are read as zero.
        """
        valid = (product.left.at != NOTHING)[:, :, None, :]
        if product.right is not None:
            right = product.right.at != NOTHING
            valid = valid & (right[:, :, None, :] if self.paired else right[:, None, :, :])
        valid = np.broadcast_to(valid, (*self.sums.shape, valid.shape[-1]))
        bounds = Bounds.of(valid)
        if valid.all() or bounds is None:
            return None, False, False
        return bounds, not (valid == valid[:, :1]).all(), not (valid == valid[:, :, :1]).all()

    # ---- a tile ---------------------------------------------------------------------------------------

    def _tile(self, size: tuple[int, int]) -> None:
        """Write the sums of a tile from (i, j) on, and what is done with each."""
        cells = list(pairs(range(size[0]), range(size[1])))
        names = [f"s{r}{c}" for r, c in cells]
        longest = max(product.left.at.shape[-1] for product in self.products)
        parts = 4 if len(cells) == 1 and longest >= LONG else 1
        each = [f"s00_{n}" for n in range(parts)] if parts > 1 else names
        self.lines.add(f"V {', '.join(f'{name} = {{0}}' for name in each)};")
        if self.reload is not None:
            self.lines.loop("b", 0, "blocks")
            self.scopes = [self.reload(0)] * len(self.scopes)
        for product, bounds in zip(self.products, self.lengths, strict=True):
            length = str(product.left.at.shape[-1])
            low, high = ("0", length) if bounds is None else bounds.text("gij", self.scope.tables)
            if parts > 1:
                self._in_parts(product, size, low, high, parts)
            elif length == "1" and bounds is None:
                self.lines.open()  # or the names of two such products would clash
                self._terms(product, size, "0", "")
                self.lines.close()
            else:
                self.lines.loop("k", low, high)
                self._terms(product, size, "k", "")
                self.lines.close()
        if self.reload is not None:
            self.lines.close()
        if parts > 1:
            self.lines.add("V s00 = (s00_0 + s00_1) + (s00_2 + s00_3);")
        if self.nest.sum_over_batch:
            names = self._over_lanes(names)
        for (r, c), name in zip(cells, names, strict=True):
            self._finished(["g", _plus("i", r), _plus("j", c)], name, f"_{r}{c}", self.scopes[c])

    def _in_parts(self, product: Product, size: tuple[int, int], low: str, high: str, parts: int) -> None:
        self.lines.open()
        self.lines.add(f"int k = {low}, end = {high};")
        self.lines.open(f"for (; k + {parts} <= end; k += {parts})")
        for n in range(parts):
            self._terms(product, size, _plus("k", n), f"_{n}")
        self.lines.close()
        self.lines.open("for (; k < end; k++)")
        self._terms(product, size, "k", "_0")
        self.lines.close(2)

    def _terms(self, product: Product, size: tuple[int, int], k: str, part: str) -> None:
        """Write the loads of a tile's rows at k, and the products added to its sums."""
        rows, columns = size
        add = self.lines.add
        bounded = self.lengths[self.products.index(product)] is not None

        def read(scope: Scope, side: Operand, counter: str) -> str:
            counters = ["g", counter, k]
            return scope.read(side, counters) if bounded else scope.guarded(side, counters)

        for r in range(rows):
            add(f"V a{r}{part} = {read(self.scopes[0], product.left, _plus('i', r))};")
        if product.right is None:
            for r in range(rows):
                add(f"s{r}0{part} += a{r}{part};")
            return
        counter, count = ("i", rows) if self.paired else ("j", columns)
        for c in range(count):
            scope = self.scopes[0 if self.paired else c]
            add(f"V b{c}{part} = {read(scope, product.right, _plus(counter, c))};")
        for r, c in pairs(range(rows), range(columns)):
            other = r if self.paired else c
            add(f"s{r}{c}{part} = v_fma(a{r}{part}, b{other}{part}, s{r}{c}{part});")

    def _over_lanes(self, names: list[str]) -> list[str]:
        """Add up the lanes of each sum, four sums at a time; return what the totals are called."""
        fours = [names[n : n + 4] for n in range(0, len(names) - 3, 4)]
        for n, four in enumerate(fours):
            self.lines.add(f"T t{n}[4];")
            self.lines.add(f"totals(t{n}, {', '.join(four)});")
        together = [f"t{n}[{place}]" for n in range(len(fours)) for place in range(4)]
        return together + [f"total({name})" for name in names[len(together) :]]

    def _finished(self, counters: list[str], name: str, suffix: str, scope: Scope) -> None:
        """Write what is done with a sum."""
        coefficient = self.products[0].coefficient
        factor = "" if coefficient == 1.0 else f"{number(coefficient)} * "
        gaps = self.padding.any() and self.runs is None
        if gaps:
            self.lines.open(f"if ({self.scope.index((~self.padding).astype(int), counters)})")
        if self.nest.sum_over_batch:
            out = self.nest.members[0].out
            place = self.scope.index(picked(out.at, self.sums), counters)
            self.lines.add(f"{self.scope.names[out.array]}[{place}] += {factor}{name};")
        else:
            write_element(self.nest, scope, self.lines, self.sums, counters, f"{factor}{name}", suffix)
        if gaps:
            self.lines.close()


def _plus(counter: str, n: int) -> str:
    return f"({counter} + {n})" if n else counter


def _turned(product: Product) -> Product:
    """Return blocks of one sum each as rows of one block."""

    def turned(at: Positions) -> Positions:
        return at.transpose(1, 0, 2)

    left = product.left.reading(turned(product.left.at))
    right = product.right and product.right.reading(turned(product.right.at))
    return Product(product.sum_over_batch, product.coefficient, left, right, turned(product.sums))
