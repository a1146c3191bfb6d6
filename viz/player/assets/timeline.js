// What holds at which step. Everything here is a function of the step's index, never of what came before it.

const UNKNOWN = "–";

/** Unpack the story that the page holds: JSON, compressed, in base 64. */
async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/** Read the story, and index it by what the page asks of it. */
function readStory(told) {
  const steps = told.steps.map((row) => stepOf(told, row));
  const begun = forgotten(told);
  for (const part of ["texts", "states"]) steps[0][part] = { ...begun[part], ...steps[0][part] };
  const updates = steps.findIndex(({ phase }) => phase === "update");
  return {
    ...told,
    program: readProgram(told.program),
    steps,
    passes: updates < 0 ? steps.length : updates, // the steps of an epoch without its update
    texts: tracks(steps, "texts"),
    states: tracks(steps, "states"),
    known: new Map(steps.flatMap(({ phase, node }, index) => (phase === "forward" ? [[node, index]] : []))),
    complete: lastGradients(steps),
    names: told.program.nodes.map(([id]) => told.nodes[`n${id}`]?.name ?? told.unseen?.[`n${id}`] ?? `n${id}`),
    ids: told.program.nodes.map(([id]) => `n${id}`),
    routes: routesToRoot(told.arrows),
    boxes: boxesOf(told.nodes),
    open: new Set(),
  };
}

/** What an epoch begins with: values of leaves from the last update, and nothing else. */
function forgotten({ nodes, arrows, program }) {
  const texts = {}, states = {};
  for (const [id, operation] of program.nodes) {
    const node = `n${id}`, computed = operation !== null;
    if (!nodes[node]) continue;
    Object.assign(texts, { [`${node}.grad`]: UNKNOWN, [`${node}.sum`]: "" }, computed && { [`${node}.data`]: UNKNOWN });
    if (computed) states[node] = "pending";
  }
  for (const arrow of program.edges.map(([id, position]) => `n${id}-${position}`).filter((name) => arrows[name])) {
    for (const at of "0123") texts[`${arrow}.${at}`] = UNKNOWN;
    states[arrow] = "pending";
  }
  return { texts, states };
}

const SAID = ["count", "line", "question", "answer", "again", "share", "caption", "sum"];

/** One step: the templates that it shares with others, with its numbers and names in their holes. */
function stepOf({ templates, names }, [changed, said, ...held]) {
  const inside = (_, hole) => (held[hole] < 0 ? names[-1 - held[hole]] : held[hole]);
  const read = (template) => JSON.parse(templates[template].replace(/\ue005(\d+)\ue006/g, inside));
  const step = read(changed);
  let told; // read once it is asked for: most steps are never looked at
  for (const part of SAID) Object.defineProperty(step, part, { get: () => (told ??= read(said))[part] });
  return step;
}

/** How many steps a run has: an epoch ends with its update where another follows. */
function stepCount({ steps, passes }, { epochs }) {
  return (epochs - 1) * steps.length + passes;
}

/** The step at an index, and its epoch. */
function at(story, index) {
  const epoch = Math.floor(index / story.steps.length);
  const place = index % story.steps.length;
  return Object.assign(Object.create(story.steps[place]), { epoch, place });
}

/** The steps that are taken: all but those within boxes that are closed. */
function stopsOf(story, run) {
  const within = new Map(story.steps.map((step) => [step.within, false]));
  for (const part of within.keys()) within.set(part, inView(part));
  return Array.from({ length: stepCount(story, run) }, (_, index) => index)
    .filter((index) => within.get(story.steps[index % story.steps.length].within));
}

/** For each scalar, the circles and boxes that it stands for. */
function boxesOf(nodes) {
  const boxes = new Map();
  for (const [box, { output }] of Object.entries(nodes)) {
    if (output) boxes.set(output, [...boxes.get(output) ?? [], box]);
  }
  return boxes;
}

/** The scalar that stands for a node: itself, or the output of a neuron. */
function scalarOf(story, node) {
  return story.nodes[node].output ?? node;
}

/** Whether a name is that of a scalar, and not of a box that holds several. */
function isScalar(name) {
  return /^n\d+$/.test(name);
}

/** For each place, the steps that change it and what they change it to. */
function tracks(steps, part) {
  const found = new Map();
  steps.forEach((step, index) => {
    for (const [place, text] of Object.entries(step[part])) {
      if (!found.has(place)) found.set(place, { indices: [], values: [] });
      found.get(place).indices.push(index);
      found.get(place).values.push(text);
    }
  });
  return found;
}

/** What a place holds once all steps up to `index` are done, and since which epoch; null where none has touched it. */
function holds(story, track, index) {
  if (!track || index < 0) return null;
  const epoch = Math.floor(index / story.steps.length), place = index % story.steps.length;
  let low = 0, high = track.indices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (track.indices[middle] <= place) low = middle + 1;
    else high = middle;
  }
  if (low) return { value: track.values[low - 1], epoch };
  return epoch ? { value: track.values.at(-1), epoch: epoch - 1 } : null;
}

/** The text of a place at a step, with its numbers; `before` where there is none. */
function textAt(story, run, place, index, before) {
  const held = holds(story, story.texts.get(place), index);
  return held ? fill(held.value, numbersOf(run, held.epoch)) : before;
}

/** A node's number after step `index`; "" if it never has one. */
function numberOf(story, run, node, part, index) {
  const place = `${scalarOf(story, node)}.${part}`;
  return story.texts.has(place) ? textAt(story, run, place, index, UNKNOWN) : "";
}

/** The index at which each phase of a run begins. */
function phaseStarts(story, run) {
  const starts = story.steps.flatMap(({ phase }, place) => (phase === story.steps[place - 1]?.phase ? [] : [place]));
  return Array.from({ length: run.epochs }, (_, epoch) => starts.map((place) => epoch * story.steps.length + place))
    .flat().filter((index) => index < stepCount(story, run));
}

/** For each node and box, the last step of the way back that adds to its gradient, or to one in it. */
function lastGradients(steps) {
  return new Map(steps.flatMap(({ phase, texts }, index) => (phase !== "backward" ? [] : (
    Object.keys(texts).filter((place) => place.endsWith(".grad")).map((place) => [place.slice(0, -".grad".length), index])
  ))));
}

/** For each node, the arrows that leave it, and the nodes they lead to. */
function routesToRoot(arrows) {
  const routes = new Map();
  for (const [arrow, [tail, head]] of Object.entries(arrows)) {
    if (!routes.has(tail)) routes.set(tail, []);
    routes.get(tail).push([arrow, head]);
  }
  return routes;
}

/** Every arrow on some path from a node to the result; what leads out of a box leads on from the box. */
function arrowsAhead(routes, node) {
  const found = new Set(), seen = new Set([node]), waiting = [node];
  while (waiting.length) {
    const at = waiting.pop(), home = story.home[at];
    if (home && !seen.has(home)) waiting.push(home);
    if (home) seen.add(home);
    for (const [arrow, head] of routes.get(at) ?? []) {
      found.add(arrow);
      if (!seen.has(head)) waiting.push(head);
      seen.add(head);
    }
  }
  return found;
}
