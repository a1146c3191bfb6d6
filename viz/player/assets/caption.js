// What the step says: in words, as an equation, and, before it is revealed, as a question.

const PHASES = { forward: "Forward →", backward: "← Backward", update: "↻ Update" };
const CLOSE = 0.01;

/** Say what a step does; a step that is not revealed asks for its number instead. */
function showCaption(story, index, revealed) {
  const step = story.steps[index], { caption } = step;
  const phase = document.getElementById("phase");
  phase.textContent = PHASES[step.phase];
  phase.className = step.phase;
  const epoch = story.epochs > 1 ? `, epoch ${step.epoch + 1} of ${story.epochs}` : "";
  setText("count", step.count + epoch);
  setText("step", placeOf(story, index));
  setText("words", revealed ? caption.sentence : step.question);
  setText("detail", revealed ? caption.detail : "");
  showEquation("equation", caption.terms, revealed);
  showEquation("sum", revealed ? step.sum : [], revealed);
  setText("flags", revealed ? newFlags(story, index).join(" ") : "");
}

/** Where we are, in words. */
function placeOf(story, index) {
  return `step ${story.stops.indexOf(index) + 1} of ${story.stops.length}`;
}

/** What a screen reader is told. */
function spoken(story, index, revealed) {
  const step = story.steps[index], { caption } = step;
  const told = `${caption.headline}. ${caption.sentence} ${newFlags(story, index).join(" ")}`;
  return `${step.phase}, ${placeOf(story, index)}: ${revealed ? told : step.question}`.trim();
}

/** The warnings that become known at a step. */
function newFlags(story, index) {
  const { epoch, node } = story.steps[index], before = story.stops.findLast((at) => at < index) ?? -1;
  const { flags } = story.facts[epoch][scalarOf(story, node)];
  return flags.filter(([since]) => before < since && since <= index).map(([, words]) => words);
}

/** Write an equation as columns: what each number is called above it, what it means below. */
function showEquation(id, terms, revealed) {
  const last = terms.length - 1;
  document.getElementById(id).replaceChildren(...terms.map((term, place) => {
    const number = revealed || place < last ? term.number : "?";
    const column = element("span", "column", element("span", "symbol", term.symbol || "\u00a0"));
    column.append(element("b", "figure", number), element("span", "meaning", term.words));
    return element("span", "term", term.sign ? element("span", "sign", term.sign) : "", column);
  }));
}

/** Compare a guess with the truth; a guess within a hundredth of it is right. */
function judged(guess, step) {
  const typed = guess.trim().replace("−", "-").replace(",", ".");
  if (!typed) return `It is ${step.answerText}.`;
  const number = Number(typed), truth = Number(String(step.answer).replace("inf", "Infinity"));
  const right = Object.is(number, truth) || Math.abs(number - truth) <= CLOSE * Math.abs(truth);
  return right ? `✓ Yes, ${step.answerText}.` : `✗ It is ${step.answerText}, not ${guess.trim()}.`;
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
