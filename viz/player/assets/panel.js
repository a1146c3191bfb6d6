// Beside the graph: all there is to know of one node, and the transcript.

const NOTHING = { nudges: [], check: "", agrees: null, ways: [], rest: "" };

/** Say why a node's gradient is what it is, as far as step `index` has come. */
function showPanel(story, node, index, lit, pinned) {
  const { name, formula, key, output } = story.nodes[node];
  const fact = story.facts[story.steps[lit].epoch][scalarOf(story, node)];
  const [data, grad] = ["data", "grad"].map((part) => numberOf(story, node, part, index));
  const complete = index >= fact.complete;
  setText("node-name", name);
  setText("pinned", pinned ? "kept: Enter or Esc lets it go" : "");
  setText("node-formula", [output ? "" : name, formula, data].filter(Boolean).join(" = "));
  setText("node-meaning", meaning(fact, key, grad, complete));
  const flags = fact.flags.filter(([since]) => since <= index);
  fill("node-flags", flags.map(([, words]) => element("li", "flag", words)));
  fill("shares", shares(story, node, index, lit, grad));
  document.getElementById("why").hidden = grad === UNKNOWN;
  document.getElementById("evidence").hidden = !complete || !fact.check;
  showEvidence(complete ? fact : NOTHING, grad); // what is hidden gives nothing away either
}

function meaning(fact, key, grad, complete) {
  if (complete) return `${key} ${grad}. ${fact.meaning}`;
  if (grad === UNKNOWN) return `${key} –: there is none yet. It comes in the backward pass.`;
  return `grad ${grad} so far: more arrows are still to come.`;
}

/** The shares that have arrived in this epoch, and what they add up to. */
function shares(story, node, index, lit, grad) {
  const { epoch } = story.steps[lit], scalar = scalarOf(story, node);
  const arrived = story.steps.slice(0, index + 1)
    .filter((step) => step.epoch === epoch && step.node === scalar && step.share);
  const listed = arrived.map((step) => element("li", "", step.share));
  const { key } = story.nodes[node];
  if (arrived.length > 1 && key === "grad") listed.push(element("li", "total", `together ${grad}`));
  return listed.length ? listed : [element("li", "", "1, the seed: this is where the way back starts")];
}

function showEvidence(fact, grad) {
  fill("nudges", fact.nudges.map((row) => element("tr", "", ...row.map((cell) => element("td", "", cell)))));
  setText("grad", grad);
  const sign = { true: "✓ ", false: "✗ " }[fact.agrees] ?? "";
  setText("check", sign + fact.check);
  const listed = fact.ways.map(([names, factors, product]) => {
    const worth = factors && factors !== product ? `${factors} = ${product}` : product;
    return element("li", "", element("span", "way", names), element("span", "worth", worth));
  });
  if (fact.rest) listed.push(element("li", "", fact.rest));
  if (listed.length > 1) listed.push(element("li", "total", `together ${grad}`));
  fill("ways", listed);
}

/** Let the transcript end with step `index`: what is still to come is not on the page. */
function showTranscript(story, index) {
  const list = document.getElementById("transcript");
  const stops = story.stops.filter((at) => at <= index);
  if (list.dataset.open !== String(story.open)) list.replaceChildren();
  list.dataset.open = story.open;
  while (list.children.length > stops.length) list.lastElementChild.remove();
  list.append(...stops.slice(list.children.length).map((at) => lineOf(story, at)));
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  list.lastElementChild?.setAttribute("aria-current", "step");
}

function lineOf(story, index) {
  const line = element("li", "", story.steps[index].line.trim());
  line.dataset.step = index;
  return line;
}

function fill(id, children) {
  document.getElementById(id).replaceChildren(...children);
}
