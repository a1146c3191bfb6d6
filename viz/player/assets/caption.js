// What the step says: in words, as an equation, and, before it is revealed, as a question.

const CLOSE = 0.01;

/** Say what a step does; a step that is not revealed asks for its number instead. */
function showCaption(index, revealed) {
  const step = at(story, index), { caption } = step, numbers = numbersOf(run, step.epoch);
  const phase = document.getElementById("phase");
  phase.textContent = say(`phase.${step.phase}`);
  phase.className = step.phase;
  const counted = { step: step.count, place: step.epoch + 1, count: run.epochs };
  setText("count", run.epochs > 1 ? say("page.epoch", counted) : step.count);
  setText("step", placeOf(index));
  setText("words", revealed ? toldOf(step, numbers) : fill(step.question, numbers));
  setText("detail", revealed ? fill(caption.detail, numbers) : "");
  showEquation("equation", caption.terms, revealed, numbers);
  showEquation("sum", revealed ? step.sum : [], revealed, numbers);
  setText("warnings", revealed ? newWarnings(index).join(" ") : "");
}

function sentenceOf({ epoch, again, caption }) {
  return (epoch && again) || caption.sentence;
}

/** The edge that a step goes back along; undefined where it is none. */
function edgeOf({ phase, marks }) {
  const arrow = phase === "backward" && Object.keys(marks).find((name) => story.program.edge.has(name.slice(1)));
  return arrow ? story.program.edge.get(arrow.slice(1)) : undefined;
}

/** What a step says, and what is to be known of its arrow beside the numbers. */
function toldOf(step, numbers) {
  const edge = edgeOf(step), notes = edge === undefined ? [] : [passNote, kinkNote].map((note) => note(run, step.epoch, edge));
  return [fill(sentenceOf(step), numbers), ...notes].filter(Boolean).join(" ");
}

/** Where we are, in words. */
function placeOf(index) {
  return say("page.step", { place: stopsBefore(index) + 1, count: stops.length });
}

/** Where we are, and in which phase. */
function whereOf(index) {
  return say("page.where", { phase: say(`page.${at(story, index).phase}`), step: placeOf(index) });
}

/** What a screen reader is told. */
function spoken(index, revealed) {
  const step = at(story, index), numbers = numbersOf(run, step.epoch), headline = fill(step.caption.headline, numbers);
  const told = () => say("page.spoken", { headline, told: [toldOf(step, numbers), ...newWarnings(index)].join(" ") });
  return say("page.told", { name: whereOf(index), told: revealed ? told() : fill(step.question, numbers) });
}

/** The warnings that become known at a step. */
function newWarnings(index) {
  const { epoch, node } = at(story, index);
  const before = stopBefore(index), base = epoch * story.steps.length;
  return warningsOf(scalarOf(story, node), epoch)
    .filter(([since]) => before < base + since && base + since <= index).map(([, words]) => words);
}

/** The warnings about a node in an epoch, each with the step from which it is known. */
function warningsOf(node, epoch) {
  if (!story.known.has(node) || !isScalar(node)) return [];
  const warnings = [[story.known.get(node), valueWarning(run, epoch, node)]];
  if (story.complete.has(node)) warnings.push([story.complete.get(node), gradientWarning(run, epoch, node)]);
  return warnings.filter(([, words]) => words);
}

/** Write an equation as columns: what each number is called above it, what it means below. */
function showEquation(id, terms, revealed, numbers) {
  const last = terms.length - 1;
  document.getElementById(id).replaceChildren(...terms.map((term, place) => {
    const figure = revealed || place < last ? fill(term.number, numbers) : "?";
    const column = element("span", "column", element("span", "symbol", fill(term.symbol, numbers) || "\u00a0"));
    column.append(element("b", "figure", figure), element("span", "meaning", fill(term.words, numbers)));
    return element("span", "term", term.sign ? element("span", "sign", term.sign) : "", column);
  }));
}

/** Read a number, or a quotient of two, as it may be typed, or copied from the page; undefined where it is none. */
function read(typed) {
  const parts = typed.split("/").map(readOne);
  return parts.length > 2 || parts.includes(undefined) ? undefined : parts.reduce((over, under) => over / under);
}

function readOne(typed) {
  const text = typed.trim().replaceAll("−", "-").replace(",", ".").replace(/^([+-]?)(∞|inf(inity)?)$/i, "$1Infinity");
  const x = Number(text);
  return text === "" || (x !== x && text.toLowerCase() !== "nan") ? undefined : x;
}

/** Compare a guess with the truth; a guess within a hundredth of it is right. */
function judged(guess, truth) {
  const told = { answer: number(truth), guess: guess.trim() }, typed = read(guess);
  if (!told.guess) return say("page.answer", told);
  if (typed === undefined) return say("page.no-number", told);
  const near = abs(truth) < inf && abs(typed - truth) <= CLOSE * abs(truth);
  return say(near || Object.is(typed, truth) ? "page.right" : "page.wrong", told);
}

/** Write a text where the page has room for it. */
function setText(id, text) {
  document.getElementById(id).textContent = text;
}

/** Make an element of a class; texts become text and nothing else. */
function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

function fillWith(id, children) {
  document.getElementById(id).replaceChildren(...children);
}
