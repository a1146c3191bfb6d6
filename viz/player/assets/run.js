// The numbers of a run: what leaves are worth in each epoch, as recorded, as edited, or as training makes them.

/** Begin a run as it was recorded. */
function recordedRun({ leaves, learning, rate }) {
  const known = leaves.map((epoch) => epoch.map((x) => ({ inf, "-inf": -inf, nan })[x] ?? x));
  return { recorded: known, learning: new Set(learning), rate, rateEdited: false, edits: new Map(), version: 0, epochs: known.length, cache: [], past: [], changing: null };
}

/** Whether an epoch's leaves are not, or no longer, those that were recorded. */
function departs(run, epoch) {
  return epoch >= run.recorded.length || (epoch > 0 && run.rateEdited)
    || [...run.edits.keys()].some((key) => Number(key.split(":")[0]) < epoch);
}

/** What the leaves were worth in an epoch as recorded, and after the last one; undefined before the first. */
function recordedIn(run, epoch) {
  return run.recorded[Math.min(epoch, run.recorded.length - 1)];
}

/** What the leaves are worth in an epoch. */
function leavesOf(run, epoch) {
  const recorded = recordedIn(run, epoch);
  const before = epoch && departs(run, epoch) ? computedOf(run, epoch - 1) : null;
  return recorded.map((given, leaf) => {
    if (run.edits.has(`${epoch}:${leaf}`)) return run.edits.get(`${epoch}:${leaf}`);
    if (!before) return given;
    const place = story.program.leaves[leaf], last = before.value[place];
    if (learns(run, leaf)) return last - run.rate * (before.gradient[place] ?? 0);
    return Object.is(given, recordedIn(run, epoch - 1)[leaf]) ? last : given; // an edit goes on while what was recorded stays
  });
}

function learns(run, leaf) {
  return run.rate !== null && run.learning.has(leaf);
}

/** Both passes of an epoch. */
function computedOf(run, epoch) {
  for (let at = run.cache.length; at <= epoch; at += 1) { // the earlier ones first: no deep recursion
    run.cache[at] = computed(story.program, leavesOf(run, at));
  }
  return run.cache[epoch];
}

const KINDS = { l: "local", u: "upstream", c: "share", b: "before", a: "after" };

/** What the slots of an epoch stand for. */
function numbersOf(run, epoch) {
  return (kind, place) => {
    if (kind === "r") return run.rate ?? undefined;
    const { program } = story;
    if (kind === "N" || kind === "L") return lengthOf(run, epoch, kind, place);
    if (kind === "m") return moveOf(run, epoch, leavesAt(place));
    if (KINDS[kind]) return computedOf(run, epoch)[KINDS[kind]][program.edge.get(place)];
    const at = program.place.get(Number(place));
    if (kind === "v") return computedOf(run, epoch).value[at];
    if (kind === "g") return computedOf(run, epoch).gradient[at];
    if (kind === "p") return epoch ? computedOf(run, epoch - 1).value[at] : undefined;
    const next = leavesOf(run, epoch + 1)[program.leaves.indexOf(at)];
    return kind === "n" ? next : next - computedOf(run, epoch).value[at];
  };
}

/** The leaves, as places among all, that a name stands for: that of a box, or ids joined by "-". */
function leavesAt(name) {
  const { members, program } = story, [first, count] = members[name] ?? [];
  if (count === undefined) return name.split("-").map((id) => program.leaves.indexOf(program.place.get(Number(id))));
  return program.leaves.flatMap((place, leaf) => (place >= first && place < first + count ? [leaf] : []));
}

/** How an update moves what learns of some leaves, in a word, as `viz/steps/screen.py` has it; what a reader set, it does not. */
function moveOf(run, epoch, leaves) {
  const { value, gradient } = computedOf(run, epoch), next = leavesOf(run, epoch + 1);
  const edited = (leaf) => run.edits.has(`${epoch + 1}:${leaf}`);
  const wordOf = (leaf) => {
    const place = story.program.leaves[leaf], before = value[place], after = next[leaf];
    if (edited(leaf)) return "set";
    if (after !== after) return "nan";
    if (after === before) return gradient[place] ? "still" : "flat";
    return run.rate < 0 ? "climb" : after > before ? "up" : "down";
  };
  const words = leaves.filter((leaf) => learns(run, leaf) || edited(leaf)).map(wordOf);
  if (words.length < 2) return words[0] ?? "";
  if (words.every((word) => word === "flat")) return "flat";
  if (words.every((word) => word === "flat" || word === "still")) return "still";
  return ["set", "nan", "climb"].find((word) => words.includes(word)) ?? "";
}

/** The length of the gradients in a box, or of the shares that pass along a link: as of a vector. */
function lengthOf(run, epoch, kind, place) {
  const numbers = computedOf(run, epoch), { program } = story;
  const stretch = (name) => story.members[name] ?? [program.place.get(Number(name.slice(1))), 1];
  if (kind === "N") {
    const [first, count] = stretch(place);
    return norm(numbers.gradient.slice(first, first + count));
  }
  const [[head, heads], [tail, tails]] = place.split("-").map(stretch);
  const passed = [];
  for (let edge = program.first[head + heads - 1]; edge < program.edges.length && program.edges[edge].head >= head; edge += 1) {
    if (program.edges[edge].tail >= tail && program.edges[edge].tail < tail + tails) passed.push(numbers.share[edge]);
  }
  return norm(passed);
}

function norm(xs) {
  const largest = xs.reduce((most, x) => (abs(x) > most || x !== x ? abs(x) : most), 0);
  if (xs.some((x) => abs(x) === inf)) return inf;
  return largest ? largest * sqrt(xs.reduce((sum, x) => sum + ((x ?? 0) / largest) ** 2, 0)) : largest;
}

/** Keep what is about to change, so that it can be taken back; changes of one number in a row are one. */
function remember(run, change) {
  const { edits, rate, rateEdited, epochs } = run;
  if (run.changing !== change) run.past.push({ edits: new Map(edits), rate, rateEdited, epochs });
  run.changing = change;
}

/** Take the last change back. */
function takeBack(run) {
  if (run.past.length) Object.assign(run, run.past.pop(), { changing: null, version: run.version + 1, cache: [] });
}

/** Change a leaf in one epoch; what was known of that epoch and those after it is to be computed again. */
function editLeaf(run, epoch, leaf, x) {
  editLeaves(run, epoch, [[leaf, x]]);
}

/** Change leaves in one epoch, in one change. */
function editLeaves(run, epoch, edits) {
  remember(run, `${epoch}:${edits.map(([leaf]) => leaf)}`);
  for (const [leaf, x] of edits) run.edits.set(`${epoch}:${leaf}`, x);
  run.version += 1;
  run.cache.length = Math.min(run.cache.length, epoch);
}

function editRate(run, rate) {
  remember(run, "rate");
  Object.assign(run, { rate, rateEdited: true, version: run.version + 1 });
  run.cache.length = Math.min(run.cache.length, 1);
}
