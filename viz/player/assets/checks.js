// What backs a gradient: nudge the number and compute everything again; differences; every path; warnings.

const NUDGES = [0.1, 0.01, 0.001], TINY = 1e-9;
const PATHS = 4, LONGEST_PATH = 9;
const SATURATED = 0.05, VANISHED = 1e-4, EXPLODED = 1e4;

/** The result of an epoch as a function of one node's number: only what depends on it is computed again. */
function along(run, epoch, place) {
  const { program } = story, values = [...computedOf(run, epoch).value], found = new Set([place]);
  for (let at = place + 1; at < values.length; at += 1) if (program.nodes[at].args.some((arg) => found.has(arg))) found.add(at);
  const [, ...later] = found;
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

/** The slope by differences, from several sizes of step with their first error taken out, and how sure it is. */
function difference(result, x) {
  const scale = maximum(abs(x), 1e-3), here = result(x);
  let best = { slope: nan, error: inf };
  for (let power = 4; power <= 18; power += 1) {
    const h = scale * 2 ** -power, quotient = (step) => (result(x + step) - result(x - step)) / (2 * step);
    const [coarse, fine] = [quotient(h), quotient(h / 2)], slope = fine + (fine - coarse) / 3;
    const error = abs(slope - fine) + (2 ** -52 * (abs(here) + abs(slope * x))) / h;
    if (error < best.error) best = { slope, error, h };
  }
  const sides = (h) => [(here - result(x - h)) / h, (result(x + h) - here) / h];
  const [[left, right], closer] = [sides(best.h), sides(best.h / 2)];
  // Where the slope bends, half a step leaves half of what lies between the sides; at a kink, all of it.
  const kink = abs(closer[1] - closer[0]) > 0.75 * abs(right - left);
  return { ...best, left, right, kink };
}

/** Say what finite differences say of a gradient: words, and whether they agree, null where they say nothing. */
function checked(run, epoch, place) {
  const grad = computedOf(run, epoch).gradient[place] ?? 0;
  const { slope, error, left, right, kink } = difference(along(run, epoch, place), computedOf(run, epoch).value[place]);
  if (!(error < inf)) return [say(abs(grad) === inf ? "page.check.unbounded" : "page.check.none"), null];
  const close = (a, b, room) => abs(a - b) <= room + 1e-8 * maximum(abs(a), abs(b));
  if (kink && !close(left, right, 0.02 * maximum(abs(left), abs(right)) + error)) {
    return [say("page.check.kink", { left: number(left), right: number(right), grad: number(grad) }), null];
  }
  const agrees = close(slope, grad, 10 * error), uncertain = error > 1e-4 * maximum(abs(slope), 1e-12) && slope !== 0;
  const told = { slope: number(slope, 9), error: error.toExponential(0) };
  if (agrees) return [say("page.check.ok", told), true];
  return uncertain ? [say("page.check.inconclusive", told), null] : [say("page.check.wrong", told), false];
}

/** The strongest paths from each node to the result, and how many there are. */
function pathsOf(run, epoch) {
  const numbers = computedOf(run, epoch), { edges, nodes } = story.program;
  if (numbers.paths) return numbers.paths;
  const paths = nodes.map(() => ({ best: [], count: 0 }));
  paths[nodes.length - 1] = { best: [{ steps: [nodes.length - 1], factors: [], product: 1 }], count: 1 };
  edges.forEach(({ head, tail }, edge) => { // results before arguments, so the head's are complete
    const factor = numbers.local[edge], onward = paths[head];
    paths[tail].count += onward.count;
    paths[tail].best = [
      ...paths[tail].best,
      ...onward.best.map((path) => ({
        steps: [tail, ...path.steps], factors: [factor, ...path.factors], product: factor * path.product,
      })),
    ].sort((one, other) => abs(other.product) - abs(one.product)).slice(0, PATHS);
  });
  numbers.paths = paths;
  return paths;
}

/** The paths of a node as rows of names, factors and product, and a last row for those that are not listed. */
function ways(run, epoch, place) {
  const { best, count } = pathsOf(run, epoch)[place], grad = computedOf(run, epoch).gradient[place] ?? 0;
  const names = story.names;
  const rows = best.map(({ steps, factors, product }) => [
    ends(steps.map((step) => names[step])).join(" → "),
    ends(factors.map((factor) => number(factor))).join(" × "),
    number(product),
  ]);
  const rest = count - best.length;
  const told = { count: rest, product: number(best.reduce((left, { product }) => left - product, grad)) };
  return { rows, rest: rest > 0 ? say(rest === 1 ? "page.path" : "page.paths", told) : "" };
}

function ends(parts) {
  const half = LONGEST_PATH >> 1;
  return parts.length <= LONGEST_PATH ? parts : [...parts.slice(0, half), "…", ...parts.slice(-half)];
}

/** What is known to be wrong with a node as soon as it is computed; "" if nothing. */
function valueWarning(run, epoch, node) {
  const { name, gate, steepest, argument } = story.nodes[node], numbers = numbersOf(run, epoch);
  const value = numbers("v", node.slice(1)), slope = numbers("l", `${node.slice(1)}-0`), arg = argument;
  if (gate && slope === 0) return say("page.warning.dead", { name, arg, operation: gate });
  if (steepest && abs(slope) < SATURATED * steepest) {
    return say("page.warning.saturated", { name, arg, slope: number(abs(slope)), steepest: number(steepest) });
  }
  return abs(value) < inf ? "" : say("page.warning.value", { name, value: number(value) });
}

/** What is wrong with a gradient once it is complete; "" if nothing. */
function gradientWarning(run, epoch, node) {
  const { gradient } = computedOf(run, epoch), { name } = story.nodes[node], { root } = story;
  const grad = gradient[story.program.place.get(Number(node.slice(1)))] ?? 0;
  const largest = gradient.reduce((most, x) => (abs(x) < inf && abs(x) > most ? abs(x) : most), 0);
  const told = { name, root, grad: number(grad), size: number(abs(grad)), largest: number(largest) };
  if (!(abs(grad) < inf)) return say("page.warning.infinite", told);
  if (grad === 0) return say("page.warning.zero", told);
  if (abs(grad) < VANISHED * largest) return say("page.warning.vanishing", told);
  return abs(grad) > EXPLODED ? say("page.warning.exploding", told) : "";
}
