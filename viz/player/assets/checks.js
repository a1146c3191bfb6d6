// What backs a gradient: nudge the number and compute everything again; differences; every path; warnings.

const NUDGES = [0.1, 0.01, 0.001], TINY = 1e-9, SMALL = 1e-3;
const PATHS = 4, LONGEST_PATH = 9;
const SATURATED = 0.05, VANISHED = 1e-4, EXPLODED = 1e4;

/** The nodes whose values depend on a node's: itself and those after it. */
function ahead(place) {
  const { nodes } = story.program, found = new Set([place]);
  for (let at = place + 1; at < nodes.length; at += 1) if (nodes[at].args.some((arg) => found.has(arg))) found.add(at);
  return [...found];
}

/** The result of an epoch as a function of one node's number: only what depends on it is computed again. */
function along(run, epoch, place) {
  const { program } = story, values = [...computedOf(run, epoch).value], [, ...later] = ahead(place);
  return (x) => {
    values[place] = x;
    for (const at of later) values[at] = program.nodes[at].compute(values);
    return values.at(-1);
  };
}

/** How far the result moves as the number is nudged: rows of the nudge, the move, and their quotient. */
function nudged(run, epoch, place) {
  const { value } = computedOf(run, epoch), x = value[place], result = along(run, epoch, place);
  const scale = x !== 0 && abs(x) < inf ? 10 ** floor(log10(maximum(abs(x), TINY))) : 1;
  return NUDGES.map((part) => {
    const moved = result(x + part * scale) - value.at(-1);
    return [part * scale, moved, moved / (part * scale)];
  });
}

/** Steps of a difference, from the smallest: by the size of the number, and on to what is small beside 1. */
function stepsAround(x) {
  const scales = [abs(x), SMALL].filter((scale) => scale > 0), powers = Array.from({ length: 21 }, (_, at) => 2 ** (2 * at - 44));
  const steps = scales.flatMap((scale) => powers.map((power) => scale * power)).sort((a, b) => a - b);
  return steps.filter((step) => x + step !== x && step <= maximum(abs(x), SMALL) / 16);
}

/**
 * The slope by differences, to both sides and to each, and how sure it is. `rounding` is how far operations may
 * have moved the result. Each step with its first error taken out is an estimate; steps grow, and a larger one
 * counts as long as it contradicts nothing that smaller ones have said, as one across a kink would.
 */
function difference(result, x, rounding) {
  const here = result(x), none = { slope: nan, error: inf }, sides = { both: none, left: none, right: none };
  const least = 2 ** -51 * (abs(here) + rounding), unit = least + jitter(result, x), over = {};
  const estimate = (side, coarse, fine, h, order) => {
    const slope = fine + (fine - coarse) / (2 ** order - 1), best = sides[side];
    const error = abs(slope - fine) + (4 * unit) / h;
    over[side] ||= abs(slope - best.slope) > 10 * (best.error + error);
    if (error < best.error && !over[side]) sides[side] = { slope, error };
  };
  for (const h of stepsAround(x)) {
    const [high, low, higher, lower] = [x + h / 2, x - h / 2, x + h, x - h];
    const [above, below, farAbove, farBelow] = [high, low, higher, lower].map(result);
    estimate("both", (farAbove - farBelow) / (higher - lower), (above - below) / (high - low), h, 2);
    estimate("right", (farAbove - here) / (higher - x), (above - here) / (high - x), h, 1);
    estimate("left", (here - farBelow) / (x - lower), (here - below) / (x - low), h, 1);
  }
  const { both, left, right } = sides, gap = abs(right.slope - left.slope);
  const kink = gap > 1e-3 * maximum(abs(left.slope), abs(right.slope)) && gap > 100 * (left.error + right.error);
  return { ...both, left: left.slope, right: right.slope, kink, jump: jumps(result, x, here, least) };
}

/** How far the result is off a line within a few of the smallest steps: what rounding makes of it. */
function jitter(result, x) {
  const h = (abs(x) || SMALL) * 2 ** -46, [a, b, c, d, e] = [-2, -1, 0, 1, 2].map((times) => result(x + times * h));
  const bends = [a - 2 * b + c, b - 2 * c + d, c - 2 * d + e].map(abs).filter((bend) => bend < inf);
  return bends.reduce(maximum, 0);
}

/** Whether the result moves as far for a step of next to nothing as for a thousand times that. */
function jumps(result, x, here, unit) {
  const step = x === 0 ? 1e-150 : abs(x) * 2 ** -38;
  return [1, -1].some((way) => {
    const [wide, tight] = [step, step / 1024].map((h) => result(x + way * h) - here);
    return abs(tight) < inf && abs(tight) > 1000 * unit && abs(tight - wide) < 0.1 * abs(wide);
  });
}

