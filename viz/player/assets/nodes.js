// What a reader may do with a node: look at it, keep it in view, open what is inside.

/** The node that an event happened on, or null. */
function nodeOf(target) {
  return target instanceof Element ? target.closest("[data-node]")?.dataset.node ?? null : null;
}

/** What hover and focus do alike: show the way of a node, and what is known of it. */
function visit(node) {
  if (node === state.visited) return;
  state.visited = node;
  look();
}

/** What a click and Enter do alike: open what is inside a node, or keep what is said of it. */
function pin(node) {
  if (opens(node)) return toggleOpen(node);
  keep(state.pinned === node ? null : node);
  look();
  const told = document.getElementById("node-meaning").textContent;
  if (state.pinned) setText("live", say("page.told", { name: story.nodes[node].name, told }));
}

function keep(node) {
  const before = state.pinned;
  state.pinned = state.visited = node;
  for (const name of [before, node].filter(Boolean)) labelNode(graph, name, graph.index);
}

/** Where a node is drawn; a copy of it where it lies in a closed box. */
function elementOf(node) {
  const drawn = graph.groups.get(node);
  return drawn?.find((element) => !isCopy(element)) ?? drawn?.[0];
}

function letGo() {
  if (!state.pinned && [...story.open].some(inView)) return closeLast();
  keep(null);
  if (nodeOf(document.activeElement)) document.getElementById("next").focus();
  show();
}
