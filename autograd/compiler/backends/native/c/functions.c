static inline V v_abs(V x) { return (V)((M)x & ~(M)all(-(T)0)); }

static inline V v_copysign(V x, V sign) { return (V)(((M)x & ~(M)all(-(T)0)) | ((M)sign & (M)all(-(T)0))); }

static inline V v_maximum(V x, V y) { return choose((x >= y) | (x != x), x, y); }

static inline V v_minimum(V x, V y) { return choose((x <= y) | (x != x), x, y); }

static inline V v_sign(V x) { return choose(x > 0, all(1), choose(x < 0, all(-1), x + 0)); }

static inline V v_sqrt(V x) {
#ifdef DOUBLE
  for (int l = 0; l < LANES; l++) x[l] = __builtin_sqrt(x[l]);
#else
  for (int l = 0; l < LANES; l++) x[l] = __builtin_sqrtf(x[l]);
#endif
  return x;
}

/* x to the power 1/2: its square root, but that -0 has 0 and -inf has inf. */
static inline V v_root(V x) { return v_sqrt(choose(x == -(T)__builtin_inf(), -x, x + 0)); }

/* A number added to this is rounded to a whole one, which the lowest bits of the sum then hold. */
#define WHOLE ((T)1.5 * (T)(1LL << MANTISSA))

/* x * 2**n, in two steps, so that the result may be subnormal and 2**n out of range */
static inline V v_scaled(V x, V n) {
  V half = v_fma(n, all((T)0.5), all(WHOLE + BIAS)), rest = (n - (half - (WHOLE + BIAS))) + (WHOLE + BIAS);
  return x * (V)((M)half << MANTISSA) * (V)((M)rest << MANTISSA);
}

/* x = n ln 2 + r + low with |r| at most ln 2 / 2; the sum is exact to beyond the precision of r. */
static inline V v_reduced(V x, V *n, V *low) {
#ifdef DOUBLE
  const T log2e = 1.44269504088896338700e+00, ln2 = 6.93147180369123816490e-01, rest = 1.90821492927058770002e-10;
#else
  const T log2e = 1.44269504e+00f, ln2 = 6.9314575195e-01f, rest = 1.4286067653e-06f;
#endif
  *n = v_fma(x, all(log2e), all(WHOLE)) - WHOLE;
  V high = v_fma(*n, all(-ln2), x), r = v_fma(*n, all(-rest), high);
  *low = v_fma(*n, all(-rest), high - r);
  return r;
}

/* (exp(r) - 1 - r) / r**2. Even and odd powers apart, which need not wait for one another. */
static inline V v_exp_tail(V r) {
  V z = r * r;
#ifdef DOUBLE
  V even = all(2.08767569878681e-09), odd = all(1.6059043836821613e-10);
  even = v_fma(even, z, all(2.755731922398589e-07));
  odd = v_fma(odd, z, all(2.505210838544172e-08));
  even = v_fma(even, z, all(2.48015873015873e-05));
  odd = v_fma(odd, z, all(2.7557319223985893e-06));
  even = v_fma(even, z, all(0.001388888888888889));
  odd = v_fma(odd, z, all(0.0001984126984126984));
#else
  V even = all(0.001388888888888889f), odd = all(0.0001984126984126984f);
#endif
  even = v_fma(even, z, all((T)0.041666666666666664));
  odd = v_fma(odd, z, all((T)0.008333333333333333));
  even = v_fma(even, z, all((T)0.5));
  odd = v_fma(odd, z, all((T)0.16666666666666666));
  return v_fma(odd, r, even);
}

/* Between which an exponential is neither nothing nor an infinity. */
#ifdef DOUBLE
#define LEAST_EXPONENT -746
#define LARGEST_EXPONENT 710
#else
#define LEAST_EXPONENT -104
#define LARGEST_EXPONENT 89
#endif

/* 2**(j / 128) for j from 0 to 127, and by which share of it its rounding is off. */
static const T POWERS_OF_TWO[128][2] = {@};

