/* A gradient after weight decay: without one as it is, for 0 times a parameter that is infinite would be nan. */
static inline double decayed(double gradient, double decay, double parameter) {
  return decay != 0 ? gradient + decay * parameter : gradient;
}

/* One step of a rule for each parameter, in place. `factors` are learning rate, weight decay, momentum or
   beta 1, beta 2, eps, and what makes up for means that began at zero: 1 - beta 1 ** t, 1 - beta 2 ** t. In doubles
   whatever the parameters are: the square of a gradient may be no float. */
static void descend(int rule, const double *factors, long count, T *restrict p, const T *restrict gradient,
                    double *restrict first, double *restrict second) {
  const double rate = factors[0], decay = factors[1], beta1 = factors[2], beta2 = factors[3], eps = factors[4];
  const double share1 = factors[5], share2 = factors[6], rest1 = 1 - beta1, rest2 = 1 - beta2;
  if (rule == PLAIN)
    for (long n = 0; n < count; n++) p[n] -= rate * decayed(gradient[n], decay, p[n]);
  if (rule == MOMENTUM || rule == NESTEROV)
    for (long n = 0; n < count; n++) {
      double g = decayed(gradient[n], decay, p[n]);
      first[n] = beta1 * first[n] + g;
      p[n] -= rate * (rule == NESTEROV ? g + beta1 * first[n] : first[n]);
    }
  if (rule == ADAM)
    for (long n = 0; n < count; n++) {
      double g = decayed(gradient[n], decay, p[n]);
      first[n] = beta1 * first[n] + rest1 * g;
      second[n] = beta2 * second[n] + rest2 * (g * g);
      p[n] -= rate * (first[n] / share1) / (__builtin_sqrt(second[n] / share2) + eps);
    }
}

/* Steps over rows in their order, `call->batch` at a time, with `factors` of 7 numbers for each; the first `count`
   parameters are moved, which `call` reads. Returns how many were made: fewer where a result is not finite,
   before that step. */
long train(Call *call, long steps, long rows, T *parameters, long count, int rule, const double *factors, double *first,
           double *second, T *losses, T *sums, V *memory) {
  const T *own[ARGUMENTS + 1], *const *arguments = call->arguments;
  long step, size = call->batch;
  call->arguments = own;
  for (step = 0; step < steps; step++) {
    long start = step * size;
    for (int a = 0; a < ARGUMENTS; a++) own[a] = arguments[a] + start * SIZES[a];
    call->batch = start + size < rows ? size : rows - start;
    if (!replay(call, sums, memory)) break;
    losses[step] = call->results[0];
    descend(rule, factors + 7 * step, count, parameters, call->results + 1, first, second);
  }
  call->arguments = arguments;
  return step;
}
