// What a reader may do with a node: look at it, keep it in view, open what is inside.

/** The node that an event happened on, or null. */
function nodeOf(target) {
  return target instanceof Element ? target.closest("[data-node]")?.dataset.node ?? null : null;
}

/** What hover and focus do alike: show the way of a node, and what is known of it. */
function visit(node) {
  if (node === state.visited) return;
  state.visited = node;
  show();
}

/** What a click and Enter do alike: open what is inside a node, or keep what is said of it. */
function pin(node) {
  if (opens(node)) return openInside(node === story.open ? null : node);
  keep(state.pinned === node ? null : node);
  show();
  const said = document.getElementById("node-meaning").textContent;
  if (state.pinned) setText("live", `${story.nodes[node].name}: ${said}`);
}

function keep(node) {
  for (const name of [state.pinned, node].filter(Boolean)) {
    elementOf(name)?.setAttribute("aria-pressed", name === node);
  }
  state.pinned = state.visited = node;
}

/** Where a node is drawn. */
function elementOf(node) {
  return drawings().find(({ groups }) => groups.has(node))?.groups.get(node).elements[0];
}

function letGo() {
  if (story.open && !state.pinned) return closeInside();
  keep(null);
  if (nodeOf(document.activeElement)) document.getElementById("next").focus();
  show();
}

/** Open a node, so that its scalars are drawn and the steps go through them; null closes the one there is. */
function openInside(node) {
  keep(null);
  for (const name of [story.open, node].filter(Boolean)) {
    elementOf(name).setAttribute("aria-expanded", name === node);
  }
  story.open = node;
  stops = stopsOf(story, run);
  document.getElementById("inside").hidden = !node;
  document.getElementById("stage").toggleAttribute("data-open", Boolean(node));
  fillWith("scalars", node ? [copyInside(node)] : []);
  state.inside = node && findGraph(document.getElementById("scalars").firstElementChild);
  setText("inside-title", node ? say("page.inside", { name: story.nodes[node].name }) : "");
  state.index = stopAt(state.index);
  zoomTo(graph, readableZoom(graph)); // the drawing has less room, or all of it again
  show();
  if (!node) return;
  setText("live", say("page.open", { name: story.nodes[node].name, step: placeOf(state.index) }));
  zoomTo(state.inside, Math.min(readableZoom(state.inside), 1));
  bringIntoView(state.inside, [scalarOf(story, node)], false);
}

function copyInside(node) {
  const { width, height, shapes } = story.insides[node];
  const drawing = document.getElementById("graph").cloneNode(false);
  drawing.removeAttribute("id");
  drawing.removeAttribute("style");
  drawing.setAttribute("width", width);
  drawing.setAttribute("height", height);
  drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  drawing.innerHTML = shapes;
  drawing.setAttribute("aria-label", say("page.inside", { name: story.nodes[node].name }));
  return drawing;
}

/** Close what is open, and go back to it. */
function closeInside() {
  const node = story.open;
  openInside(null);
  elementOf(node).focus();
}
