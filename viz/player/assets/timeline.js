"use strict";
// What holds at which step. Everything here is a function of the step's index, never of what came before it.

const UNKNOWN = "–";

/** Unpack the story that the page holds: JSON, compressed, in base 64. */
async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/** Read the story, and index it by what the page asks of it. */
function readStory(told) {
  const steps = told.steps.node.map((_, index) => stepOf(told.steps, index));
  return {
    ...told,
    steps,
    texts: tracks(steps, "texts"),
    states: tracks(steps, "states"),
    phases: phaseStarts(steps),
    routes: routesToRoot(told.arrows),
    stops: stopsOf(steps, null),
    open: null,
  };
}

/** One step, of which the story has each part in a list of its own. */
function stepOf(columns, index) {
  const step = Object.fromEntries(Object.entries(columns).map(([part, column]) => [part, column[index]]));
  const [headline, detail, sentence, terms] = step.caption;
  const caption = { headline, detail, sentence, terms: terms.map(termOf) };
  return { ...step, caption, sum: step.sum.map(termOf) };
}

function termOf([sign, symbol, number, words]) {
  return { sign, symbol, number, words };
}

/** The steps that are taken while a box is open: all but those within other boxes. */
function stopsOf(steps, open) {
  return steps.flatMap(({ within }, index) => (within && within !== open ? [] : [index]));
}

/** The scalar that stands for a node: itself, or the output of a neuron. */
function scalarOf(story, node) {
  return story.nodes[node].output ?? node;
}

/** A node's number after step `index`; "" if it never has one. */
function numberOf(story, node, part, index) {
  const track = story.texts.get(`${scalarOf(story, node)}.${part}`);
  return track ? holds(track, index, UNKNOWN) : "";
}

/** For each place, the steps that change it and what they change it to. */
function tracks(steps, part) {
  const found = new Map();
  steps.forEach((step, index) => {
    for (const [place, text] of Object.entries(step[part])) {
      if (!found.has(place)) found.set(place, { indices: [], values: [] });
      found.get(place).indices.push(index);
      found.get(place).values.push(text);
    }
  });
  return found;
}

/** What a place holds once all steps up to `index` are done; `before` where none has touched it. */
function holds(track, index, before) {
  let low = 0, high = track.indices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (track.indices[middle] <= index) low = middle + 1;
    else high = middle;
  }
  return low ? track.values[low - 1] : before;
}

/** The index at which each phase begins. */
function phaseStarts(steps) {
  const differs = (a, b) => a.phase !== b.phase || a.epoch !== b.epoch;
  return steps.flatMap((step, index) => (index === 0 || differs(step, steps[index - 1]) ? [index] : []));
}

/** For each node, the arrows that leave it, and the nodes they lead to. */
function routesToRoot(arrows) {
  const routes = new Map();
  for (const [arrow, [tail, head]] of Object.entries(arrows)) {
    if (!routes.has(tail)) routes.set(tail, []);
    routes.get(tail).push([arrow, head]);
  }
  return routes;
}

/** Every arrow on some path from a node to the result. */
function arrowsAhead(routes, node) {
  const found = new Set(), seen = new Set([node]), waiting = [node];
  while (waiting.length) {
    for (const [arrow, head] of routes.get(waiting.pop()) ?? []) {
      found.add(arrow);
      if (!seen.has(head)) waiting.push(head);
      seen.add(head);
    }
  }
  return found;
}
