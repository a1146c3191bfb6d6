// Filling sentences with numbers: the same marks and forms as in viz/steps/slots.py.

const SHORT = 4, LONG = 10;
const FORMS = {
  "": (x) => number(x),
  bracketed: (x) => bracketed(x),
  raised: (x) => raised(x),
  size: (x) => number(abs(x)),
  short: (x) => number(x, SHORT),
  factor: (x) => bracketed(x, SHORT),
  long: (x) => number(x, LONG),
  long_bracketed: (x) => bracketed(x, LONG),
  long_raised: (x) => raised(x, LONG),
};
const NUMBER = /\ue000(\w)([\w-]*):(\w*)\ue001/g;
const CHOICE = /\ue002(\w)([\w-]*)\ue003([^\ue004]*)\ue004/g;

/** A text with its numbers written in; `numbers` tells what the number of a kind and a place is. */
function fill(text, numbers) {
  if (text.includes("\ue002")) {
    text = text.replace(CHOICE, (_, kind, place, cases) => chosen(cases, numbers(kind, place)));
  }
  return text.replace(NUMBER, (_, kind, place, form) => {
    const x = numbers(kind, place);
    return x === undefined ? UNKNOWN : FORMS[form](x);
  });
}

/** The text that a number chooses: by itself, else by its sign; or a word, where there is a text for it. */
function chosen(cases, x) {
  const texts = new Map(cases.split("\ue003").map((text) => [text.slice(0, text.indexOf("=")), text]));
  const text = texts.get(caseOf(x, (key) => texts.has(key)));
  return text.slice(text.indexOf("=") + 1);
}

function caseOf(x, has) {
  const exact = String(x === 0 ? 0 : x).toLowerCase();
  return has(exact) ? exact : x < 0 ? "-" : "+";
}

/** The number that a text begins with a slot for. */
function slotOf(text, numbers) {
  const [, kind, place] = [...text.matchAll(NUMBER)][0] ?? [];
  return kind && numbers(kind, place);
}

/** A sentence of the page itself, with texts in place of its {names}. */
function say(key, texts = {}) {
  return story.words[key].replace(/\{(\w+)\}/g, (_, name) => texts[name]);
}

/** How far the result moves for a tiny step of what has this gradient. */
function moves(gradient) {
  return say(`moves.${caseOf(gradient, (key) => `moves.${key}` in story.words)}`, { x: number(abs(gradient)) });
}
