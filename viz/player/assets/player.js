// The player: one state, one way to show it, and what the keys and buttons do to it.

let story, graph, LAST;
const PAUSE = 1200, PAUSE_PER_LETTER = 22;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// `told` is the last step whose number the reader has seen while predicting.
// `inside` is the drawing of the scalars in the box that is open.
const state = { index: 0, told: -1, predicting: false, pinned: null, visited: null, inside: null, timer: 0 };

/** Whether the reader may see the number of this step; an open box has shown it scalar by scalar. */
function revealed() {
  const { question, node } = story.steps[state.index];
  return !state.predicting || state.index <= state.told || !question || node === story.open;
}

/** The drawings on the page. */
function drawings() {
  return [graph, state.inside].filter(Boolean);
}

/** Show the state. The texts of the step's graph, caption and transcript depend on it and on nothing else. */
function show() {
  const done = revealed() ? state.index : stopBefore(state.index);
  const chosen = state.visited ?? state.pinned;
  showTranscript(story, done);
  for (const drawing of drawings()) showGraph(drawing, story, done, state.index, chosen);
  showCaption(story, state.index, revealed());
  const pinned = chosen !== null && chosen === state.pinned;
  showPanel(story, chosen ?? story.steps[state.index].node, done, state.index, pinned);
  showControls();
}

function showControls() {
  const slider = document.getElementById("slider");
  slider.value = state.index;
  slider.setAttribute("aria-valuetext", `${story.steps[state.index].phase}, ${placeOf(story, state.index)}`);
  document.getElementById("guess").hidden = revealed();
  document.getElementById("predict").setAttribute("aria-pressed", state.predicting);
  document.getElementById("play").classList.toggle("playing", Boolean(state.timer));
  document.getElementById("play").setAttribute("aria-label", state.timer ? "Pause" : "Play");
}

/** The first stop at a step or after it. */
function stopAt(index) {
  return story.stops.find((at) => at >= index) ?? LAST;
}

/** The last stop before a step; -1 before the first. */
function stopBefore(index) {
  return story.stops.findLast((at) => at < index) ?? -1;
}

/** Go to a step, or to the next one that is not within a closed box. */
function go(index) {
  state.index = stopAt(index);
  state.visited = null;
  setText("verdict", "");
  document.getElementById("answer").value = "";
  show();
  speak();
  const { node, marks } = story.steps[state.index];
  const marked = Object.keys(marks).filter((name) => story.nodes[name]);
  const list = document.getElementById("transcript");
  list.scrollTop = list.scrollHeight;
  for (const drawing of drawings()) bringIntoView(drawing, [node, ...marked], !calm.matches);
}

function speak() {
  setText("live", spoken(story, state.index, revealed()));
}

/** Go one step on; while predicting, show the number that was asked for first. */
function forward() {
  if (!revealed()) return reveal();
  go(state.index + 1);
  if (!revealed() && document.activeElement.id === "next") document.getElementById("answer").focus();
}

function goPhase(direction) {
  const starts = story.phases.map(stopAt);
  const [ahead, behind] = [starts.find((at) => at > state.index), starts.findLast((at) => at < state.index)];
  go(direction > 0 ? ahead ?? LAST : behind ?? 0);
}

function reveal() {
  const form = document.getElementById("guess"), guess = document.getElementById("answer").value;
  if (form.contains(document.activeElement)) document.getElementById("next").focus(); // the form will vanish
  state.told = state.index;
  show();
  speak();
  setText("verdict", judged(guess, story.steps[state.index]));
}

function togglePredict() {
  state.predicting = !state.predicting;
  state.told = state.index - 1;
  go(state.index);
}

// ---- playing ----

function togglePlay() {
  if (state.timer) return stop();
  if (state.index === LAST) go(0);
  wait();
  show();
}

function wait() {
  const { sentence } = story.steps[state.index].caption;
  state.timer = setTimeout(playOn, PAUSE + PAUSE_PER_LETTER * sentence.length);
}

function playOn() {
  forward();
  if (state.index < LAST || !revealed()) wait();
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
  End: () => go(LAST),
  Escape: () => letGo(),
};

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const { target } = event, node = nodeOf(target);
  if (target.id === "answer" && event.key !== "Escape") return; // these keys edit the guess
  const presses = target instanceof Element && target.closest("button, summary");
  let action = KEYS[(event.shiftKey ? "Shift " : "") + event.key];
  if (event.key === " " && !presses) action = togglePlay;
  if (event.key === "Enter" && node) action = () => pin(node);
  if (!action) return;
  event.preventDefault();
  action();
}

// ---- start ----

function onClick(id, action) {
  document.getElementById(id).addEventListener("click", action);
}

function drawPhases() {
  fill("phases", story.phases.map((start, place) => {
    const bar = element("span", story.steps[start].phase);
    bar.style.flexGrow = (story.phases[place + 1] ?? LAST + 1) - start;
    return bar;
  }));
}

function start(told) {
  story = readStory(told);
  graph = findGraph(story, document.getElementById("graph"));
  LAST = story.steps.length - 1;
  document.getElementById("player").hidden = false;
  document.getElementById("slider").max = LAST;
  document.querySelectorAll("span.root").forEach((place) => { place.textContent = story.root; });
  document.getElementById("predict").hidden = !story.steps.some((step) => step.question);
  drawPhases();
  zoomTo(graph, readableZoom(graph));
  onClick("previous", () => go(stopBefore(state.index)));
  onClick("next", forward);
  onClick("previous-phase", () => goPhase(-1));
  onClick("next-phase", () => goPhase(1));
  onClick("play", togglePlay);
  onClick("predict", togglePredict);
  onClick("larger", () => zoomTo(graph, graph.zoom * ZOOM_STEP));
  onClick("smaller", () => zoomTo(graph, graph.zoom / ZOOM_STEP));
  onClick("whole", () => zoomTo(graph, wholeZoom(graph)));
  onClick("close", closeInside);
  document.getElementById("slider").addEventListener("input", (event) => go(Number(event.target.value)));
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
  document.getElementById("transcript").addEventListener("click", (event) => {
    const line = event.target.closest("li");
    if (line) go(Number(line.dataset.step));
  });
  document.addEventListener("keydown", onKey);
  go(0);
}

if ("DecompressionStream" in window) unpack(document.getElementById("story").textContent).then(start);
else document.getElementById("too-old").hidden = false;
