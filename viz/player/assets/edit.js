// Changing numbers: fields, dragging, training, and the address that holds it all.

const DRAG = 4, CURVE = { width: 300, height: 90, edge: 6 };

/** A step of a number that changes it by a little: one in its second digit. */
function stepOfNumber(x) {
  return 10 ** (floor(log10(maximum(abs(x), 0.1))) - 1);
}

/** A number some steps further, with as many decimals as it and the step have. */
function nudge(x, steps) {
  if (!steps || !(abs(x) < inf)) return x; // what is not finite has no step
  const step = stepOfNumber(x), [, part = "", power = 0] = /^-?\d+\.?(\d*)(?:e(.*))?$/.exec(String(x)) ?? [];
  const decimals = maximum(part.length - power, -Math.round(log10(step)));
  return Number((x + steps * step).toFixed(minimum(maximum(decimals, 0), 100)));
}

/** The epoch in view, in which a changed number is changed. */
function epochInView() {
  return at(story, state.index).epoch;
}

/** Make a field for every leaf that is in view, and for the learning rate. */
function makeFields() {
  const rate = story.run.rate === null ? [] : [["η", () => run.rate, (x) => editRate(run, x)]];
  const leaves = story.program.leaves.flatMap((place, leaf) => (!inSight(story.ids[place]) ? [] : [[
    story.names[place],
    () => leavesOf(run, epochInView())[leaf],
    (x) => editLeaf(run, epochInView(), leaf, x),
    story.ids[place],
  ]]));
  const made = [...rate, ...leaves].map(([name, get, set, node]) => fieldOf(name, get, set, node));
  fillWith("fields", made.map(({ label }) => label));
  state.fields = made;
  document.getElementById("numbers").hidden = false;
  document.getElementById("training").hidden = story.run.rate === null;
}

/** Whether a node can be seen: as a box, or, where a network is drawn, on a line. */
function inSight(node) {
  return story.lines.length > 0 || inView(story.home[node] ?? "");
}

/** A number field that is named as in the picture: typed into, nudged with arrow keys, dragged by its name. */
function fieldOf(name, get, set, node) {
  const input = element("input"), handle = element("span", "handle", name), gradient = document.createTextNode("");
  const label = element("label", "field", handle, input, element("span", "gradient", gradient));
  Object.assign(input, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false });
  input.setAttribute("role", "spinbutton");
  input.setAttribute("aria-label", name);
  let shown;
  const show = () => {
    const x = get();
    if (!Object.is(x, shown) && !input.dataset.typing) {
      const written = number(shown = x, 6);
      input.value = Object.is(x, -0) ? "-0" : written.replaceAll("−", "-");
      input.setAttribute("aria-valuenow", x);
      input.setAttribute("aria-valuetext", written);
    }
    const known = revealed() ? state.index : stopBefore(state.index);
    const arrived = node ? `∂ ${textAt(story, run, `${node}.grad`, known, UNKNOWN)}` : "";
    if (gradient.data !== arrived) gradient.data = arrived;
  };
  const forget = () => { // what was typed gives way to the number that holds
    delete input.dataset.typing;
    shown = undefined;
    show();
  };
  const change = (x) => {
    setText("unread", "");
    if (!Object.is(x, get())) { set(x); refresh(); }
  };
  const commit = () => {
    if (!input.dataset.typing) return;
    const typed = input.value, x = read(typed);
    forget();
    if (x !== undefined) change(x);
    else setText("unread", typed.trim() ? say("page.unread", { typed: typed.trim(), name, number: number(get(), 6) }) : "");
  };
  input.addEventListener("input", () => { input.dataset.typing = "yes"; });
  input.addEventListener("change", commit);
  input.addEventListener("blur", commit);
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (event.key === "Escape") forget();
    if (event.key === "Enter") commit();
    if (!steps) return;
    commit();
    change(nudge(get(), steps * (event.shiftKey ? 10 : 1)));
    event.preventDefault();
  });
  dragged(handle, get, change);
  return { label, show, get };
}

/** Let a number be dragged: to the right it grows, to the left it shrinks. */
function dragged(handle, get, change) {
  handle.addEventListener("pointerdown", (down) => {
    const before = get(), move = ({ clientX }) => change(nudge(before, Math.round((clientX - down.clientX) / DRAG)));
    handle.setPointerCapture(down.pointerId);
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", () => handle.removeEventListener("pointermove", move), { once: true });
    handle.addEventListener("pointercancel", () => handle.removeEventListener("pointermove", move), { once: true });
  });
}

/** The leaf that is drawn where an event happens: a card, or the number on a line; -1 for none. */
function leafAt(target) {
  if (!(target instanceof Element)) return -1;
  const plate = target.closest("[id^=plate-]")?.id.slice(6);
  const place = plate ? story.texts.get(`${plate}.0`)?.values[0].match(/\d+/)?.[0] : nodeOf(target)?.replace(/^n/, "");
  return story.program.leaves.indexOf(story.program.place.get(Number(place)));
}

