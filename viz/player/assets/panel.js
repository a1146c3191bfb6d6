// Beside the graph: all there is to know of one node, and the transcript.

const SOON = 100, LINES = 1000, LISTED = 12, NAMED = 3;
const ALIKE = 1e-12; // gradients that differ by rounding alone are as large
const SLOPE = { width: 260, height: 120, samples: 60 };

/** Say why a node's gradient is what it is, as far as step `index` has come. */
function showPanel(node, index, highlighted, pinned) {
  const { name, formula, output } = story.nodes[node], scalar = scalarOf(story, node);
  const { epoch } = at(story, highlighted), base = epoch * story.steps.length;
  const [data, grad] = ["data", "grad"].map((part) => numberOf(story, run, node, part, index));
  const complete = story.complete.has(scalar) && index >= base + story.complete.get(scalar);
  setText("node-name", name);
  setText("pinned", pinned ? say("page.kept") : "");
  setText("node-formula", [output ? "" : name, formula, data].filter(Boolean).join(" = "));
  setText("node-meaning", meaningOf(story.nodes[node], scalar, grad, complete, epoch));
  const warnings = warningsOf(scalar, epoch).filter(([since]) => base + since <= index);
  fillWith("node-warnings", warnings.map(([, words]) => element("li", "warning", words)));
  showSlope(scalar, epoch, data === UNKNOWN);
  const arrived = shares(node, index, epoch, grad);
  fillWith("shares", arrived);
  document.getElementById("why").hidden = grad === UNKNOWN || !arrived.length;
  const backed = complete && isScalar(scalar);
  document.getElementById("checks").hidden = !backed;
  showChecks(backed ? story.program.place.get(Number(scalar.slice(1))) : null, epoch, grad);
}

/** Draw the curve of a node's operation around its one argument, with the tangent there: the local derivative. */
function showSlope(scalar, epoch, unknown) {
  const picture = document.getElementById("slope"), { program } = story, { width, height, samples } = SLOPE;
  const node = isScalar(scalar) && story.nodes[scalar] && program.nodes[program.place.get(Number(scalar.slice(1)))];
  const moving = node ? node.args.filter((at) => at >= 0) : [];
  const { value } = computedOf(run, epoch);
  const x = value?.[moving[0]], y = value?.[program.place.get(Number(scalar.slice(1)))];
  const slope = numbersOf(run, epoch)("l", `${scalar.slice(1)}-${node && node.args.indexOf(moving[0])}`);
  const hidden = unknown || node?.cut || new Set(moving).size !== 1 || moving.length !== 1 || ![x, y, slope].every((z) => abs(z) < inf);
  picture.toggleAttribute("hidden", hidden);
  picture.setAttribute("aria-label", "");
  picture.replaceChildren();
  if (hidden) return;
  const reach = maximum(abs(x), 1), xs = Array.from({ length: samples + 1 }, (_, at) => x + reach * ((2 * at) / samples - 1));
  const at = (z) => node.value(...node.args.map((place) => (place < 0 ? program.constants[-1 - place] : z)));
  const points = xs.map((z) => [z, at(z)]).filter(([, w]) => abs(w) < inf);
  const low = points.reduce((least, [, w]) => minimum(least, w), y), high = points.reduce((most, [, w]) => maximum(most, w), y);
  const across = (z) => ((z - x + reach) / (2 * reach)) * width, up = (w) => height - 10 - ((w - low) / (high - low || 1)) * (height - 20);
  const place = (z, w) => [across(z), up(w)].map((at) => at.toFixed(1)), part = reach / 2;
  const [[x1, y1], [x2, y2], [cx, cy]] = [place(x - part, y - slope * part), place(x + part, y + slope * part), place(x, y)];
  picture.innerHTML = `<polyline points="${points.map(([z, w]) => place(z, w).join()).join(" ")}"/>`
    + `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/><circle cx="${cx}" cy="${cy}" r="4"/>`;
  const { name, argument } = story.nodes[scalar];
  picture.setAttribute("aria-label", say("page.slope", { name, arg: argument, x: number(x), slope: number(slope) }));
}

function meaningOf({ meaning, key }, scalar, grad, complete, epoch) {
  if (complete) return [`${key} ${grad}. ${fill(meaning, numbersOf(run, epoch))}`, ...leftOut(scalar, epoch)].join(" ");
  return grad === UNKNOWN ? say("page.none-yet", { key }) : say("page.so-far", { key, grad });
}

