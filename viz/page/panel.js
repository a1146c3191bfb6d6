// Beside the graph: all there is to know of one node, and the transcript.

const NOTHING = { nudges: [], check: "", agrees: null, ways: [], rest: "" };

/** Say why a node's gradient is what it is, as far as step `index` has come. */
function showPanel(graph, story, node, index, lit, pinned) {
  const { name, formula, key } = story.nodes[node];
  const fact = story.facts[story.steps[lit].epoch][node];
  const grad = nodeText(graph, node, "grad"), complete = index >= fact.complete;
  setText("node-name", name);
  setText("pinned", pinned ? "kept: Enter or Esc lets it go" : "");
  setText("node-formula", [name, formula, nodeText(graph, node, "data")].filter(Boolean).join(" = "));
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
  const { epoch } = story.steps[lit];
  const arrived = story.steps.slice(0, index + 1)
    .filter((step) => step.epoch === epoch && step.node === node && step.share);
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

/** Write the transcript; it is hidden line by line, so that it never tells what is still to come. */
function writeTranscript(story) {
  fill("transcript", story.steps.map((step) => {
    const line = element("li", "", step.line.trim());
    line.hidden = true;
    return line;
  }));
}

/** Show the transcript from line `from`, where it ended, to step `index`. */
function showTranscript(from, index) {
  const list = document.getElementById("transcript"), lines = list.children;
  const [first, last] = [Math.min(from, index) + 1, Math.max(from, index)];
  for (let at = first; at <= last; at += 1) lines[at].hidden = at > index;
  lines[from]?.removeAttribute("aria-current");
  lines[index]?.setAttribute("aria-current", "step");
}

function fill(id, children) {
  document.getElementById(id).replaceChildren(...children);
}