/** How far rounding may have moved the result, in units of 2⁻⁵²: each value by its own, times its gradient. */
function roundingOf({ value, gradient }) {
  return value.reduce((sum, x, place) => (abs(x * gradient[place]) < inf ? sum + abs(x * gradient[place]) : sum), 0);
}

function differenceOf(run, epoch, place) {
  const numbers = computedOf(run, epoch);
  return difference(along(run, epoch, place), numbers.value[place], roundingOf(numbers));
}

/** Say what finite differences say of a gradient: words, and whether they agree, null where they say nothing. */
function checked(run, epoch, place) {
  const grad = computedOf(run, epoch).gradient[place] ?? 0, found = differenceOf(run, epoch, place);
  const { slope, error, left, right, kink, jump } = found, known = error < inf;
  const told = { slope: number(slope, 9), error: number(error, 1), grad: number(grad) };
  if (jump) return [say("page.check.jump", told), null];
  const agrees = abs(slope - grad) <= 10 * error + 1e-8 * maximum(abs(slope), abs(grad));
  const uncertain = !(error <= 1e-4 * maximum(abs(slope), abs(grad) < inf ? abs(grad) : 0));
  if (abs(grad) === inf && (uncertain || kink)) return [say("page.check.unbounded"), null];
  if (kink) return [say("page.check.kink", { left: number(left), right: number(right), grad: number(grad) }), null];
  if (!known) return [say("page.check.none"), null];
  if (grad !== grad) return [say(uncertain && slope !== 0 ? "page.check.none" : "page.check.nan", told), null];
  if (agrees && (!uncertain || grad === 0)) return [say("page.check.ok", told), true];
  if (uncertain) return [say("page.check.inconclusive", told), null];
  const kinks = kinksAhead(run, epoch, place);
  if (kinks.length) return [say("page.check.kinks", { ...told, names: kinks.join(", ") }), null];
  return [say("page.check.wrong", told), false];
}

/** Whether there may be a kink: a quick look before a thorough one. */
function bends(result, x) {
  const h = maximum(abs(x), SMALL) * 2 ** -20, [before, here, after] = [x - h, x, x + h].map(result);
  return abs(after - 2 * here + before) > 1e-4 * (abs(after - here) + abs(here - before));
}

/** The nodes of an epoch at a kink of their operation, with the slopes to both sides along each argument that has one. */
function kinksOf(run, epoch) {
  const numbers = computedOf(run, epoch), { value } = numbers, { program } = story;
  numbers.kinks ??= new Map(program.nodes.flatMap((node, place) => {
    if (!node.kinked || !(abs(value[place]) < inf)) return [];
    const args = argumentsOf(program, node, value);
    const sides = node.args.flatMap((arg, position) => {
      const result = (x) => node.value(...args.map((known, at) => (at === position ? x : known))), x = args[position];
      if (arg < 0 || !bends(result, x)) return [];
      const { kink, left, right } = difference(result, x, 0);
      return kink ? [{ position, left, right }] : [];
    });
    return sides.length ? [[place, sides]] : [];
  }));
  return numbers.kinks;
}

/** The names of the nodes at kinks on the ways from a node to the result. */
function kinksAhead(run, epoch, place) {
  const kinks = kinksOf(run, epoch), { reached } = computedOf(run, epoch);
  return kinks.size ? ahead(place).slice(1).filter((at) => kinks.has(at) && reached[at]).map((at) => story.names[at]) : [];
}

/** The names of the nodes on the ways from a node to the result that count as constants. */
function cutsAhead(place) {
  const { nodes } = story.program;
  return nodes.some(({ cut }) => cut) ? ahead(place).slice(1).filter((at) => nodes[at].cut).map((at) => story.names[at]) : [];
}

/**
 * The strongest paths from each node to the result, how many there are, and whether one has no factor of 0.
 * What was not selected is on no path; a product of nan is the first to be looked at. `rest` is the sum of the
 * products of the others.
 */
function pathsOf(run, epoch) {
  const numbers = computedOf(run, epoch), { edges, nodes } = story.program;
  if (numbers.paths) return numbers.paths;
  const size = ({ product }) => (product === product ? abs(product) : inf);
  const paths = nodes.map(() => ({ best: [], rest: 0, count: 0, nonzero: false }));
  paths[nodes.length - 1] = { best: [{ steps: [nodes.length - 1], factors: [], product: 1 }], rest: 0, count: 1, nonzero: true };
  edges.forEach(({ head, tail }, edge) => { // results before arguments, so the head's are complete
    if (!numbers.passing[edge]) return;
    const factor = numbers.local[edge], onward = paths[head], found = paths[tail];
    const all = [
      ...found.best,
      ...onward.best.map((path) => ({
        steps: [tail, ...path.steps], factors: [factor, ...path.factors], product: factor * path.product,
      })),
    ].sort((one, other) => (size(one) === size(other) ? 0 : size(other) - size(one)));
    const unlisted = onward.count > onward.best.length ? factor * onward.rest : 0;
    found.count += onward.count;
    found.nonzero ||= onward.nonzero && factor !== 0;
    found.best = all.slice(0, PATHS);
    found.rest = all.slice(PATHS).reduce((sum, { product }) => sum + product, found.rest + unlisted);
  });
  numbers.paths = paths;
  return paths;
}