/* exp in double precision as the C library computes it (S. Nagy, ARM optimized routines; glibc from 2.28 on), operation
   by operation. So a lane holds the number of the scalar engine to the last bit, and formulas that begin with an
   exponential do too, whose roundings would magnify a difference. x = (128 k + j) ln 2 / 128 + r, and
   exp(x) = 2**k p (1 + tail), where p = 2**(j / 128) is from a table; `bits` are those of 2**k p. */
static inline V v_exp_parts(V x, M *bits) {
  const T steps = 0x1.71547652b82fep+7, step = 0x1.62e42fefap-8, rest = 0x1.cf79abc9e3b39p-47;
  V whole = v_fma(x, all(steps), all(WHOLE)), n = whole - WHOLE, p, lost;
  V r = v_fma(n, all(-rest), v_fma(n, all(-step), x)), z = r * r;
  M j = (M)whole & 127;
  for (int l = 0; l < LANES; l++) p[l] = POWERS_OF_TWO[j[l]][0], lost[l] = POWERS_OF_TWO[j[l]][1];
  *bits = (M)p + (((M)whole - j) << (MANTISSA - 7));
  V near = v_fma(z, v_fma(r, all(0x1.555555555543cp-3), all(0x1.ffffffffffdbdp-2)), lost + r);
  return v_fma(z * z, v_fma(r, all(0x1.1111167a4d017p-7), all(0x1.55555cf172b91p-5)), near);
}

/* Where 2**k may be out of range, or the result subnormal, which is then rounded only once. */
static inline V v_exp_far(V x) {
  x = choose(x < LEAST_EXPONENT, all(LEAST_EXPONENT), choose(x > LARGEST_EXPONENT, all(LARGEST_EXPONENT), x));
#ifdef DOUBLE
  M bits, up = x >= 512, down = x <= -512;
  V tail = v_exp_parts(x, &bits);
  V scale = (V)(bits + (down & (1022LL << MANTISSA)) - (up & (1009LL << MANTISSA))), part = scale * tail;
  V y = choose(down, scale + part, v_fma(scale, tail, scale)), sum = 1 + y;
  V rounded = (sum + (((1 - sum) + y) + ((scale - y) + part))) - 1;
  y = choose(down & (y < 1), rounded, y);
  return y * choose(down, all(0x1p-1022), choose(up, all(0x1p1009), all(1)));
#else
  V n, low, r = v_reduced(x, &n, &low);
  return v_scaled(1 + (r + v_fma(r * r, v_exp_tail(r), low)), n);
#endif
}

static inline V v_exp(V x) {
#ifdef DOUBLE
  if (__builtin_expect(any(~(v_abs(x) < 512)), 0)) return v_exp_far(x);
  M bits;
  V tail = v_exp_parts(x, &bits), scale = (V)bits;
  return v_fma(scale, tail, scale);
#else
  if (__builtin_expect(any(~(v_abs(x) < 86)), 0)) return v_exp_far(x);
  V n, low, r = v_reduced(x, &n, &low), y = 1 + (r + v_fma(r * r, v_exp_tail(r), low));
  return (V)((M)y + ((M)(n + WHOLE) << MANTISSA));
#endif
}

/* exp(x) - 1 = sum + error */
static inline V v_expm1_parts(V x, V *error) {
  x = choose(x < -60, all(-60), choose(x > LARGEST_EXPONENT, all(LARGEST_EXPONENT), x));
  V n, low, r = v_reduced(x, &n, &low);
  V small = v_fma(r * r, v_exp_tail(r), low);
  V scale = v_scaled(all(1), n), a = r * scale, b = scale - 1, sum = b + a;
  *error = choose(v_abs(a) > v_abs(b), (a - sum) + b, (b - sum) + a) + small * scale;
  return sum;
}

static inline V v_expm1(V x) {
  V error, sum = v_expm1_parts(x, &error);
  return choose(x > LARGEST_EXPONENT - 1, v_exp(x), choose(x == 0, x, sum + error));
}

