// What only some graphs take, and JavaScript has not, or not exactly: rounding as in Python, hypot, erf and erfc.

/** The nearest whole number, of two equally near the even one. */
function round(x) {
  const below = floor(x), rest = x - below;
  if (!(abs(x) < 2 ** 52) || rest === 0) return x;
  const whole = rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
  return whole === 0 ? 0 * x : whole;
}

/** What is left of a division, with the sign of the divisor, as Python's %. */
function mod(x, y) {
  const rest = x % y;
  if (rest === 0) return y < 0 ? -0 : 0;
  return rest < 0 === y < 0 ? rest : rest + y;
}

/** The largest whole number of times that y goes into x, as Python's //. */
function floor_divide(x, y) {
  if (y === 0 || x === 0) return x / y;
  const rest = x % y, times = (x - (rest && rest < 0 !== y < 0 ? rest + y : rest)) / y;
  const below = rest && rest < 0 !== y < 0 && abs(y) === inf ? -1 : floor(times);
  return below === 0 ? 0 * (x / y) : times - below > 0.5 ? below + 1 : below;
}

/** The exact product of two numbers less its rounded value: Dekker's. */
function lost(x, y, product) {
  const head = (z) => { const wide = 134217729 * z; return wide - (wide - z); };
  const [a, b] = [head(x), head(y)];
  return (a * b - product) + a * (y - b) + (x - a) * b + (x - a) * (y - b);
}

/** √(x² + y²), without overflow on the way, and corrected once for what the squares lost. */
function hypot(x, y) {
  const [large, small] = abs(x) > abs(y) ? [abs(x), abs(y)] : [abs(y), abs(x)];
  if (large === inf || small === inf) return inf;
  if (!(small > large * 2 ** -60)) return large + small;
  const scale = 2 ** -floor(log2(large)), a = large * scale, b = small * scale;
  if (scale === inf) return hypot(large * 2 ** 200, small * 2 ** 200) * 2 ** -200;
  const length = sqrt(a * a + b * b), squared = length * length;
  const rest = (a * a - squared) + b * b + (lost(a, a, a * a) + lost(b, b, b * b) - lost(length, length, squared));
  return (length + rest / (2 * length)) / scale;
}

// erfc(x) exp(x²) (1 + 2x) as a Chebyshev series in (x − 3) / (x + 3), which takes [½, ∞] to [−5/7, 1].
const ERFCX = [
  1.2131177209271748, -0.07225473646563542, -0.02632189276459184, 0.019186588533428105, -0.006682350310928109,
  0.0015522847050575515, -0.00023571658348154882, 1.5690562205135226e-5, 2.153875719667181e-6,
  -6.012574627859283e-7, 1.3854950323746626e-8, 1.3575814484993745e-8, -1.3070972098097831e-9,
  -3.06373327557849e-10, 5.062873791614194e-11, 8.050230187118965e-12, -1.74987484220058e-12,
  -2.6365750400882025e-13, 5.909950702659242e-14, 1.0548914766564293e-14, -1.9235530211488676e-15,
  -4.764157943707682e-16, 5.502036001020429e-17, 2.2407847347890268e-17,
];

/** erf(x) for |x| < ½: its Taylor series, 2/√π Σ (−1)ⁿ x²ⁿ⁺¹ / n! (2n + 1). */
function erfNearZero(x) {
  let sum = 0;
  for (let n = 14, factorial = 87178291200; n > 0; factorial /= n, n -= 1) {
    sum = (n % 2 ? -1 : 1) / (factorial * (2 * n + 1)) + x * x * sum;
  }
  const head = 1.1283791670955126, tail = 1.533545961316588e-17; // 2/√π to twice the digits
  return head * x + x * (tail + head * (x * x * sum)); // two products with x: −0 stays −0
}

/** erfc(x) for x ≥ ½; what each step rounds away is kept, for exp(−x²) is the least of a long product. */
function erfcFar(x) {
  if (x > 28) return 0;
  const u = ((x - 3) / (x + 3) + 5 / 7) / (6 / 7) - 1;
  let [a, b] = [0, 0];
  for (let n = ERFCX.length - 1; n > 0; n -= 1) [a, b] = [ERFCX[n] + 2 * u * a - b, a];
  const small = u * a - b, series = ERFCX[0] + small, below = 1 + 2 * x, quotient = series / below;
  const rest = (series - quotient * below) - lost(quotient, below, quotient * below)
    + (small - (series - ERFCX[0]) + -6.145937482685049e-17) - quotient * (1 - (below - 2 * x));
  const near = Math.fround(x), far = (near - x) * (near + x); // near² is exact
  return exp(-near * near) * (quotient + (quotient * far * (1 + far / 2 * (1 + far / 3)) + rest / below));
}

const erf = (x) => (abs(x) < 0.5 ? erfNearZero(x) : x !== x ? x : x < 0 ? erfcFar(-x) - 1 : 1 - erfcFar(x));
const erfc = (x) => (abs(x) < 0.5 ? 1 - erfNearZero(x) : x !== x ? x : x < 0 ? 2 - erfcFar(-x) : erfcFar(x));
