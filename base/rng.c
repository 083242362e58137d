#include "base/rng.h"

#include <math.h>

/* SplitMix64 (Steele, Lea & Flood 2014): advances *x and returns a mixed value */
static uint64_t splitmix(uint64_t *x)
{
    *x += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *x;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* FNV-1a, 64 bits */
static uint64_t hash_name(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *c = name; *c; c++) {
        hash ^= (unsigned char)*c;
        hash *= UINT64_C(0x100000001b3);
    }
    return hash;
}

Rng rng_stream(uint64_t seed, const char *name, uint64_t index)
{
    /* each part passes through the mixer before the next is added, so that no two parts cancel */
    uint64_t x = seed;
    x = splitmix(&x) ^ hash_name(name);
    x = splitmix(&x) ^ index;
    Rng rng;
    for (int i = 0; i < 4; i++)
        rng.state[i] = splitmix(&x);
    return rng;
}

static uint64_t rotate_left(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

uint64_t rng_next(Rng *rng)
{
    uint64_t *s = rng->state;
    const uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double rng_uniform(Rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

double rng_range(Rng *rng, double low, double high)
{
    const double value = low + (high - low) * rng_uniform(rng);
    /* rounding may reach `high` itself */
    return value < high || high <= low ? value : nextafter(high, low);
}

double rng_normal(Rng *rng)
{
    const double pi = 3.14159265358979323846;
    const double u = 1.0 - rng_uniform(rng); /* in (0, 1] */
    const double v = rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(2.0 * pi * v);
}

uint64_t rng_below(Rng *rng, uint64_t n)
{
    if (n <= 1) return 0;
    /* draws below 2^64 mod n are refused, the rest divide evenly */
    const uint64_t refused = (UINT64_MAX - n + 1) % n;
    uint64_t value = rng_next(rng);
    while (value < refused)
        value = rng_next(rng);
    return value % n;
}

void rng_shuffle(Rng *rng, int *values, int count)
{
    for (int i = count - 1; i > 0; i--) {
        const int j = (int)rng_below(rng, (uint64_t)i + 1);
        const int kept = values[i];
        values[i] = values[j];
        values[j] = kept;
    }
}
