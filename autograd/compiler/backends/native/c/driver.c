/* What a call is given, `results` of RESULTS numbers, and `shared` with room for SHARED. Who makes chunks of
   examples has `sums`, of SUMS numbers, and `memory`, of MEMORY vectors, which begins at a multiple of their size. */
typedef struct {
  long batch;
  const T *const *arguments;
  const T *parameters;
  T *shared, *results;
  long chunks, left, added, over; /* by which threads know what there is to do */
} Call;

/* Who writes the text as a file to link with others defines it as static. */
#ifndef FOR_PYTHON
#define FOR_PYTHON
#endif

FOR_PYTHON int lanes(void) { return LANES; }

/* A chunk of examples: their results, and their share of what is summed over the batch. */
static void make_chunk(const Call *call, long number, T *sums, V *memory) {
  const T *parameters = call->parameters;
  T *shared = call->shared;
  long first = number * EXAMPLES_IN_CHUNK, end = first + EXAMPLES_IN_CHUNK, batch = call->batch, blocks = 0;
  for (long n = 0; n < SUMS; n++) sums[n] = 0;
  for (; first < end && first < batch; first += LANES, blocks++) {
    V *own = memory + blocks * BETWEEN_BLOCKS;
    load_all(first, batch, call->arguments, own);
    if (!BETWEEN_BLOCKS) for_block(1, parameters, shared, sums, own);
    for (int l = 0; l < LANES && first + l < batch; l++)
      collect_row(l, own, parameters, shared, call->results + RESULTS * (first + l));
  }
  if (BETWEEN_BLOCKS) for_block(blocks, parameters, shared, sums, memory);
  for_chunk(blocks, parameters, shared, sums, memory);
}

/* Chunks, one after the other, until none is left. Whoever makes them adds their sums in their order, so that
   the result is the same to the last bit for any number of threads. */
static void make_chunks(Call *call, T *sums, V *memory) {
  long left;
  while ((left = __atomic_fetch_sub(&call->left, 1, __ATOMIC_ACQ_REL)) > 0) {
    long number = call->chunks - left;
    make_chunk(call, number, number ? sums : call->shared, memory);
    while (__atomic_load_n(&call->added, __ATOMIC_ACQUIRE) != number) let_others_run();
    for (long n = 0; number && n < SUMS; n++) call->shared[n] += sums[n];
    __atomic_store_n(&call->added, number + 1, __ATOMIC_RELEASE);
  }
}

/* What another thread does for a call until it is over, and for the next one if that comes soon: to be woken
   takes longer, and waiting ends within some hundreds of microseconds. */
FOR_PYTHON void help(Call *call, T *sums, V *memory) {
  for (long waited = 0; waited < PATIENCE; waited++) {
    if (!__atomic_load_n(&call->over, __ATOMIC_ACQUIRE)) {
      waited = 0;
      if (__atomic_load_n(&call->left, __ATOMIC_ACQUIRE) > 0) make_chunks(call, sums, memory);
    }
    let_others_run();
  }
}

/* All of a batch. Returns whether the results are finite. */
FOR_PYTHON long replay(Call *call, T *sums, V *memory) {
  before_all(call->parameters, call->shared);
  call->chunks = (call->batch + EXAMPLES_IN_CHUNK - 1) / EXAMPLES_IN_CHUNK;
  call->added = 0;
  __atomic_store_n(&call->left, call->chunks, __ATOMIC_RELEASE);
  make_chunks(call, sums, memory);
  while (__atomic_load_n(&call->added, __ATOMIC_ACQUIRE) != call->chunks) let_others_run();
  after_all(call->parameters, call->shared);
  collect(call->parameters, call->shared, call->results);
  return are_finite(call->results, IN_ROWS ? RESULTS * call->batch : RESULTS);
}
