/* To save a register GCC may write an address as one that begins at zero; then it takes storing there for storing
   nowhere, and leaves out the call of a function that does nothing else (versions 12 and 13, at -O3). So GCC is
   kept from inferring which functions have no effect. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-ipa-pure-const")
#if __GNUC__ > 10
#pragma GCC optimize("no-ipa-modref")
#endif
#endif
/* Clang has some functions of vectors only from version 17 on; GCC has this question from 10 on. */
#ifndef __has_builtin
#define __has_builtin(name) 0
#endif
/* One scalar of an example is a lane of a vector V: as many examples side by side as one register holds. */
#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif
#define LANES (BYTES / (int)sizeof(T))
#ifdef DOUBLE
typedef long long I;
#define MANTISSA 52
#define BIAS 1023
#else
typedef int I;
#define MANTISSA 23
#define BIAS 127
#endif
typedef T V __attribute__((vector_size(BYTES)));
typedef I M __attribute__((vector_size(BYTES)));

/* The same number in every lane; minus a vector of zeros, which keeps the sign of -0. */
static inline V all(T x) { return x - (V){0}; }

/* a * b + c, rounded once where the processor can. */
static inline V v_fma(V a, V b, V c) {
#if __has_builtin(__builtin_elementwise_fma)
  return __builtin_elementwise_fma(a, b, c);
#elif defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  for (int l = 0; l < LANES; l++)
    a[l] = sizeof(T) == 8 ? (T)__builtin_fma(a[l], b[l], c[l]) : (T)__builtin_fmaf(a[l], b[l], c[l]);
  return a;
#else
  return a * b + c;
#endif
}

static inline V choose(M condition, V x, V y) { return (V)((condition & (M)x) | (~condition & (M)y)); }

/* Whether a condition holds in some lane. */
static inline int any(M condition) {
#if __has_builtin(__builtin_reduce_or)
  return __builtin_reduce_or(condition) != 0;
#else
  I bits = 0;
  for (int l = 0; l < LANES; l++) bits |= condition[l];
  return bits != 0;
#endif
}

static inline T total(V x) {
  T s[LANES] __attribute__((aligned(BYTES)));
  *(V *)s = x;
  for (int half = LANES / 2; half; half /= 2)
    for (int l = 0; l < half; l++) s[l] += s[l + half];
  return s[0];
}

/* The places of every other number of two vectors, which are taken together 16 bytes by 16 bytes; n is 0 or 1. */
#if BYTES == 64
#ifdef DOUBLE
#define EVERY_OTHER(n) n, n + 8, n + 2, n + 10, n + 4, n + 12, n + 6, n + 14
#else
#define EVERY_OTHER(n) n, n + 2, n + 16, n + 18, n + 4, n + 6, n + 20, n + 22, \
  n + 8, n + 10, n + 24, n + 26, n + 12, n + 14, n + 28, n + 30
#endif
#elif BYTES == 32
#ifdef DOUBLE
#define EVERY_OTHER(n) n, n + 4, n + 2, n + 6
#else
#define EVERY_OTHER(n) n, n + 2, n + 8, n + 10, n + 4, n + 6, n + 12, n + 14
#endif
#else
#ifdef DOUBLE
#define EVERY_OTHER(n) n, n + 2
#else
#define EVERY_OTHER(n) n, n + 2, n + 4, n + 6
#endif
#endif

/* The totals of four vectors: together they take half as many instructions as one by one. */
static inline void totals(T *into, V a, V b, V c, V d) {
#if __has_builtin(__builtin_shufflevector)
#define NEIGHBOURS_ADDED(x, y) \
  __builtin_shufflevector(x, y, EVERY_OTHER(0)) + __builtin_shufflevector(x, y, EVERY_OTHER(1))
  typedef T Part __attribute__((vector_size(16)));
  V some = NEIGHBOURS_ADDED(a, b), others = NEIGHBOURS_ADDED(c, d);
  Part parts[2 * BYTES / 16];
#ifdef DOUBLE
  __builtin_memcpy(parts, &some, BYTES);
  __builtin_memcpy(parts + BYTES / 16, &others, BYTES);
  for (int n = 1; n < BYTES / 16; n++) parts[0] += parts[n], parts[BYTES / 16] += parts[BYTES / 16 + n];
  __builtin_memcpy(into, parts, 16);
  __builtin_memcpy(into + 2, parts + BYTES / 16, 16);
#else
  some = NEIGHBOURS_ADDED(some, others);
  __builtin_memcpy(parts, &some, BYTES);
  for (int n = 1; n < BYTES / 16; n++) parts[0] += parts[n];
  __builtin_memcpy(into, parts, 16);
#endif
#else
  into[0] = total(a), into[1] = total(b), into[2] = total(c), into[3] = total(d);
#endif
}

/* Whether there is no infinity and no nan, which times zero is no zero. */
static inline long are_finite(const T *x, long count) {
  V sums = {0}, part;
  for (; count >= LANES; count -= LANES, x += LANES) {
    __builtin_memcpy(&part, x, BYTES);
    sums += 0 * part;
  }
  for (; count; count--) sums[0] += 0 * *x++;
  return total(sums) == 0;
}

#ifdef _WIN32
static inline void let_others_run(void) {}
#else
int sched_yield(void);
static inline void let_others_run(void) { sched_yield(); }
#endif

/* Turn the rows of a block of examples into vectors; the last example fills up the last block. */
static inline void load(const T *rows, long size, long first, long batch, V *into) {
  const T *row[LANES];
  for (int l = 0; l < LANES; l++) row[l] = rows + size * (first + l < batch ? first + l : batch - 1);
  for (long i = 0; i < size; i++) {
    V x;
    for (int l = 0; l < LANES; l++) x[l] = row[l][i];
    into[i] = x;
  }
}
