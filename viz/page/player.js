// The player: one state, one way to show it, and what the keys and buttons do to it.

const story = readStory(JSON.parse(document.getElementById("story").textContent));
const graph = findGraph(story);
const LAST = story.steps.length - 1;
const PAUSE = 1200, PAUSE_PER_LETTER = 22;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// `told` is the last step whose number the reader has seen while predicting.
const state = { index: 0, told: -1, predicting: false, pinned: null, visited: null, timer: 0 };

/** Whether the reader may see the number of this step. */
function revealed() {
  return !state.predicting || state.index <= state.told || !story.steps[state.index].question;
}

/** Show the state. The texts of the step's graph, caption and transcript depend on it and on nothing else. */
function show() {
  const done = revealed() ? state.index : state.index - 1;
  const chosen = state.visited ?? state.pinned;
  showTranscript(graph.index, done);
  showGraph(graph, story, done, state.index, chosen);
  showCaption(story, state.index, revealed());
  const pinned = chosen !== null && chosen === state.pinned;
  showPanel(graph, story, chosen ?? story.steps[state.index].node, done, state.index, pinned);
  showControls();
}

function showControls() {
  const slider = document.getElementById("slider");
  slider.value = state.index;
  slider.setAttribute("aria-valuetext", `${story.steps[state.index].phase}, ${stepOf(story, state.index)}`);
  document.getElementById("guess").hidden = revealed();
  document.getElementById("predict").setAttribute("aria-pressed", state.predicting);
  document.getElementById("play").classList.toggle("playing", Boolean(state.timer));
  document.getElementById("play").setAttribute("aria-label", state.timer ? "Pause" : "Play");
}

/** Go to a step. */
function go(index) {
  state.index = Math.min(Math.max(index, 0), LAST);
  state.visited = null;
  setText("verdict", "");
  document.getElementById("answer").value = "";
  show();
  speak();
  const { node, marks } = story.steps[state.index];
  const marked = Object.keys(marks).filter((name) => story.nodes[name]);
  const list = document.getElementById("transcript");
  list.scrollTop = list.scrollHeight;
  bringIntoView(graph, story, [node, ...marked], !calm.matches);
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
  const starts = story.phases;
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

// ---- nodes ----

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

function pin(node) {
  keep(state.pinned === node ? null : node);
  show();
  const said = document.getElementById("node-meaning").textContent;
  if (state.pinned) setText("live", `${story.nodes[node].name}: ${said}`);
}

function keep(node) {
  for (const name of [state.pinned, node].filter(Boolean)) {
    graph.groups.get(name).element.setAttribute("aria-pressed", name === node);
  }
  state.pinned = state.visited = node;
}

function letGo() {
  keep(null);
  if (nodeOf(document.activeElement)) document.getElementById("next").focus();
  show();
}

// ---- keys ----

const KEYS = {
  ArrowRight: () => forward(),
  ArrowLeft: () => go(state.index - 1),
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

function start() {
  document.getElementById("player").hidden = false;
  document.getElementById("slider").max = LAST;
  document.querySelectorAll("span.root").forEach((place) => { place.textContent = story.root; });
  document.getElementById("predict").hidden = !story.steps.some((step) => step.question);
  drawPhases();
  writeTranscript(story);
  zoomTo(graph, readableZoom());
  onClick("previous", () => go(state.index - 1));
  onClick("next", forward);
  onClick("previous-phase", () => goPhase(-1));
  onClick("next-phase", () => goPhase(1));
  onClick("play", togglePlay);
  onClick("predict", togglePredict);
  onClick("larger", () => zoomTo(graph, graph.zoom * ZOOM_STEP));
  onClick("smaller", () => zoomTo(graph, graph.zoom / ZOOM_STEP));
  onClick("whole", () => zoomTo(graph, wholeZoom()));
  document.getElementById("slider").addEventListener("input", (event) => go(Number(event.target.value)));
  document.getElementById("guess").addEventListener("submit", (event) => {
    event.preventDefault();
    reveal();
  });
  const view = document.getElementById("view");
  view.addEventListener("mouseover", (event) => visit(nodeOf(event.target)));
  view.addEventListener("mouseleave", () => visit(null));
  view.addEventListener("focusin", (event) => visit(nodeOf(event.target)));
  view.addEventListener("focusout", () => visit(null));
  view.addEventListener("click", (event) => { if (nodeOf(event.target)) pin(nodeOf(event.target)); });
  document.getElementById("transcript").addEventListener("click", (event) => {
    const line = event.target.closest("li");
    if (line) go([...line.parentElement.children].indexOf(line));
  });
  document.addEventListener("keydown", onKey);
  go(0);
}

start();
