"""Sums of products, made of operations that add and multiply, and of sums that only one other uses.

What has nothing out of the ordinary is done for all sums at once, the rest one by one.
"""

from __future__ import annotations

import numpy as np

from autograd.compiler.record.distinct import Distinct
from autograd.compiler.record.equal_terms import collected
from autograd.compiler.record.factor_rows import factors
from autograd.compiler.record.operations import batch_sum
from autograd.compiler.record.recording import Recording
from autograd.compiler.record.segments import Flags, Integers, alike, runs
from autograd.compiler.record.sums_one_by_one import PRODUCTS, OneByOne, times, weights_of
from autograd.compiler.record.terms import ONE, Terms, Weights, is_coefficient
from autograd.ops import TABLE

_SUMS = frozenset({*[op for op in TABLE.values() if op.sum_of_products], batch_sum})


def sums_among(recording: Recording) -> Flags:
    """Mark the scalars that are sums of products."""
    return recording.made_by(_SUMS)


class Sums:
    """Sums in the making. What marks scalars marks the rows of factors behind them too."""

    def __init__(self, recording: Recording, calls: Distinct, is_sum: Flags, uses: Integers) -> None:
        rows = (0, len(calls.first) - len(recording))
        self.recording = recording
        self.args = calls.args
        self.code = np.array(recording.code)
        self.is_sum = np.pad(is_sum, rows)
        self.is_product = np.pad(recording.made_by(PRODUCTS), rows)
        self.number = np.full(len(calls.first), np.nan)
        self.number[list(recording.number)] = list(recording.number.values())
        self.is_number = np.pad(np.frombuffer(recording.is_number, bool), rows)
        self.is_coefficient = is_coefficient(self.number)
        self.sums = calls.scalars[is_sum[calls.scalars]]
        self.user = np.full(len(calls.first), -1)
        self.joining = self._joining(uses)
        self.weights = Weights()

    def _joining(self, uses: Integers) -> Flags:
        """Mark the sums and products that are to become part of the only one that uses them.

        A gradient with one share looks like those with many only if it stays whole.
        """
        recording, (flat, start) = self.recording, self.args
        at = np.flatnonzero((self.is_sum & (uses == 1))[flat])
        at = at[at < start[len(recording)]]  # a factor in a row stays one
        parts, users = flat[at], np.searchsorted(start, at, "right") - 1
        self.user[parts] = users
        count, nth = (start[users + 1] - start[users]) // 2, at - start[users]
        # Terms by themselves, or one with a number as its coefficient: of a product, the bias is the former.
        partner = flat.take(np.where(nth < count, at + count, at - count), mode="clip")
        is_one = (start[parts + 1] - start[parts] < 4) & (flat[start[parts]] < len(recording))
        is_single = ~self.is_product[parts] | is_one
        is_term = ~self.is_product[users] | (nth == 2 * count) | (self.is_coefficient[partner] & is_single)
        batched = np.array(recording.batched, bool)
        is_alike = (parts < recording.written) & (batched[parts] == batched[users])
        over_batch = recording.made_by([batch_sum])
        joining = np.zeros(len(uses), bool)
        joining[parts] = self.is_sum[users] & is_term & (over_batch[users] | is_alike)
        return joining

    def made(self) -> tuple[Integers, Terms]:
        """Return the scalars that are sums, in rising order, and their terms."""
        at_once, done = self._made_at_once()
        others = OneByOne(self.recording, self.args, self.joining, self.weights)
        others.make(self.sums[~done[self.sums]])
        columns = np.hstack([*at_once, others.columns()])
        owner, weights, lefts, rights = columns[:, np.argsort(columns[0], kind="stable")]
        self.joining[list(others.finished)] = False
        sums = self.sums[~self.joining[self.sums]]
        start = np.append(np.searchsorted(owner, sums), len(owner))
        known = factors(self.args, len(self.recording))
        return sums, collected(Terms(start, weights, lefts, rights, self.weights, known))

    def _made_at_once(self) -> tuple[list[Integers], Flags]:
        """Return the terms of usual sums, and which sums these are.

        A product is usual if it has no parts, and then what adds up such products and others. Terms are
        columns: the sum, the weight, left and right factor.
        """
        user, joining, is_product = self.user, self.joining, self.is_product
        parts = np.flatnonzero(joining)
        has_parts, waits = np.zeros((2, len(joining)), bool)
        has_parts[user[parts]] = True
        is_part = joining & is_product & ~has_parts & ~is_product[user] & ~joining[user]
        waits[user[parts[~is_part[parts]]]] = True
        is_part &= ~waits[user]
        done = self.is_sum & (~joining | is_part) & ~np.where(is_product, has_parts, waits)
        sums = self.sums[done[self.sums]]
        products = sums[is_product[sums]]
        added, weight = self._added_up(sums[~is_product[sums]], is_part)
        owner = np.where(is_part, user, np.arange(len(user)))
        return [*added, *self._multiplied(products, owner[products], weight[products])], done

    def _multiplied(self, products: Integers, owner: Integers, weight: Integers) -> list[Integers]:
        """Return the terms of products, which belong to others perhaps, all with such a weight."""
        flat, start = self.args
        first, bias = start[products], start[products + 1] - 1
        count = (bias + 1 - first) // 2
        at = np.flatnonzero(self.is_number[flat])
        users = np.searchsorted(start, at, "right") - 1
        has_numbers = np.zeros(len(self.is_sum), bool)
        has_numbers[users[at < start[users] + (start[users + 1] - start[users]) // 2 * 2]] = True
        plain = ~has_numbers[products] & (count > 0)
        biased = (bias == first + 2 * count) & (self.number[flat[bias]] != 0.0)
        return [
            np.stack([owner[plain], weight[plain], flat[first[plain]], flat[first[plain] + 1]]),
            np.stack([owner, weight, flat[bias], np.full_like(bias, ONE)])[:, biased],
            self._scaled(owner[~plain], weight[~plain], first[~plain], count[~plain]),
        ]

    def _scaled(self, owner: Integers, weight: Integers, first: Integers, count: Integers) -> Integers:
        """Return the terms of products where numbers among the factors are coefficients."""
        at = runs(first, count)
        left, right = self.args.flat[at], self.args.flat[at + np.repeat(count, count)]
        turned = self.is_number[left]
        left, right = np.where(turned, right, left), np.where(turned, left, right)
        owner, weight = np.repeat(owner, count), np.repeat(weight, count)
        by = np.flatnonzero(self.is_coefficient[right])
        numbers, which = np.unique(self.number[right[by]], return_inverse=True)
        for same in alike(weight[by], which):
            number = float(numbers[which[same[0]]])
            weight[by[same]] = times(self.weights, int(weight[by[same[0]]]), (False, number))
        right[by] = ONE
        return np.stack([owner, weight, left, right])

    def _added_up(self, sums: Integers, is_part: Flags) -> tuple[list[Integers], Integers]:
        """Return the terms of sums whose arguments are terms, which those that are zero are not.

        Those that are parts of them are left out; their weights come with the terms.
        """
        found: list[Integers] = []
        weight_of = np.zeros(len(is_part), int)
        counts = self.args.start[sums + 1] - self.args.start[sums]
        for same in alike(self.code[sums], counts):
            rows, count = sums[same], int(counts[same[0]])
            args = self.args.block(rows)
            weights = weights_of(self.recording.op(rows[0]), count)
            columns = np.broadcast_arrays(rows[:, None], list(map(self.weights.number, weights)), args, ONE)
            weight_of[args[is_part[args]]] = columns[1][is_part[args]]
            chosen = (self.number[args] != 0.0) & ~is_part[args]
            found.append(np.stack([column[chosen] for column in columns]))
        return found, weight_of
