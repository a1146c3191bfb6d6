// The drawing: which text stands where, what is highlighted, and what is in view.

const READABLE = 0.55, LARGEST_FIT = 1.5, SMALLEST = 0.002, LARGEST = 4, ZOOM_STEP = 1.25;
const MARGIN = 40;
const PARTS = ["data", "grad", "sum", "weighted", "output", "bias", "slope", "passed", "answer"];
const THICKNESSES = 6, LETTER = 0.61, SIZE = 12;
const widest = { key: "", size: 0 }; // the largest weight at a step, which has the thickest line

/** Begin with a drawing of which nothing is known yet. */
function graphIn(svg) {
  return {
    svg, view: svg.parentElement, texts: new Map(), rooms: new Map(), groups: new Map(),
    index: -1, highlighted: null, selected: null, zoom: 1, ahead: new Set(),
  };
}

/** Draw what is open, and find every group and text that a step may change. */
function arrange(graph) {
  const [fresh, [width, height]] = drawOpen(graph.svg);
  for (const found of [graph.texts, graph.groups]) {
    for (const [place, elements] of found) {
      const kept = elements.filter((element) => element.isConnected);
      if (kept.length) found.set(place, kept);
      else found.delete(place);
    }
  }
  for (const text of graph.rooms.keys()) if (!text.isConnected) graph.rooms.delete(text);
  for (const root of fresh) findIn(graph, root);
  graph.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  zoomTo(graph, graph.zoom);
  showAll(graph, -1, null, null);
}

/** Find what a step may change in a picture that is new; make its nodes reachable by keyboard. */
function findIn(graph, root) {
  const add = (found, place, element) => found.set(place, [...found.get(place) ?? [], element]);
  for (const group of root.querySelectorAll("g[id]")) {
    const name = nameOf(group), arrow = story.arrows[name];
    group.dataset.plain = arrow ? "arrow" : group.getAttribute("class") ?? "";
    const texts = arrow ? [...group.querySelectorAll(".number")] : [...group.querySelectorAll("text")];
    for (const [at, text] of texts.entries()) {
      const part = arrow ? at : PARTS.find((part) => text.classList.contains(part));
      if (part === undefined) continue;
      const place = `${name}.${part}`, made = Boolean(story.nodes[name]?.output) && !story.texts.has(place);
      const size = parseFloat(getComputedStyle(text).fontSize) || SIZE;
      if (!text.firstChild) text.append("");
      graph.rooms.set(text.firstChild, { size, room: roomOf(text, place, size) });
      add(graph.texts, place, text.firstChild);
      if (made) text.firstChild.data = ""; // it only made room
    }
    if (!arrow && !story.nodes[name]) continue;
    add(graph.groups, name, group);
    if (!story.nodes[name]) continue;
    group.dataset.node = name;
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "button");
  }
}

/** How many letters a text has room for: what its box leaves, or as many as it was drawn with. */
function roomOf(text, place, size) {
  const box = text.closest("g").querySelector(".pill, .plate, .card");
  if (!box) return 99;
  const signed = text.previousElementSibling?.matches(".local:not(.number)");
  const taken = place.endsWith(".data") || place.endsWith(".grad") ? 56 : signed ? 22 : 10;
  return Math.max(text.textContent.length, floor((box.width.baseVal.value - taken) / (LETTER * size)));
}

/** Show everything of a graph anew, whatever it showed before. */
function showAll(graph, index, highlighted, selected) {
  const marks = highlighted === null ? {} : at(story, highlighted).marks;
  const ahead = selected ? arrowsAhead(story.routes, selected) : new Set();
  for (const place of graph.texts.keys()) showText(graph, place, index);
  if (highlighted !== null && index < highlighted) showFactors(graph, highlighted);
  for (const name of graph.groups.keys()) showClasses(graph, name, index, marks, selected, ahead);
  for (const node of graph.groups.keys()) labelNode(graph, node, index);
  Object.assign(graph, { index, highlighted, selected, ahead });
}

/** Show the numbers of a graph anew, and how thick its lines are; what no one sees follows while there is time. */
function showNumbers(graph, index, highlighted, selected) {
  if (graph.index !== index || graph.highlighted !== highlighted || graph.selected !== selected) return showAll(graph, index, highlighted, selected);
  const hidden = (place) => graph.texts.get(place).every((text) => getComputedStyle(text.parentNode).visibility === "hidden");
  const later = [...graph.texts.keys()].filter(hidden), { marks } = at(story, highlighted), passed = new Set(later);
  for (const place of graph.texts.keys()) if (!passed.has(place)) showText(graph, place, index);
  if (index < highlighted) showFactors(graph, highlighted);
  for (const line of story.lines) showClasses(graph, line, index, marks, selected, graph.ahead);
  clearTimeout(state.following);
  state.following = setTimeout(() => {
    for (const place of later) if (graph.texts.has(place)) showText(graph, place, graph.index);
    if (graph.index < graph.highlighted) showFactors(graph, graph.highlighted);
    for (const node of graph.groups.keys()) labelNode(graph, node, graph.index);
  });
}

