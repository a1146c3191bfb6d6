// The player: one state, one way to show it, and what the keys and buttons do to it.

let story, run, graph, stops;
const PAUSE = 1200, PAUSE_PER_LETTER = 22;
const PHASE = 3; // the least room for a phase, in pixels: a bar of one, and what is between two
const FLAT = 2.4; // a picture that is so many times as wide as it is high stands above what is said of it
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// `told` is the last step whose number the reader has seen while predicting.
const state = { index: 0, retelling: 0, told: -1, predicting: false, pinned: null, visited: null, timer: 0, fields: [] };

/** The index of the last step. */
const last = () => stepCount(story, run) - 1;

/** Whether the reader may see the number of this step; an open box has shown it scalar by scalar. */
function revealed() {
  const { question, node } = at(story, state.index);
  return !state.predicting || state.index <= state.told || !question || story.open.has(node);
}

/** Show the state. The texts of the step's graph, caption and transcript depend on it and on nothing else. */
function show(anew = false) {
  look(anew);
  showTranscript(done(), anew);
  showCaption(state.index, revealed());
  for (const field of state.fields) field.show();
  drawCurve();
  if (story.surface) followSurface();
  showSummary();
  showControls();
}

/** Show what depends on the node that is looked at: its way in the graph, and all there is to know of it. */
function look(anew = false) {
  const chosen = state.visited ?? state.pinned, { marks, node } = at(story, state.index);
  (anew ? showNumbers : showGraph)(graph, done(), state.index, chosen);
  showParts(marks, chosen);
  showPanel(chosen ?? node, done(), state.index, chosen !== null && chosen === state.pinned);
}

/** The last step that is done: with the last stop, all that comes after it in closed boxes. */
function done() {
  return !revealed() ? stopBefore(state.index) : state.index === stops.at(-1) ? last() : state.index;
}

/** Light the parts of the expression with the graph. */
function showParts(marks, chosen) {
  for (const part of document.querySelectorAll("#expression [data-part]")) {
    const node = part.dataset.part;
    part.setAttribute("class", [marks[node], node === chosen && "selected"].filter(Boolean).join(" "));
  }
}

/** Show everything anew, after a number was changed. */
function refresh() {
  show(true);
  followAddress();
}

function showControls() {
  const slider = document.getElementById("slider");
  slider.max = stops.length - 1;
  slider.value = stopsBefore(state.index);
  slider.setAttribute("aria-valuetext", whereOf(state.index));
  document.getElementById("guess").hidden = revealed();
  document.getElementById("predict").setAttribute("aria-pressed", state.predicting);
  document.getElementById("play").classList.toggle("playing", Boolean(state.timer));
  document.getElementById("play").setAttribute("aria-label", say(state.timer ? "page.pause" : "page.play"));
}

/** How many stops lie before a step. */
function stopsBefore(index) {
  let low = 0, high = stops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stops[middle] < index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first stop at a step or after it. */
function stopAt(index) {
  return stops[stopsBefore(index)] ?? stops.at(-1);
}

/** The last stop before a step; -1 before the first. */
function stopBefore(index) {
  return stops[stopsBefore(index) - 1] ?? -1;
}

/** Go to a step, or to the next one that is not within a closed box. */
function go(index) {
  state.index = stopAt(index);
  state.visited = null;
  setText("verdict", "");
  document.getElementById("answer").value = "";
  show();
  speak();
  followAddress();
  const { node, marks } = at(story, state.index);
  const marked = Object.keys(marks).filter((name) => story.nodes[name]);
  const list = document.getElementById("transcript");
  list.scrollTop = list.scrollHeight;
  bringIntoView(graph, [node, ...marked], !calm.matches);
}

function speak() {
  setText("live", spoken(state.index, revealed()));
}

/** Go one step on; while predicting, show the number that was asked for first, once something is guessed. */
function forward() {
  if (!revealed()) {
    const answer = document.getElementById("answer");
    if (!answer.value.trim() && document.activeElement !== answer) return answer.focus();
    return reveal();
  }
  go(state.index + 1);
  if (!revealed()) document.getElementById("answer").focus();
}

function goPhase(direction) {
  const starts = phaseStarts(story, run).map(stopAt);
  const [ahead, behind] = [starts.find((stop) => stop > state.index), starts.findLast((stop) => stop < state.index)];
  go(direction > 0 ? ahead ?? last() : behind ?? 0);
}

function reveal() {
  const form = document.getElementById("guess"), guess = document.getElementById("answer").value;
  if (form.contains(document.activeElement)) document.getElementById("next").focus(); // the form will vanish
  state.told = state.index;
  show();
  speak();
  const { answer, epoch } = at(story, state.index);
  setText("verdict", judged(guess, slotOf(answer, numbersOf(run, epoch))));
}

function togglePredict() {
  state.predicting = !state.predicting;
  state.told = state.index - 1;
  go(state.index);
}

// ---- playing ----

function togglePlay() {
  if (state.timer) return stop();
  if (state.index === stops.at(-1)) go(0);
  wait();
  show();
}

function wait() {
  const { sentence } = at(story, state.index).caption, speed = Number(document.getElementById("speed").value);
  state.timer = setTimeout(playOn, (PAUSE + PAUSE_PER_LETTER * Math.min(sentence.length, 250)) / speed);
}

function playOn() {
  if (revealed()) go(state.index + 1);
  else reveal();
  if (state.index < stops.at(-1) || !revealed()) wait();
  else stop();
}

function stop() {
  clearTimeout(state.timer);
  state.timer = 0;
  showControls();
}

// ---- keys ----

const KEYS = {
  ArrowRight: () => forward(),
  ArrowLeft: () => go(stopBefore(state.index)),
  "Shift ArrowRight": () => goPhase(1),
  "Shift ArrowLeft": () => goPhase(-1),
  Home: () => go(0),
  End: () => go(last()),
  Escape: () => letGo(),
};

function onKey(event) {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.target.closest?.("[data-typing]")) {
    event.preventDefault();
    return undo();
  }
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const { target } = event, node = nodeOf(target), typing = target instanceof Element && target.matches("input[type=text], select");
  if (typing && event.key !== "Escape") return; // these keys edit what is typed
  const presses = target instanceof Element && target.closest("button, summary");
  let action = KEYS[(event.shiftKey && event.key !== "?" ? "Shift " : "") + event.key];
  if (event.key === "?") action = toggleKeys;
  if (event.key === " " && !presses) action = togglePlay;
  if (event.key === "Enter" && node) action = () => pin(node);
  if (!action) return;
  event.preventDefault();
  action();
}

