int lanes(void) { return LANES; }

/* What is the same for every example. */
void before(const T *parameters, T *shared) { before_all(parameters, shared); }

/* A chunk of examples: their results, and their share of what is summed over the batch. */
void chunk(long number, long batch, const T *const *arguments, const T *parameters, T *shared, T *sums,
           V *memory, T *results) {
  long first = number * EXAMPLES_IN_CHUNK, end = first + EXAMPLES_IN_CHUNK, blocks = 0;
  for (long n = 0; n < SUMS; n++) sums[n] = 0;
  for (; first < end && first < batch; first += LANES, blocks++) {
    V *own = memory + blocks * BETWEEN_BLOCKS;
    load_all(first, batch, arguments, own);
    if (!BETWEEN_BLOCKS) for_block(1, parameters, shared, sums, own);
    for (int l = 0; l < LANES && first + l < batch; l++) collect_row(l, own, parameters, shared, results + RESULTS * (first + l));
  }
  if (BETWEEN_BLOCKS) for_block(blocks, parameters, shared, sums, memory);
  for_chunk(blocks, parameters, shared, sums, memory);
}

/* What is made of sums over the batch: those of all chunks, added in their order. */
void after(long chunks, const T *parameters, T *shared, const T *sums, T *results) {
  for (long c = 1; c < chunks; c++)
    for (long n = 0; n < SUMS; n++) shared[n] += sums[(c - 1) * SUMS + n];
  after_all(parameters, shared);
  collect(parameters, shared, results);
}

/* All of a batch. There is room for SHARED numbers in `shared`, for SUMS in `sums`, and in `memory`, which lies at
   a multiple of the size of a vector, for MEMORY vectors. */
void replay(long batch, const T *const *arguments, const T *parameters, T *shared, T *sums, V *memory, T *results) {
  long chunks = (batch + EXAMPLES_IN_CHUNK - 1) / EXAMPLES_IN_CHUNK;
  before(parameters, shared);
  for (long c = 0; c < chunks; c++) {
    chunk(c, batch, arguments, parameters, shared, c ? sums : shared, memory, results);
    for (long n = 0; c && n < SUMS; n++) shared[n] += sums[n];
  }
  after(1, parameters, shared, sums, results);
}
