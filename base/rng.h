/**
 * Random numbers: explicit generators with saved state, one named stream per purpose.
 *
 * rng_stream(seed, "slot-init", step) always gives the same numbers, whatever else was drawn, so any step
 * can be replayed alone. Generator: xoshiro256++ (Blackman & Vigna), seeded by SplitMix64 over a hash of
 * seed, name and index. NumPy-compatible generators live in numpy_rng.h.
 */
#ifndef PLAYSLOT_BASE_RNG_H
#define PLAYSLOT_BASE_RNG_H

#include <stdint.h>

typedef struct Rng {
    uint64_t state[4]; /* plain data: copy it to save, copy it back to resume */
} Rng;

/** Stream `name`, element `index`, of the run's seed. */
Rng rng_stream(uint64_t seed, const char *name, uint64_t index);

uint64_t rng_next(Rng *rng);
/** Uniform in [0, 1), 53 bits. */
double rng_uniform(Rng *rng);
/** Uniform in [low, high). */
double rng_range(Rng *rng, double low, double high);
/** Standard normal (Box-Muller, two draws per value, nothing cached). */
double rng_normal(Rng *rng);
/** Uniform integer in [0, n), n > 0, without modulo bias. */
uint64_t rng_below(Rng *rng, uint64_t n);
/** Fisher-Yates shuffle of `count` integers. */
void rng_shuffle(Rng *rng, int *values, int count);

#endif
