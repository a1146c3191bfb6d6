// Opening a box in place: what is inside takes its room, and all that stands beside it makes way.
//
// Every picture was laid out once, with its boxes closed. Where one opens, the picture becomes wider there, and its
// column longer: boxes keep their sizes and move, and the ways of arrows bend with the ground that they lie on.

const FRAME_TOP = 24, CORNER = 10, DENSE = 120, NS = "http://www.w3.org/2000/svg";
const pictures = new Map(); // by the part that they are inside of, "" for the whole
const homes = new WeakMap();

/** Whether a part and all that it lies in are open. */
function inView(part) {
  for (let at = part; at; at = story.home[at]) if (!story.open.has(at)) return false;
  return true;
}

/** Whether a node has an inside to be opened. */
function opens(node) {
  return node in story.insides;
}

/** Draw the pictures that are in view, one in the other; return what is new, and the size of the whole. */
function drawOpen(svg) {
  const fresh = [];
  if (!pictures.has("")) {
    pictures.set("", pictureIn(svg.firstElementChild, svg.viewBox.baseVal));
    fresh.push(svg.firstElementChild);
  }
  for (const part of [...pictures.keys()]) {
    if (part && !inView(part)) {
      pictures.get(part).root.remove();
      pictures.delete(part);
    }
  }
  const order = Object.keys(story.insides);
  for (const part of order) { // what a part lies in comes before it
    if (inView(part) && !pictures.has(part)) {
      const root = document.createElementNS(NS, "g"), { width, height, shapes } = story.insides[part];
      root.innerHTML = shapes;
      pictures.set(part, pictureIn(root, { width, height }));
      const { ground } = pictures.get(story.home[part] ?? "");
      const later = order.slice(order.indexOf(part) + 1).map((other) => pictures.get(other)?.root);
      ground.insertBefore(root, later.find((other) => other?.parentElement === ground) ?? null);
      fresh.push(root);
    }
  }
  return [fresh, arranged("")];
}

/** Read a picture: its boxes, its arrows with the points of their ways, and what else stands on its ground. */
function pictureIn(root, { width, height }) {
  let ground = root.firstElementChild?.id === "" && root.children.length === 1 ? root.firstElementChild : root;
  while (ground.children.length === 1 && !ground.firstElementChild.id) ground = ground.firstElementChild;
  const boxes = new Map(), arrows = [], others = [];
  for (const element of ground.children) {
    const name = nameOf(element);
    if (element.tagName === "g" && story.arrows[name]) arrows.push({ element, name, parts: partsOf(element) });
    else if (element.tagName === "g" && story.nodes[name]) boxes.set(name, { element, ...boxOf(element) });
    else others.push({ element, ...boxOf(element) });
  }
  ground.classList.toggle("dense", arrows.length > DENSE);
  return { root, ground, width, height, boxes, arrows, others };
}

/** The name of the node or the arrow that an element draws. */
function nameOf({ id }) {
  return id.replace(/^(node|arrow|plate)-/, "").replace(/^given-(\w+)-in-.*$/, "$1");
}

/** Whether an element stands beside a picture as given: a copy of what has its place in another. */
function isCopy({ id }) {
  return id.startsWith("given-");
}

/** Whether a box is open where it is drawn; a copy stays closed. */
function isOpen(element, name) {
  return pictures.has(name) && !isCopy(element);
}

const numberAt = (element, name) => Number(element.getAttribute(name));

/** The room that a card, a circle or any other shape takes. */
function boxOf(element) {
  const [x, y] = homeOf(element), drawn = drawnBox(element);
  return { ...drawn, x: drawn.x + x, y: drawn.y + y };
}

/** Where an element was drawn, of which the shapes lie around the origin. */
function homeOf(element) {
  if (!homes.has(element)) homes.set(element, element.getAttribute("transform")?.match(/-?[\d.]+/g).map(Number) ?? [0, 0]);
  return homes.get(element);
}

function drawnBox(element) {
  const round = element.querySelector("circle");
  if (round) {
    const [x, y, r] = ["cx", "cy", "r"].map((name) => numberAt(round, name));
    return { x: x - r, y: y - r, width: 2 * r, height: 2 * r };
  }
  if (element.hasAttribute("x1")) return { x: numberAt(element, "x1"), y: numberAt(element, "y1"), width: 0, height: 0 };
  const own = element.querySelectorAll(".card, .tab, .pill, .plate"), all = own.length ? [...own] : [element];
  const at = (low, size) => all.map((shape) => [numberAt(shape, low), numberAt(shape, low) + numberAt(shape, size)]);
  const [xs, ys] = [at("x", "width"), at("y", "height")];
  const [x, y] = [xs, ys].map((sides) => Math.min(...sides.map(([low]) => low)));
  const [right, bottom] = [xs, ys].map((sides) => Math.max(...sides.map(([, high]) => high)));
  return { x, y, width: right - x, height: bottom - y };
}