/** Drag a leaf in the picture to change it, and anything else to move the picture. */
function dragStage(down) {
  const view = down.target.closest("#view");
  if (!view || down.button || down.pointerType === "touch") return;
  const leaf = leafAt(down.target), epoch = epochInView(), before = leaf < 0 ? 0 : leavesOf(run, epoch)[leaf];
  const [left, top] = [view.scrollLeft, view.scrollTop];
  let moved = false;
  const move = (event) => {
    const [x, y] = [event.clientX - down.clientX, event.clientY - down.clientY];
    moved ||= abs(x) > DRAG || abs(y) > DRAG;
    if (!moved) return;
    if (leaf < 0) view.scrollTo({ left: left - x, top: top - y, behavior: "instant" });
    else { editLeaf(run, epoch, leaf, nudge(before, Math.round(x / DRAG))); refresh(); }
  };
  const stopMoving = () => {
    removeEventListener("pointermove", move);
    if (moved) addEventListener("click", (event) => event.stopPropagation(), { capture: true, once: true });
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", stopMoving, { once: true });
}

// ---- training ----

/** Go on for some epochs, each a step against the gradient of the one before, and look at the last. */
function train(count) {
  remember(run, {}); // like no other change
  run.epochs += count;
  stops = stopsOf(story, run);
  drawPhases();
  refresh();
  go(stepCount(story, run) - 1);
}

/** Take back the last change. */
function undo() {
  takeBack(run);
  rerun();
}

/** Take back every change. */
function reset() {
  remember(run, {}); // like no other change
  run = Object.assign(recordedRun(story.run), { version: run.version + 1, past: run.past });
  rerun();
}

/** Show a run of perhaps another length anew. */
function rerun() {
  stops = stopsOf(story, run);
  drawPhases();
  state.index = stopAt(Math.min(state.index, stepCount(story, run) - 1));
  refresh();
}

/** Draw the result of each epoch as a curve. */
function drawCurve() {
  const curve = document.getElementById("curve"), { width, height, edge } = CURVE;
  const results = Array.from({ length: run.epochs }, (_, epoch) => computedOf(run, epoch).value.at(-1));
  curve.toggleAttribute("hidden", run.epochs < 2);
  if (run.epochs < 2) return;
  const finite = results.filter((x) => abs(x) < inf), [low, high] = [finite.reduce(minimum, inf), finite.reduce(maximum, -inf)];
  const x = (epoch) => edge + ((width - 2 * edge) * epoch) / (run.epochs - 1);
  const y = (result) => height - edge - ((height - 2 * edge) * (result - low)) / (high - low || 1);
  const points = results.flatMap((result, epoch) => (abs(result) < inf ? [`${x(epoch).toFixed(1)},${y(result).toFixed(1)}`] : []));
  const told = { root: story.root, count: run.epochs, first: number(results[0]), last: number(results.at(-1)) };
  curve.querySelector("polyline").setAttribute("points", points.join(" "));
  const here = results[epochInView()];
  curve.querySelector("circle").setAttribute("cx", x(epochInView()));
  curve.querySelector("circle").setAttribute("cy", abs(here) < inf ? y(here) : edge);
  curve.setAttribute("aria-label", say("page.curve", told));
  setText("curve-words", say("page.curve", told));
}

// ---- the address ----

/** Keep the address up to date, a moment later: a browser refuses a page that changes it many times in a row. */
function followAddress() {
  clearTimeout(state.addressing);
  state.addressing = setTimeout(writeAddress, 100);
}

/** Write what differs from the page as it was made into its address, so that a link leads to just this. */
function writeAddress() {
  const parts = [];
  if (state.index) parts.push(`step=${state.index + 1}`);
  if (run.epochs !== story.run.leaves.length) parts.push(`epochs=${run.epochs}`);
  const exact = (x) => (Object.is(x, -0) ? "-0" : String(x).replace("+", "")); // a "+" is read as a space
  if (run.rateEdited) parts.push(`rate=${exact(run.rate)}`);
  for (const [key, x] of run.edits) parts.push(`${key}=${exact(x)}`);
  const address = parts.length ? `#${parts.join("&")}` : "";
  if (address === location.hash) return;
  try { history.replaceState(null, "", address || " "); } catch { /* a page in a notebook has no address */ }
}

/** Read it back; whatever is no number of this page is passed over. */
function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  for (const [key, text] of parts) {
    const x = read(text), [epoch, leaf] = key.split(":").map(Number);
    if (x === undefined) continue;
    if (key === "epochs" && x >= 1 && x <= 10000 && story.run.rate !== null) run.epochs = Math.round(x);
    else if (key === "rate" && story.run.rate !== null) editRate(run, x);
    else if (/^\d+:\d+$/.test(key) && leaf < story.program.leaves.length) editLeaf(run, epoch, leaf, x);
  }
  stops = stopsOf(story, run);
  return Math.min(maximum(read(parts.get("step") ?? "1") || 1, 1), stepCount(story, run)) - 1;
}
