// The program of a graph, and both of its passes, computed again from the numbers of its leaves.

/** Index a program: its nodes with what computes them, and its edges in the order in which they pass back. */
function readProgram({ nodes, edges, constants }) {
  const place = new Map(nodes.map(([id], index) => [id, index]));
  const heads = edges.map(([source]) => place.get(source)), first = []; // for each node, the first of its edges
  for (let head = nodes.length - 1, at = 0; head >= 0; head -= 1) {
    first[head] = at;
    while (heads[at] === head) at += 1;
  }
  const known = constants.map((constant) => ({ inf, "-inf": -inf, nan })[constant] ?? constant);
  return {
    place,
    first,
    constants: known,
    // An argument is the place of a node, or of a constant counted down from −1.
    nodes: nodes.map(([, operation, args]) => {
      const { value, slopes, kinked, cut } = OPERATIONS[operation] ?? {};
      return { value, slopes, kinked, cut, args: args ?? [], compute: value && computing(value, args, known) };
    }),
    edges: edges.map(([source, position], at) => {
      const head = heads[at];
      return { head, position, tail: nodes[head][2][position], name: `n${source}-${position}` };
    }),
    edge: new Map(edges.map(([source, position], index) => [`${source}-${position}`, index])),
    leaves: nodes.flatMap(([, operation], index) => (operation === null ? [index] : [])),
  };
}

/** A function of all values that computes a node's; most nodes take one or two arguments, and no constant. */
function computing(value, args, constants) {
  const [a, b] = args, plain = args.every((at) => at >= 0);
  if (plain && args.length === 1) return (values) => value(values[a]);
  if (plain && args.length === 2) return (values) => value(values[a], values[b]);
  return (values) => value(...argumentsOf({ constants }, { args }, values));
}

const argumentsOf = ({ constants }, { args }, values) => args.map((at) => (at < 0 ? constants[-1 - at] : values[at]));

/** Compute every value. */
function forwardPass(program, leaves) {
  const values = new Array(program.nodes.length);
  program.leaves.forEach((place, index) => { values[place] = leaves[index]; });
  program.nodes.forEach(({ compute }, place) => { if (compute) values[place] = compute(values); });
  return values;
}

/**
 * Compute both passes: of each node its value and gradient, of each edge the local derivative, what arrives
 * upstream, what passes, and the gradient of its argument before and after. A gradient is undefined where
 * nothing arrives, which is not zero; what passes is then 0, as where an argument was not selected. `reached`
 * tells the nodes at which something arrives, and `passing` the edges on which something passes.
 */
function computed(program, leaves) {
  const value = forwardPass(program, leaves), gradient = new Array(value.length), local = [];
  const [upstream, share, before, after, passing] = [[], [], [], [], []], shown = new Array(value.length);
  gradient[value.length - 1] = shown[value.length - 1] = 1;
  let slopes = [], of = -1;
  program.edges.forEach(({ head, position, tail }, edge) => {
    if (head !== of) {
      const node = program.nodes[head];
      [slopes, of] = [node.slopes(value[head], ...argumentsOf(program, node, value)), head];
    }
    const slope = slopes[position], reached = gradient[head] !== undefined;
    const passes = passing[edge] = slope !== null && reached;
    local[edge] = slope ?? 0;
    upstream[edge] = gradient[head] ?? 0;
    share[edge] = passes ? slope * gradient[head] : 0;
    before[edge] = shown[tail];
    after[edge] = shown[tail] = (shown[tail] ?? 0) + share[edge];
    if (passes) gradient[tail] = after[edge];
  });
  return { value, gradient: shown, local, upstream, share, before, after, passing, reached: Array.from(gradient, (x) => x !== undefined) };
}