/** Show the graph after step `index`, with the marks of step `highlighted`, and the way of the selected node. */
function showGraph(graph, index, highlighted, selected) {
  const [from, to] = [Math.min(index, graph.index), Math.max(index, graph.index)];
  if (graph.index < 0 || to - from > story.steps.length / 2) return showAll(graph, index, highlighted, selected);
  const changed = Array.from({ length: to - from }, (_, step) => at(story, from + 1 + step));
  const [before, now] = [graph.highlighted === null ? null : at(story, graph.highlighted), at(story, highlighted)];
  const ahead = selected ? arrowsAhead(story.routes, selected) : new Set();
  const keys = (part) => changed.flatMap((step) => Object.keys(step[part]));
  const factors = [before, now].filter(Boolean).flatMap((step) => Object.keys(factorsOf(step)));
  const places = new Set([...keys("texts"), ...factors]);
  for (const place of places) showText(graph, place, index);
  if (index < highlighted) showFactors(graph, highlighted);
  const names = new Set([
    ...keys("states"), ...Object.keys(before?.marks ?? {}), ...Object.keys(now.marks),
    ...[...places].map((place) => place.replace(/\.\w+$/, "")).filter((name) => story.arrows[name]),
    ...graph.ahead, ...ahead, ...[graph.selected, selected].filter(Boolean),
  ]);
  for (const name of names) showClasses(graph, name, index, now.marks, selected, ahead);
  const touched = new Set([...places].map((place) => place.split(".")[0]));
  for (const node of touched) {
    labelNode(graph, node, index);
    for (const box of story.boxes.get(node) ?? []) labelNode(graph, box, index);
  }
  Object.assign(graph, { index, highlighted, selected, ahead });
}

/** What a question is about can be read off the arrow; its answer cannot. */
function showFactors(graph, highlighted) {
  const step = at(story, highlighted), numbers = numbersOf(run, step.epoch);
  Object.entries(factorsOf(step)).forEach(([place, text]) => putText(graph, place, fill(text, numbers)));
}

function showText(graph, place, index) {
  if (story.texts.has(place)) putText(graph, place, textAt(story, run, place, index, place.endsWith(".sum") ? "" : UNKNOWN));
}

/** Write a text wherever it stands; one that takes more room than there is gets smaller. */
function putText(graph, place, content) {
  for (const text of graph.texts.get(place) ?? []) {
    if (text.data === content) continue;
    const { size, room } = graph.rooms.get(text), element = text.parentNode;
    text.data = content;
    element.classList.toggle("odd", /nan|∞/.test(content));
    if (content.length > room) element.style.fontSize = `${((size * room) / content.length).toFixed(1)}px`;
    else element.removeAttribute("style");
  }
}

function showClasses(graph, name, index, marks, selected, ahead) {
  if (!graph.groups.has(name)) return;
  const state = holds(story, story.states.get(name), index)?.value ?? (story.states.has(name) ? "pending" : "");
  const classes = [
    state, story.lines.includes(name) && thickness(name, index), marks[name], ahead.has(name) && "ahead",
    name === selected && "selected",
  ];
  for (const element of graph.groups.get(name)) {
    element.setAttribute("class", [element.dataset.plain, ...classes, isOpen(element, name) && "opened"].filter(Boolean).join(" "));
  }
}

/** The classes of a line: how thick it is, beside the thickest, and whether it is dashed. */
function thickness(line, index) {
  const weight = (name) => {
    const held = holds(story, story.texts.get(`${name}.0`), maximum(index, 0));
    return held ? slotOf(held.value, numbersOf(run, held.epoch)) : 0;
  };
  const key = `${index} ${run.version}`, here = weight(line);
  if (widest.key !== key) {
    Object.assign(widest, { key, size: story.lines.reduce((most, name) => maximum(most, abs(weight(name))), 0) });
  }
  const largest = widest.size;
  const share = abs(here) <= largest && largest < inf && largest ? abs(here) / largest : 1;
  return `thick-${Math.round(share * (THICKNESSES - 1))}${here < 0 ? " negative" : ""}`;
}

function labelNode(graph, node, index) {
  if (!story.nodes[node] || !graph.groups.has(node)) return;
  const [data, grad] = ["data", "grad"].map((part) => numberOf(story, run, node, part, index));
  const { name, key } = story.nodes[node];
  const label = `${name}: ${data && `data ${data}, `}${key} ${grad}`;
  for (const element of graph.groups.get(node)) {
    element.setAttribute("aria-label", label);
    element.setAttribute(...(opens(node) ? ["aria-expanded", inView(node)] : ["aria-pressed", node === state.pinned]));
  }
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

/** Show the whole drawing, if it can be read; else a node with what is inside. */
function fit(graph, node = null) {
  const whole = wholeZoom(graph), box = node && pictures.get(node);
  if (whole >= READABLE || !node) return zoomTo(graph, whole >= READABLE ? whole : 1);
  const { clientWidth } = graph.view, tall = parseFloat(getComputedStyle(graph.view).maxHeight);
  const near = box ? Math.min((clientWidth - 2 * MARGIN) / box.width, (tall - 2 * MARGIN) / (box.height + FRAME_TOP)) : 1;
  const wide = clientWidth / graph.svg.viewBox.baseVal.width; // beside it the whole width, if that can be read
  zoomTo(graph, Math.min(1, Math.max(READABLE, wide < READABLE ? near : Math.min(near, wide))));
  bringIntoView(graph, [node], false);
}

/** Scroll the drawing, and nothing else, where a step cannot be seen: its nodes to the middle, or at least the first. */
function bringIntoView(graph, nodes, smooth) {
  const { view } = graph, corner = view.getBoundingClientRect();
  const boxes = nodes.filter((node) => graph.groups.has(node)).map((node) => {
    const box = elementOf(node).getBoundingClientRect();
    return [box.x - corner.x + view.scrollLeft, box.y - corner.y + view.scrollTop, box.width, box.height];
  });
  if (!boxes.length) return;
  const place = (low, high, first, now, room) => {
    if (high - low > room - 2 * MARGIN) [low, high] = first;
    if (high - low > room - 2 * MARGIN) return low - MARGIN;
    return now + MARGIN <= low && high + MARGIN <= now + room ? now : (low + high - room) / 2;
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