/** Say where a gradient that is complete took one slope of two, and which ways it leaves out. */
function leftOut(scalar, epoch) {
  if (!isScalar(scalar)) return [];
  const place = story.program.place.get(Number(scalar.slice(1)));
  return [...noted("page.kink", kinksAhead(run, epoch, place)), ...noted("page.cut", cutsAhead(place))];
}

/** What is to be said of nodes, of many the first few, if there are any. */
function noted(key, names) {
  const first = names.length > NAMED ? [...names.slice(0, NAMED), "…"] : names;
  return names.length ? [say(key, { root: story.root, names: first.join(", ") })] : [];
}

/** The shares that have arrived in this epoch, and what they add up to; where the result lies in it, the seed. */
function shares(node, index, epoch, grad) {
  const scalar = scalarOf(story, node), numbers = numbersOf(run, epoch), { key } = story.nodes[node];
  const arrived = story.steps.slice(0, index - epoch * story.steps.length + 1).filter((step) => (
    step.share && (isScalar(scalar) ? step.node === scalar && `${scalar}.grad` in step.texts : arrivesAt(step, node))
  ));
  const listed = arrived.map((step) => {
    const edge = edgeOf(step), note = edge === undefined ? "" : passNote(run, epoch, edge);
    return element("li", "", fill(step.share, numbers), ...(note ? [element("br"), note] : []));
  });
  if (arrived.length > 1 && key === "grad") listed.push(element("li", "total", say("page.together", { grad })));
  return listed.length || !holdsRoot(node) ? listed : [element("li", "", say("page.seed"))];
}

/** Whether a step passes something back to a box that holds several: from a box beside it, or from a bare scalar. */
function arrivesAt({ node, marks, within }, box) {
  if (within !== story.home[box]) return false;
  return node === box || (marks[box] === "receiving" && isScalar(node));
}

/** Whether a box is the result, stands for it, or holds it. */
function holdsRoot(box) {
  const root = story.ids.at(-1);
  for (let at = root; at; at = story.home[at]) if (at === box) return true;
  return scalarOf(story, box) === root;
}

/** Show what backs the gradient of a node; what is hidden gives nothing away either. */
function showChecks(place, epoch, grad) {
  const nudges = place === null ? [] : nudged(run, epoch, place);
  fillWith("nudges", nudges.map((row) => element("tr", "", ...row.map((x) => element("td", "", number(x))))));
  setText("grad", grad);
  const [words, agrees] = place === null ? ["", null] : checked(run, epoch, place);
  setText("check", ({ true: "✓ ", false: "✗ " }[agrees] ?? "") + words);
  const { rows, rest } = place === null ? { rows: [], rest: "" } : ways(run, epoch, place);
  const listed = rows.map(([names, factors, product]) => {
    const worth = factors && factors !== product ? `${factors} = ${product}` : product;
    return element("li", "", element("span", "way", names), element("span", "worth", worth));
  });
  if (rest) listed.push(element("li", "", rest));
  if (listed.length > 1) listed.push(element("li", "total", say("page.together", { grad })));
  fillWith("ways", listed);
}

/** Let the transcript end with step `index`: what is still to come is not on the page, and of many lines the last are. */
function showTranscript(index, anew) {
  const list = document.getElementById("transcript"), end = stopsBefore(index + 1);
  const open = Object.keys(story.insides).filter(inView).join(), from = firstLine(list);
  if (list.dataset.open !== open || end <= from || end > from + list.children.length + LINES) {
    list.replaceChildren(...stops.slice(Math.max(end - LINES, 0), end).map(lineOf));
  } else {
    for (const line of [...list.children].slice(end - from)) line.remove();
    if (anew) retell([...list.children]);
    list.append(...stops.slice(from + list.children.length, end).map(lineOf));
  }
  list.dataset.open = open;
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  list.lastElementChild?.setAttribute("aria-current", "step");
}

/** Where the transcript begins: how many stops lie before its first line. */
function firstLine(list) {
  return stopsBefore(Number(list.firstElementChild?.dataset.step ?? 0));
}

