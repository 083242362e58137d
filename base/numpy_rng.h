/**
 * NumPy's generators, bit for bit (numpy 2.4): the legacy MT19937 state behind numpy.random.seed, and
 * SeedSequence + PCG64 behind numpy.random.default_rng. Simulated tasks upstream draw their scenes from them.
 */
#ifndef PLAYSLOT_BASE_NUMPY_RNG_H
#define PLAYSLOT_BASE_NUMPY_RNG_H

#include <stdbool.h>
#include <stdint.h>

/** Legacy generator (Matsumoto & Nishimura 1998). Plain data: copy to save. */
typedef struct Mt19937 {
    uint32_t state[624];
    int position;
} Mt19937;

/** numpy.random.seed(seed) for a 32-bit integer. */
void mt19937_seed(Mt19937 *rng, uint32_t seed);
/** The same for an array of 32-bit words (init_by_array of the paper's program). */
void mt19937_seed_words(Mt19937 *rng, const uint32_t *words, int count);
uint32_t mt19937_next(Mt19937 *rng);
/** Integer in 0 .. largest: masked draws with rejection (RandomState.randint, shuffle). */
uint32_t mt19937_upto(Mt19937 *rng, uint32_t largest);
/** Uniform double in [0, 1) from two outputs, 53 bits (random_sample). */
double mt19937_double(Mt19937 *rng);

/** Words of numpy.random.SeedSequence(seed).generate_state(count), 32-bit. */
void seed_sequence(uint64_t seed, uint32_t *out, int count);

/** PCG64 XSL-RR 128/64 (O'Neill 2014). Plain data: copy to save. */
typedef struct Pcg64 {
    uint64_t state_high, state_low;
    uint64_t increment_high, increment_low;
    uint32_t half; /* upper half of the last 64-bit draw, kept for the next 32-bit one */
    bool half_kept;
} Pcg64;

/** numpy.random.default_rng(seed). */
void pcg64_seed(Pcg64 *rng, uint64_t seed);
uint64_t pcg64_next(Pcg64 *rng);
/** 32 bits: lower half of a 64-bit draw first, the upper half at the next call. */
uint32_t pcg64_next32(Pcg64 *rng);
/** Uniform double in [0, 1), 53 bits. */
double pcg64_double(Pcg64 *rng);
/** Generator.integers(n), 0 < n <= 2^32 - 1: Lemire's method on 32 bits with rejection. */
uint32_t pcg64_below(Pcg64 *rng, uint32_t n);
/** Generator.shuffle of a list of `count` integers: masked 32-bit draws with rejection. */
void pcg64_shuffle(Pcg64 *rng, int *values, int count);

#endif