/** The paths of a node as rows of names, factors and product, and a last row for those that are not listed. */
function ways(run, epoch, place) {
  const { best, rest, count } = pathsOf(run, epoch)[place], names = story.names;
  const rows = best.map(({ steps, factors, product }) => [
    ends(steps.map((step) => names[step])).join(" → "),
    ends(factors.map((factor) => number(factor))).join(" × "),
    number(product),
  ]);
  const others = count - best.length, told = { root: story.root, product: number(rest) };
  told.count = others > Number.MAX_SAFE_INTEGER ? number(others) : others;
  if (!count) return { rows, rest: say("page.path.none", told) };
  return { rows, rest: others > 0 ? say(others === 1 ? "page.path" : "page.paths", told) : "" };
}

function ends(parts) {
  const half = LONGEST_PATH >> 1;
  return parts.length <= LONGEST_PATH ? parts : [...parts.slice(0, half), "…", ...parts.slice(-half)];
}

/** Why nothing passes along an arrow where its numbers do not say so; "" where they do. */
function passNote(run, epoch, edge) {
  const { program, names } = story, { head, tail } = program.edges[edge], { reached, passing, upstream } = computedOf(run, epoch);
  if (!reached[head]) return say("page.unreached", { name: names[head] });
  const said = passing[edge] || abs(upstream[edge]) < inf;
  return said ? "" : say("page.unselected", { source: names[head], name: names[tail] });
}

/** Whether the local derivative of an arrow is one number for the two slopes of a kink. */
function kinkNote(run, epoch, edge) {
  const { head, position } = story.program.edges[edge], sides = kinksOf(run, epoch).get(head) ?? [];
  return sides.some((side) => side.position === position) ? say("page.kink", { names: story.names[head] }) : "";
}

/** What is known to be wrong with a node as soon as it is computed; "" if nothing. */
function valueWarning(run, epoch, node) {
  const { name, gate, steepest, argument: arg } = story.nodes[node], numbers = numbersOf(run, epoch);
  const { program } = story, place = program.place.get(Number(node.slice(1))), { value } = computedOf(run, epoch);
  const slope = numbers("l", `${node.slice(1)}-0`), [kink] = kinksOf(run, epoch).get(place) ?? [];
  if (!(abs(value[place]) < inf)) {
    const below = program.nodes[place].args.find((at) => Object.is(value[at], -0)), told = { name, value: number(value[place]) };
    return below === undefined ? say("page.warning.value", told) : say("page.warning.value.signed", { ...told, arg: story.names[below] });
  }
  if (gate && value[program.nodes[place].args[0]] < 0) return say("page.warning.dead", { name, arg, operation: gate });
  if (kink) {
    const moving = story.names[program.nodes[place].args[kink.position]], took = numbers("l", `${node.slice(1)}-${kink.position}`);
    return say("page.warning.kink", { name, arg: moving, left: number(kink.left), right: number(kink.right), slope: number(took) });
  }
  if (steepest && abs(slope) < SATURATED * steepest) {
    return say("page.warning.saturated", { name, arg, slope: number(abs(slope)), steepest: number(steepest) });
  }
  return "";
}

/** What is wrong with a gradient once it is complete; "" if nothing. */
function gradientWarning(run, epoch, node) {
  const { gradient } = computedOf(run, epoch), { name } = story.nodes[node], { root, program } = story;
  const place = program.place.get(Number(node.slice(1))), grad = gradient[place] ?? 0;
  const largest = gradient.reduce((most, x) => (abs(x) < inf && abs(x) > most ? abs(x) : most), 0);
  const told = { name, root, grad: number(grad), size: number(abs(grad)), largest: number(largest) };
  if (!(abs(grad) < inf)) return say("page.warning.infinite", told);
  if (grad === 0) return whyZero(run, epoch, place, told);
  if (abs(grad) < VANISHED * largest && learns(run, program.leaves.indexOf(place))) return say("page.warning.vanishing", told);
  return abs(grad) > EXPLODED ? say("page.warning.exploding", told) : "";
}

/** Say why a gradient is 0. */
function whyZero(run, epoch, place, told) {
  const { best, count, nonzero } = pathsOf(run, epoch)[place], kinks = kinksAhead(run, epoch, place);
  if (kinks.length) return say("page.warning.zero.kink", { ...told, names: kinks.join(", ") });
  if (!count) return say("page.warning.zero.cut", told);
  if (!nonzero) return say("page.warning.zero", told);
  return say(best[0].product === 0 ? "page.warning.zero.underflow" : "page.warning.zero.cancel", told);
}