/** Put the lines before the first into the transcript once it is scrolled up to them; what is in view stays there. */
function showEarlier() {
  const list = document.getElementById("transcript"), from = firstLine(list), below = list.scrollHeight - list.scrollTop;
  if (!from || list.scrollTop > list.clientHeight) return;
  list.prepend(...stops.slice(Math.max(from - LINES, 0), from).map(lineOf));
  list.scrollTop = list.scrollHeight - below;
}

function lineOf(index) {
  const line = element("li", "", wordsOf(index));
  line.dataset.step = index;
  return line;
}

function wordsOf(index) {
  const { epoch, line } = at(story, index);
  return fill(line, numbersOf(run, epoch));
}

/** Write lines anew with the numbers as they are now: the last at once, those before while there is time. */
function retell(lines) {
  clearTimeout(state.retelling);
  const now = lines.splice(-SOON);
  for (const line of now) line.textContent = wordsOf(Number(line.dataset.step));
  if (lines.length) state.retelling = setTimeout(() => retell(lines));
}

/** On the last page, list the leaves by how far they move the result; one alone, the result itself, needs no list. */
function showSummary() {
  const section = document.getElementById("summary"), epoch = epochInView(), { program } = story;
  section.hidden = state.index !== stops.at(-1) || !revealed() || program.nodes.length === 1;
  if (section.hidden) {  // what stood there is not left for who goes back
    fillWith("gradients", []), setText("summary-words", "");
    return;
  }
  const size = (place) => abs(computedOf(run, epoch).gradient[place] ?? 0);
  const { odd, finite } = ranked(program.leaves, size), most = size(finite[0]);
  fillWith("gradients", [...odd, ...finite].slice(0, LISTED).map((place) => summaryRow(place, epoch, size(place) / most)));
  const rest = program.leaves.length - LISTED;
  const constants = program.nodes.flatMap(({ cut }, place) => (cut ? [story.names[place]] : []));
  setText("summary-words", [
    finite.length ? mostMoving(finite, size, epoch) : "",
    ...noted("page.cut", constants),
    odd.length ? say("page.summary.odd", { names: named(odd, "page.summary.of") }) : "",
    rest > 0 ? say("page.summary.rest", { rest }) : "",
  ].filter(Boolean).join(" "));
}

/** Leaves by the size of their gradients; what is not finite has no place in the order, and stands apart. */
function ranked(leaves, size) {
  const bounded = (place) => size(place) < inf;
  return {
    odd: leaves.filter((place) => !bounded(place)),
    finite: leaves.filter(bounded).sort((a, b) => size(b) - size(a) || a - b),
  };
}

function summaryRow(place, epoch, part) {
  const gradient = computedOf(run, epoch).gradient[place], bar = element("span", "bar");
  bar.style.width = part > 0 && part <= 1 ? `${100 * part}%` : 0;
  const known = gradient === undefined ? UNKNOWN : number(gradient);
  const cells = [element("th", "", element("span", "", ...breakable(story.names[place]))), element("td", "", known), element("td", "", bar)];
  cells[0].scope = "row";
  return element("tr", "", ...cells);
}

/** A path that may be broken where one of its names ends, and nowhere else while that is enough. */
function breakable(path) {
  return path.match(/\[?[^.[]*\.?/g).flatMap((name) => [name, element("wbr")]);
}

/** Say which of the leaves with finite gradients, the first of which moves the result most, move it as far as that one. */
function mostMoving(places, size, epoch) {
  const [first] = places, most = size(first), count = places.length, { gradient } = computedOf(run, epoch);
  const alike = places.filter((place) => size(place) >= most * (1 - ALIKE));
  const oneWay = alike.every((place) => gradient[place] > 0 === gradient[first] > 0);
  const others = named(alike.slice(1), "page.summary.others"), moved = moves(oneWay ? gradient[first] : most);
  const told = { root: story.root, count, name: story.names[first], others, moves: moved };
  const of = count < story.program.leaves.length ? ".finite" : "";
  if (most === 0) return say(of ? "page.summary.zero.finite" : `page.summary.zero${count === 1 ? ".one" : ""}`, told);
  const how = count === 1 ? ".one" : alike.length === 1 ? "" : alike.length === count ? ".all" : ".tie";
  return say(`page.summary${of}${how}`, told);
}

/** Names of leaves in a row; of many, how many they are, in the words of `many`. */
function named(places, many) {
  return places.length > NAMED ? say(many, { count: places.length }) : places.map((place) => story.names[place]).join(", ");
}