/* -E / (E + 2) where E = exp(-2|x|) - 1, and for small x E / (E + 2) where E = exp(2|x|) - 1 */
static inline V v_tanh(V x) {
  V size = v_abs(x);
  M large = size > (T)0.5;
  V error, sum = v_expm1_parts(choose(large, -2 * size, 2 * size), &error);
  V y = sum + error, below = y + 2;
  V lost = (sum - y) + error, lost_below = ((2 - below) + y) + lost;
  V z = y / below;
  z += (v_fma(-z, below, y) + (lost - z * lost_below)) / below; /* and what was lost in dividing */
  z = choose(large, -z, z);
  return choose(size < (T)1e-9, x, v_copysign(choose(size != size, x, z), x));
}

/* log(1 + f) - f + f**2 / 2 - s * f**2 / 2, where s = f / (2 + f): the method and coefficients of fdlibm */
static inline V v_log_tail(V s) {
  V z = s * s;
#ifdef DOUBLE
  V p = all(1.479819860511658591e-01);
  p = v_fma(p, z, all(1.531383769920937332e-01));
  p = v_fma(p, z, all(1.818357216161805012e-01));
  p = v_fma(p, z, all(2.222219843214978396e-01));
  p = v_fma(p, z, all(2.857142874366239149e-01));
  p = v_fma(p, z, all(3.999999999940941908e-01));
  p = v_fma(p, z, all(6.666666666666735130e-01));
#else
  V p = all(0.24279078841f);
  p = v_fma(p, z, all(0.28498786688f));
  p = v_fma(p, z, all(0.40000972152f));
  p = v_fma(p, z, all(0.66666662693f));
#endif
  return z * p;
}

/* log(2**k * (1 + f) + c), for a c far below the rest */
static inline V v_log_of_parts(V k, V f, V c) {
#ifdef DOUBLE
  const T ln2 = 6.93147180369123816490e-01, rest = 1.90821492927058770002e-10;
#else
  const T ln2 = 6.9313812256e-01f, rest = 9.0580006145e-06f;
#endif
  V half = (T)0.5 * f * f, s = f / (2 + f);
  return s * (half + v_log_tail(s)) + (k * rest + c) - half + f + k * ln2;
}

/* x = 2**k * (1 + f) with 1 + f between sqrt(1/2) and sqrt(2) */
static inline V v_fraction(V x, V *k) {
#ifdef DOUBLE
  const I root_half = 0x3fe6a09e00000000LL, one = 0x3ff0000000000000LL;
#else
  const I root_half = 0x3f3504f3, one = 0x3f800000;
#endif
  M bits = (M)x + (one - root_half);
  *k = (V)((bits >> MANTISSA) - BIAS + (M)all(WHOLE)) - WHOLE;
  return (V)((bits & (((I)1 << MANTISSA) - 1)) + root_half) - 1;
}

static inline V v_log(V x) {
  const T least = sizeof(T) == 8 ? (T)0x1p-1022 : (T)0x1p-126, shift = (T)(1LL << MANTISSA);
  M subnormal = x < least;
  V k, f = v_fraction(choose(subnormal, x * shift, x), &k);
  V y = v_log_of_parts(choose(subnormal, k - MANTISSA, k), f, all(0));
  y = choose(x == (T)__builtin_inf(), x, y);
  return choose(x > 0, y, choose(x == 0, all(-(T)__builtin_inf()), all((T)__builtin_nan(""))));
}

static inline V v_log1p(V x) {
  V k, u = 1 + x, f = v_fraction(u, &k);
  V lost = choose(k > 1, 1 - (u - x), x - (u - 1)) / u; /* in rounding 1 + x; of a large x it is nothing */
  f = choose(k == 0, x, f);
  V y = v_log_of_parts(k, f, choose((k == 0) | (k > MANTISSA + 1), all(0), lost));
  y = choose((x == (T)__builtin_inf()) | (x == 0), x, y);
  return choose(x > -1, y, choose(x == -1, all(-(T)__builtin_inf()), all((T)__builtin_nan(""))));
}

static inline V v_floor(V x) {
  for (int l = 0; l < LANES; l++) x[l] = (T)__builtin_floor(x[l]);
  return x;
}

static inline V v_round(V x) {
  for (int l = 0; l < LANES; l++) x[l] = (T)__builtin_rint(x[l]);
  return x;
}
