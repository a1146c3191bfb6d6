// The drawing: which text stands where, what is lit, what is in view.

const READABLE = 0.8, LARGEST_FIT = 1.5, SMALLEST = 0.02, LARGEST = 4, ZOOM_STEP = 1.25;
const MARGIN = 40;
const PARTS = ["data", "grad", "sum", "weighted", "output", "bias", "passed", "answer"];

/** Find every group and text of a drawing that a step may change; make its nodes reachable by keyboard. */
function findGraph(story, svg) {
  const graph = {
    svg, view: svg.parentElement, texts: new Map(), groups: new Map(),
    index: -1, lit: null, selected: null, zoom: 1,
  };
  const find = (...ids) => ids.map((id) => document.getElementById(id)).filter((found) => svg.contains(found));
  for (const node of Object.keys(story.nodes)) {
    const [group] = find(`node-${node}`, node).filter(Boolean);
    if (!group) continue;
    graph.groups.set(node, { elements: [group], plain: group.getAttribute("class") });
    for (const text of group.querySelectorAll("text")) {
      const part = PARTS.find((name) => text.classList.contains(name));
      if (part) graph.texts.set(`${node}.${part}`, text);
    }
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "button");
    group.setAttribute(opens(node) ? "aria-expanded" : "aria-pressed", "false");
    group.dataset.node = node;
  }
  for (const arrow of Object.keys(story.arrows)) {
    const elements = find(`arrow-${arrow}`, `plate-${arrow}`).filter(Boolean);
    if (!elements.length) continue;
    graph.groups.set(arrow, { elements, plain: "arrow" });
    elements.flatMap((group) => [...group.querySelectorAll(".number")])
      .forEach((text, place) => graph.texts.set(`${arrow}.${place}`, text));
  }
  for (const place of graph.texts.keys()) showText(graph, story, place, -1);
  for (const name of graph.groups.keys()) showClasses(graph, story, name, -1, {}, null, new Set());
  for (const node of Object.keys(story.nodes)) labelNode(graph, story, node, -1);
  return graph;
}

/** Whether a node has an inside to be opened. */
function opens(node) {
  return Boolean(document.getElementById(`inside-${node}`));
}

/** Show the graph after step `index`, with the marks of step `lit`, and the way of the selected node. */
function showGraph(graph, story, index, lit, selected) {
  const changed = story.steps.slice(Math.min(index, graph.index) + 1, Math.max(index, graph.index) + 1);
  const [before, now] = [graph.lit, story.steps[lit]];
  const ahead = selected ? arrowsAhead(story.routes, selected) : new Set();
  const keys = (part) => changed.flatMap((step) => Object.keys(step[part]));
  const factors = [before, now].filter(Boolean).flatMap((step) => Object.keys(factorsOf(step)));
  const places = new Set([...keys("texts"), ...factors]);
  for (const place of places) showText(graph, story, place, index);
  // What a question is about can be read off the arrow; its answer cannot.
  if (index < lit) Object.entries(factorsOf(now)).forEach(([place, text]) => putText(graph, place, text));
  const names = new Set([
    ...keys("states"), ...Object.keys(before?.marks ?? {}), ...Object.keys(now.marks),
    ...graph.ahead ?? [], ...ahead, ...[graph.selected, selected].filter(Boolean),
  ]);
  for (const name of names) showClasses(graph, story, name, index, now.marks, selected, ahead);
  const touched = new Set([...places].map((place) => place.split(".")[0]));
  for (const node of touched) labelNode(graph, story, node, index);
  Object.assign(graph, { index, lit: now, selected, ahead });
}

function showText(graph, story, place, index) {
  const track = story.texts.get(place);
  if (track) putText(graph, place, holds(track, index, place.endsWith(".sum") ? "" : UNKNOWN));
}

function putText(graph, place, content) {
  const text = graph.texts.get(place);
  if (text && text.textContent !== content) text.textContent = content;
}

function showClasses(graph, story, name, index, marks, selected, ahead) {
  if (!graph.groups.has(name)) return;
  const { elements, plain } = graph.groups.get(name), track = story.states.get(name);
  const state = track ? holds(track, index, "pending") : "";
  const classes = [plain, state, marks[name], ahead.has(name) && "ahead", name === selected && "selected"];
  for (const element of elements) element.setAttribute("class", classes.filter(Boolean).join(" "));
}

function labelNode(graph, story, node, index) {
  if (!story.nodes[node] || !graph.groups.has(node)) return;
  const [data, grad] = ["data", "grad"].map((part) => numberOf(story, node, part, index));
  const { name, key } = story.nodes[node];
  const label = `${name}: ${data && `data ${data}, `}${key} ${grad}`;
  graph.groups.get(node).elements[0].setAttribute("aria-label", label);
}

/** The texts of a step on its arrow, without the product: upstream and local. */
function factorsOf(step) {
  return Object.fromEntries(Object.entries(step.texts).filter(([place]) => /^\w+-\d+\.[12]$/.test(place)));
}

/** Scale the drawing. */
function zoomTo(graph, zoom) {
  const { svg } = graph;
  graph.zoom = Math.min(Math.max(zoom, SMALLEST), LARGEST);
  svg.style.width = `${svg.viewBox.baseVal.width * graph.zoom}px`;
  svg.style.height = `${svg.viewBox.baseVal.height * graph.zoom}px`;
}

/** The scale at which the whole drawing can be seen. */
function wholeZoom({ svg, view }) {
  const box = svg.viewBox.baseVal, tall = parseFloat(getComputedStyle(view).maxHeight) || Infinity;
  return Math.min(view.clientWidth / box.width, tall / box.height, LARGEST_FIT);
}

/** The scale to begin with: the whole drawing, if it can be read. */
function readableZoom(graph) {
  return wholeZoom(graph) < READABLE ? 1 : wholeZoom(graph);
}

/** Scroll the drawing, and nothing else, so that all nodes of a step can be seen, or at least the first. */
function bringIntoView(graph, nodes, smooth) {
  const { view } = graph, corner = view.getBoundingClientRect();
  const boxes = nodes.filter((node) => graph.groups.has(node)).map((node) => {
    const box = graph.groups.get(node).elements[0].getBoundingClientRect();
    return [box.x - corner.x + view.scrollLeft, box.y - corner.y + view.scrollTop, box.width, box.height];
  });
  if (!boxes.length) return;
  const place = (low, high, first, now, room) => {
    if (high - low > room - 2 * MARGIN) [low, high] = first;
    if (low - MARGIN < now) return low - MARGIN;
    if (high + MARGIN > now + room) return high + MARGIN - room;
    return now;
  };
  const reach = (at, size) => [
    Math.min(...boxes.map((box) => box[at])), Math.max(...boxes.map((box) => box[at] + box[size])),
  ];
  const first = (at, size) => [boxes[0][at], boxes[0][at] + boxes[0][size]];
  const left = place(...reach(0, 2), first(0, 2), view.scrollLeft, view.clientWidth);
  const top = place(...reach(1, 3), first(1, 3), view.scrollTop, view.clientHeight);
  const near = Math.abs(left - view.scrollLeft) < view.clientWidth
    && Math.abs(top - view.scrollTop) < view.clientHeight;
  view.scrollTo({ left, top, behavior: smooth && near ? "smooth" : "instant" });
}