function toggleKeys() {
  const keys = document.getElementById("keys");
  keys.open = !keys.open;
  if (keys.open) keys.scrollIntoView({ block: "nearest" });
}

function onWheel(event) {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoomTo(graph, graph.zoom * ZOOM_STEP ** (-event.deltaY / 100));
}

// ---- start ----

function onClick(id, action) {
  document.getElementById(id).addEventListener("click", action);
}

/** Draw a bar for each phase, as long as there is room for them. */
function drawPhases() {
  const starts = phaseStarts(story, run), ends = [...starts.slice(1), Infinity].map(stopsBefore);
  const room = document.getElementById("phases").clientWidth >= starts.length * PHASE;
  fillWith("phases", (room ? starts : []).map((start, place) => {
    const bar = element("span", at(story, start).phase);
    bar.style.flexGrow = ends[place] - stopsBefore(start);
    return bar;
  }));
}

function start(told) {
  story = readStory(told);
  run = recordedRun(story.run);
  const first = readAddress();
  document.getElementById("graph").innerHTML = story.shapes; // shapes and escaped texts: no script could run
  graph = graphIn(document.getElementById("graph"));
  arrange(graph);
  document.getElementById("player").hidden = false;
  document.querySelectorAll("span.root").forEach((place) => { place.textContent = story.root; });
  document.getElementById("levels").hidden = !Object.keys(story.insides).length;
  document.getElementById("predict").hidden = !story.steps.some((step) => step.question);
  const { width, height } = graph.svg.viewBox.baseVal;
  document.querySelector("main").classList.toggle("flat", width > FLAT * height);
  drawPhases();
  makeFields();
  fit(graph);
  onClick("previous", () => go(stopBefore(state.index)));
  onClick("next", forward);
  onClick("previous-phase", () => goPhase(-1));
  onClick("next-phase", () => goPhase(1));
  onClick("play", togglePlay);
  onClick("predict", togglePredict);
  onClick("larger", () => zoomTo(graph, graph.zoom * ZOOM_STEP));
  onClick("smaller", () => zoomTo(graph, graph.zoom / ZOOM_STEP));
  onClick("whole", () => zoomTo(graph, wholeZoom(graph)));
  onClick("open-all", () => openAll(true));
  onClick("close-all", () => openAll(false));
  onClick("train", () => train(1));
  onClick("train-more", () => train(20));
  onClick("reset", reset);
  if (story.surface) document.getElementById("plane").addEventListener("pointerdown", pressSurface);
  onClick("undo", undo);
  document.getElementById("slider").addEventListener("input", (event) => go(stops[event.target.value]));
  document.getElementById("guess").addEventListener("submit", (event) => {
    event.preventDefault();
    reveal();
  });
  const stage = document.getElementById("stage");
  stage.addEventListener("mouseover", (event) => visit(nodeOf(event.target)));
  stage.addEventListener("mouseleave", () => visit(null));
  stage.addEventListener("focusin", (event) => visit(nodeOf(event.target)));
  stage.addEventListener("focusout", () => visit(null));
  stage.addEventListener("click", (event) => { if (nodeOf(event.target)) pin(nodeOf(event.target)); });
  stage.addEventListener("pointerdown", dragStage);
  stage.addEventListener("wheel", onWheel, { passive: false });
  document.getElementById("transcript").addEventListener("click", (event) => {
    const line = event.target.closest("li");
    if (line) go(Number(line.dataset.step));
  });
  document.getElementById("transcript").addEventListener("scroll", showEarlier);
  document.addEventListener("keydown", onKey);
  go(first);
}

if ("DecompressionStream" in window) unpack(document.getElementById("story").textContent).then(start);
else document.getElementById("too-old").hidden = false;