/** The shapes of an arrow: wires by their points, heads by their tips, and what stands on it by its room. */
function partsOf(element) {
  const flat = [...element.children].flatMap((child) => (child.querySelector(":scope > .head") ? [...child.children] : [child]));
  return flat.filter((shape) => shape.tagName !== "title").map((shape) => {
    const d = shape.getAttribute("d"), back = Boolean(shape.closest(".back"));
    if (d) return { shape, back, head: shape.matches(".head"), commands: [...d.matchAll(/[MLC]/g)].map(String), points: pointsOf(d, homeOf(shape)) };
    if (shape.tagName === "line") {
      const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((name) => numberAt(shape, name));
      return { shape, back, points: [[x1, y1], [x2, y2]] };
    }
    return { shape, box: boxOf(shape) };
  });
}

function pointsOf(d, [x, y]) {
  const numbers = d.match(/-?[\d.]+(e-?\d+)?/g).map(Number);
  return Array.from({ length: numbers.length / 2 }, (_, at) => [numbers[2 * at] + x, numbers[2 * at + 1] + y]);
}

/** A function that makes room: between `low` and `high` the ground becomes as much longer as any of the spans asks. */
function stretched(spans) {
  const edges = [...new Set(spans.flatMap(([low, high]) => [low, high]))].sort((one, other) => one - other);
  const grown = [0];
  for (let at = 1; at < edges.length; at += 1) {
    const [from, to] = [edges[at - 1], edges[at]];
    const rates = spans.filter(([low, high]) => low <= from && to <= high).map(([low, high, more]) => more / (high - low));
    grown.push(grown[at - 1] + (to - from) * Math.max(0, ...rates));
  }
  return (x) => {
    if (!edges.length || x <= edges[0]) return x;
    const at = edges.findIndex((edge) => x < edge);
    if (at < 0) return x + grown.at(-1);
    return x + grown[at - 1] + ((grown[at] - grown[at - 1]) * (x - edges[at - 1])) / (edges[at] - edges[at - 1]);
  };
}

/** The ground of a picture in which boxes are open: where a place of it comes to lie. */
function groundOf(boxes, open) {
  const across = stretched(open.map(({ x, width, wide }) => [x, x + width, wide - width]));
  const columns = [];
  for (const { x, width } of [...boxes].sort((one, other) => one.x - other.x)) {
    if (columns.length && x <= columns.at(-1).right) columns.at(-1).right = maximum(columns.at(-1).right, x + width);
    else columns.push({ left: x, right: x + width });
  }
  for (const column of columns) {
    const inside = open.filter(({ x }) => column.left <= x && x <= column.right);
    column.down = stretched(inside.map(({ y, height, high }) => [y, y + height, high - height]));
    column.longer = column.down(1e6) - 1e6;
  }
  const longer = Math.max(0, ...columns.map((column) => column.longer));
  const down = (x, y) => { // the middles of all columns stay in line
    const column = columns.find(({ left, right }) => left <= x && x <= right);
    return column ? column.down(y) + (longer - column.longer) / 2 : y + longer / 2;
  };
  return { longer, at: ([x, y]) => [across(x), down(x, y)] };
}

/** Put everything in a picture where it belongs; return the size of the picture. */
function arranged(part) {
  const picture = pictures.get(part), open = new Map();
  for (const [name, box] of picture.boxes) {
    if (!isOpen(box.element, name)) continue;
    const [width, height] = arranged(name);
    open.set(name, { ...box, wide: maximum(width, box.width), high: maximum(height + FRAME_TOP, box.height) });
  }
  const ground = groundOf(picture.boxes.values(), [...open.values()]);
  const moved = ({ x, y, width, height }) => {
    const middle = [x + width / 2, y + height / 2];
    return ground.at(middle).map((at, side) => at - middle[side]);
  };
  for (const [name, box] of picture.boxes) {
    box.element.querySelector(":scope > .frame")?.remove();
    if (open.has(name)) framed(name, open.get(name), ground);
    else shift(box.element, moved(box));
  }
  const bottom = Math.max(...[...picture.boxes.values()].map(({ y, height }) => y + height));
  for (const { element, ...box } of picture.others) { // a legend stays below
    shift(element, box.y > bottom ? [0, ground.longer] : moved(box));
  }
  const lines = new Map(picture.arrows.map(({ name, parts }) => [name, parts.find(({ points, back, head }) => points && !back && !head)]));
  for (const { name, parts } of picture.arrows) {
    const ends = story.arrows[name].map((end) => {
      const box = picture.boxes.get(end);
      return { by: open.has(end) || !box ? null : moved(box), box };
    });
    for (const shape of parts) putArrow(shape, ends, ground, moved, lines.get(name));
  }
  return [ground.at([picture.width, 0])[0], picture.height + ground.longer];
}

