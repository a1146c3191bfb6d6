// Numbers as viz/style.py writes them.

const DIGITS = 5;

/** A finite number's sign, its decimal digits, rounded to even where two are as near, and its exponent. */
function decimal(x, digits) {
  let [mantissa, exponent] = abs(x).toExponential(digits - 1).split("e");
  // toExponential rounds a tie up: take the number below where all that follows is a 5. Few numbers need a look.
  if (abs(x).toExponential(digits).includes("5e")) {
    const [exact, power] = abs(x).toExponential(Math.min(digits + 30, 100)).split("e");
    const written = exact.replace(".", "");
    if (/^50*$/.test(written.slice(digits)) && Number(written[digits - 1]) % 2 === 0) {
      [mantissa, exponent] = [written.slice(0, digits), power];
    }
  }
  return [x < 0 ? "-" : "", mantissa.replace(".", ""), Number(exponent)];
}

/** A number to so many significant digits, as Python's "g" has it. */
function general(x, digits) {
  const [sign, written, exponent] = decimal(x, digits);
  const kept = written.replace(/0+$/, "") || "0";
  if (exponent < -4 || exponent >= digits) {
    return `${sign}${kept[0]}${kept.length > 1 ? "." : ""}${kept.slice(1)}e${exponent}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${kept}`;
  const whole = kept.slice(0, exponent + 1).padEnd(exponent + 1, "0"), part = kept.slice(exponent + 1);
  return sign + whole + (part && `.${part}`);
}

/** Write a number for a drawing: a few significant digits, a true minus sign, no padding. */
function number(x, digits = DIGITS) {
  if (x === 0) return Object.is(x, -0) ? "−0" : "0";
  if (x !== x) return "nan";
  if (abs(x) === inf) return x < 0 ? "−∞" : "∞";
  if (10 ** digits <= abs(x) && abs(x) < 1e7) return whole(x).replace("-", "−");
  return general(x, digits).replaceAll("-", "−");
}

/** A number of less than 21 digits before its point, without what follows it. */
function whole(x) {
  const [sign, written, exponent] = decimal(x, Number(abs(x).toExponential(30).split("e")[1]) + 1);
  return sign + written.padEnd(exponent + 1, "0");
}

/** Write a number as a factor or a term after a sign: in brackets if it has a minus sign. */
function bracketed(x, digits = DIGITS) {
  const text = number(x, digits);
  return text.startsWith("−") ? `(${text})` : text;
}

/** Write a number into a formula where it is raised: in brackets if it has a minus sign or an exponent. */
function raised(x, digits = DIGITS) {
  const text = bracketed(x, digits);
  return text.includes("e") && !text.startsWith("(") ? `(${text})` : text;
}
