// IEEE arithmetic under the names that autograd/scalar.py has, for the operations that the table writes here.

const { expm1, sqrt, sin, cos, tan, cosh, sinh, tanh, cbrt, log, log2, log10, log1p, floor } = Math;
const abs = Math.abs, arcsin = Math.asin, arccos = Math.acos, arctan = Math.atan, arctan2 = Math.atan2;
const arcsinh = Math.asinh, arccosh = Math.acosh, arctanh = Math.atanh;
const inf = Infinity, nan = NaN;

// 2^(j/16) for j = 0 … 15, and what is lost of each by rounding.
const ROOTS = [
  1.0, 1.0442737824274138, 1.0905077326652577, 1.1387886347566916, 1.189207115002721, 1.241857812073484,
  1.2968395546510096, 1.3542555469368927, 1.4142135623730951, 1.4768261459394993, 1.5422108254079407,
  1.6104903319492543, 1.681792830507429, 1.7562521603732995, 1.8340080864093424, 1.9152065613971474,
];
const ROOTS_LOST = [
  0, 8.552e-17, -3.047e-17, 8.913e-17, 3.982e-17, 4.658e-17, 2.538e-17, 7.701e-17, -9.667e-17, -3.484e-17,
  7.95e-17, 2.471e-17, 8.199e-17, 2.96e-17, 3.283e-17, -1.062e-16,
];

/** eˣ within 0.55 ULP, where Math.exp has 1: x = n ln 2 / 16 + r, and eʳ by its Taylor series. */
function exp(x) {
  if (!(x > -746 && x < 710)) return x !== x ? x : x > 0 ? inf : 0;
  const n = Math.round(x * 23.083120654223414); // 16 / ln 2
  const high = x - n * 0.04332169843837619, low = n * -3.466203935603788e-10, r = high + low;
  const rest = high - r + low, j = ((n % 16) + 16) % 16, k = (n - j) / 16;
  const grown = r + (rest + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r / 5040))))));
  const power = ROOTS[j] + (ROOTS[j] * grown + ROOTS_LOST[j]);
  return power * 2 ** (k >> 1) * 2 ** (k - (k >> 1));
}

const divide = (x, y) => x / y;
const exp2 = (x) => 2 ** x;
const power = (x, y) => (x === 1 || (x === -1 && abs(y) === inf) ? 1 : x ** y); // IEEE, where JavaScript has nan
const sign = (x) => Math.sign(x) + 0;
const maximum = (x, y) => (x >= y || x !== x ? x : y);
const minimum = (x, y) => (x <= y || x !== x ? x : y);