function shift(element, by) {
  const [x, y] = homeOf(element).map((at, side) => at + by[side]);
  if (x || y) element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  else element.removeAttribute("transform");
}
/** Draw a part of an arrow; its ends stay with the boxes that they touch, or with the frame of one that is open. */
function putArrow({ shape, points, commands, back, head, box }, [tail, front], ground, moved, line) {
  const place = (point, { by, box: end }) => {
    if (by) return point.map((at, side) => at + by[side]);
    if (!end) return ground.at(point);
    const edge = end === front.box ? end.x : end.x + end.width;
    return [ground.at([edge, point[1]])[0] + (commands ? point[0] - edge : 0), ground.at([end.x + end.width / 2, point[1]])[1]];
  };
  if (!points) {
    if (!line || line.commands) return shift(shape, moved(box));
    const [[x1, y1], [x2, y2]] = line.points, part = (box.x + box.width / 2 - x1) / (x2 - x1 || 1); // a plate stays on its line
    const [from, to] = [place([x1, y1], tail), place([x2, y2], front)];
    return shift(shape, [0, 1].map((side) => from[side] + part * (to[side] - from[side]) - [x1, y1][side] - part * ([x2, y2][side] - [x1, y1][side])));
  }
  if (head) {
    const [x, y] = place(points[0], back || shape.classList.contains("back") ? tail : front);
    return shift(shape, [x - points[0][0], y - points[0][1]]);
  }
  const [start, end] = back ? [front, tail] : [tail, front];
  const put = points.map((point, at) => {
    if (at === 0) return place(point, start);
    return at === points.length - 1 ? place(point, end) : ground.at(point);
  }).map((point) => point.map((x) => x.toFixed(1)));
  if (commands) {
    let at = 0;
    const piece = (command) => command + put.slice(at, (at += command === "C" ? 3 : 1)).map((point) => point.join(" ")).join(" ");
    return shape.setAttribute("d", commands.map(piece).join(""));
  }
  ["x1", "y1", "x2", "y2"].forEach((name, which) => shape.setAttribute(name, put[which >> 1][which & 1]));
}

/** Show an open box as a frame around what is inside. */
function framed(name, { element, x, y, width, height, wide, high }, ground) {
  const [[left, top], [right, bottom]] = [ground.at([x, y]), ground.at([x + width, y + height])];
  const [room, tall] = [right - left, bottom - top], [homeX, homeY] = homeOf(element);
  shift(element, [0, 0]);
  const frame = document.createElementNS(NS, "g"), [x1, y1] = [left - homeX, top - homeY];
  frame.setAttribute("class", "frame");
  frame.innerHTML = `<rect class="card" x="${x1}" y="${y1}" width="${room}" height="${tall}" rx="${CORNER}"/>`
    + `<text class="name" x="${x1 + CORNER}" y="${y1 + FRAME_TOP - 7}"/>`;
  frame.lastElementChild.textContent = `▾ ${story.nodes[name].name}`;
  element.append(frame);
  shift(pictures.get(name).root, [left + (room - wide) / 2, top + FRAME_TOP + (tall - high) / 2]);
}

/** Open or close boxes, and show the graph anew. */
function setOpen(parts) {
  const ended = state.index === stops.at(-1);
  story.open = new Set(parts);
  stops = stopsOf(story, run);
  arrange(graph);
  makeFields();
  state.index = ended ? stops.at(-1) : stopAt(state.index); // at the end, one stays there
  drawPhases();
  show(true);
}

/** Open a box in place, or close it. */
function toggleOpen(node) {
  const closing = inView(node);
  setOpen(closing ? [...story.open].filter((part) => part !== node) : [...story.open, node]);
  fit(graph, closing ? null : node);
  const { name } = story.nodes[node];
  setText("live", closing ? "" : say("page.open", { name, step: placeOf(state.index) }));
}

/** Close what was opened last, and go back to it. */
function closeLast() {
  const last = [...story.open].filter(inView).at(-1);
  toggleOpen(last);
  elementOf(last)?.focus();
}

/** Open every box that lies in an open one, level by level; or close them all. */
function openAll(opening) {
  const next = Object.keys(story.insides).filter((part) => !inView(part) && inView(story.home[part] ?? ""));
  setOpen(opening ? [...story.open, ...next] : []);
  fit(graph);
}
