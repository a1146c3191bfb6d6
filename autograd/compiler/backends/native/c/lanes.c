/* A function of the C library in double precision, lane by lane. */
#define BY_LANE(name, function)                                               \
  static __attribute__((noinline)) V name(V x) {                              \
    for (int l = 0; l < LANES; l++) x[l] = (T)function((double)x[l]);         \
    return x;                                                                 \
  }
#define BY_TWO_LANES(name, function)                                          \
  static __attribute__((noinline)) V name(V x, V y) {                         \
    for (int l = 0; l < LANES; l++) x[l] = (T)function((double)x[l], (double)y[l]); \
    return x;                                                                 \
  }

double exp2(double);
BY_LANE(v_exp2, exp2)

double log2(double);
BY_LANE(v_log2, log2)

double log10(double);
BY_LANE(v_log10, log10)

double sin(double);
BY_LANE(v_sin, sin)

double cos(double);
BY_LANE(v_cos, cos)

double tan(double);
BY_LANE(v_tan, tan)

double asin(double);
BY_LANE(v_arcsin, asin)

double acos(double);
BY_LANE(v_arccos, acos)

double atan(double);
BY_LANE(v_arctan, atan)

double sinh(double);
BY_LANE(v_sinh, sinh)

double cosh(double);
BY_LANE(v_cosh, cosh)

double asinh(double);
BY_LANE(v_arcsinh, asinh)

double acosh(double);
BY_LANE(v_arccosh, acosh)

double atanh(double);
BY_LANE(v_arctanh, atanh)

double erf(double);
BY_LANE(v_erf, erf)

double erfc(double);
BY_LANE(v_erfc, erfc)

double atan2(double, double);
BY_TWO_LANES(v_arctan2, atan2)

/* Within little more than half an ULP, as the scalar engine's. C. F. Borges, An improved algorithm for hypot(a, b)
   (2019): what was lost in the squares and their sum is added up exactly, and taken off. */
static __attribute__((noinline)) double length(double x, double y) {
  if (x - x != 0 || y - y != 0) return __builtin_isinf(x) || __builtin_isinf(y) ? __builtin_inf() : x + y;
  double large = __builtin_fabs(x), small = __builtin_fabs(y), scale = 1;
  if (large < small) {
    double other = large;
    large = small;
    small = other;
  }
  if (small <= large * 0x1p-54) return large + small;
  if (large > 0x1p511) scale = 0x1p600;
  if (small < 0x1p-459) scale = 0x1p-600;
  large /= scale;
  small /= scale;
  double h = __builtin_sqrt(__builtin_fma(large, large, small * small)), hh = h * h, ll = large * large;
  double lost = __builtin_fma(-small, small, hh - ll) + __builtin_fma(h, h, -hh) - __builtin_fma(large, large, -ll);
  return (h - lost / (2 * h)) * scale;
}

BY_TWO_LANES(v_hypot, length)

double pow(double, double);
BY_TWO_LANES(v_power, pow)

/* As in the scalar engine: within 1 ULP, which not every library's cbrt is. */
double frexp(double, int *), ldexp(double, int), pow(double, double);
static __attribute__((noinline)) double cube_root(double x) {
  if (x == 0 || x - x != 0) return x;
  int exponent, remainder;
  double fraction = frexp(__builtin_fabs(x), &exponent);
  remainder = (exponent % 3 + 3) % 3 - 3;
  return __builtin_copysign(ldexp(pow(ldexp(fraction, remainder), 1.0 / 3), (exponent - remainder) / 3), x);
}

BY_LANE(v_cbrt, cube_root)

/* Python's % and //, which round down. */
double fmod(double, double);
static __attribute__((noinline)) double floored(double x, double y, double *quotient) {
  double left = fmod(x, y);
  *quotient = (x - left) / y;
  if (left == 0)
    left = __builtin_copysign(0.0, y);
  else if ((y < 0) != (left < 0)) {
    left += y;
    *quotient -= 1;
  }
  return left;
}

static __attribute__((noinline)) double modulo(double x, double y) {
  double quotient;
  return floored(x, y, &quotient);
}

BY_TWO_LANES(v_mod, modulo)

static __attribute__((noinline)) double floor_quotient(double x, double y) {
  if (y == 0) return x / y;
  double quotient, whole;
  floored(x, y, &quotient);
  if (quotient == 0) return __builtin_copysign(0.0, x / y);
  whole = __builtin_floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

BY_TWO_LANES(v_floor_divide, floor_quotient)
