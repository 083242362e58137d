#include "base/numpy_rng.h"

/* smallest 2^k - 1 that is not below */
static uint32_t mask_of(uint32_t largest)
{
    uint32_t mask = largest;
    for (int shift = 1; shift < 32; shift *= 2)
        mask |= mask >> shift;
    return mask;
}

/* MT19937, Matsumoto & Nishimura 1998 */

enum { MT_SIZE = 624, MT_SHIFT = 397 };

void mt19937_seed(Mt19937 *rng, uint32_t seed)
{
    rng->state[0] = seed;
    for (uint32_t i = 1; i < MT_SIZE; i++) {
        const uint32_t last = rng->state[i - 1];
        rng->state[i] = 1812433253U * (last ^ (last >> 30)) + i;
    }
    rng->position = MT_SIZE;
}

static uint32_t mt19937_mixed(const uint32_t *state, int i, uint32_t factor)
{
    const uint32_t last = state[i - 1];
    return state[i] ^ (last ^ (last >> 30)) * factor;
}

/* the last word stands for the one before the first */
static int mt19937_wrap(uint32_t *state, int i)
{
    if (i < MT_SIZE) return i;
    state[0] = state[MT_SIZE - 1];
    return 1;
}

void mt19937_seed_words(Mt19937 *rng, const uint32_t *words, int count)
{
    uint32_t *state = rng->state;
    int i = 1;
    mt19937_seed(rng, 19650218U);
    for (int k = 0; k < (count > MT_SIZE ? count : MT_SIZE); k++) {
        state[i] = mt19937_mixed(state, i, 1664525U) + words[k % count] + (uint32_t)(k % count);
        i = mt19937_wrap(state, i + 1);
    }
    for (int k = 0; k < MT_SIZE - 1; k++) {
        state[i] = mt19937_mixed(state, i, 1566083941U) - (uint32_t)i;
        i = mt19937_wrap(state, i + 1);
    }
    state[0] = 0x80000000U;
}

static void mt19937_twist(uint32_t *state)
{
    for (int i = 0; i < MT_SIZE; i++) {
        const uint32_t joined = (state[i] & 0x80000000U) | (state[(i + 1) % MT_SIZE] & 0x7fffffffU);
        const uint32_t twisted = (joined >> 1) ^ ((joined & 1U) ? 0x9908b0dfU : 0U);
        state[i] = state[(i + MT_SHIFT) % MT_SIZE] ^ twisted;
    }
}

uint32_t mt19937_next(Mt19937 *rng)
{
    if (rng->position >= MT_SIZE) {
        mt19937_twist(rng->state);
        rng->position = 0;
    }
    uint32_t x = rng->state[rng->position++];
    x ^= x >> 11;
    x ^= (x << 7) & 0x9d2c5680U;
    x ^= (x << 15) & 0xefc60000U;
    return x ^ (x >> 18);
}

double mt19937_double(Mt19937 *rng)
{
    const uint32_t high = mt19937_next(rng) >> 5;
    const uint32_t low = mt19937_next(rng) >> 6;
    return ((double)high * 67108864.0 + (double)low) / 9007199254740992.0;
}

uint32_t mt19937_upto(Mt19937 *rng, uint32_t largest)
{
    const uint32_t mask = mask_of(largest);
    uint32_t draw = mt19937_next(rng) & mask;
    while (draw > largest)
        draw = mt19937_next(rng) & mask;
    return draw;
}

/* SeedSequence, O'Neill's seed_seq_fe with a pool of four words */

enum { POOL = 4 };

static uint32_t pool_hash(uint32_t value, uint32_t *constant)
{
    value ^= *constant;
    *constant *= 0x931e8875U;
    value *= *constant;
    return value ^ (value >> 16);
}

static uint32_t pool_mix(uint32_t x, uint32_t y)
{
    const uint32_t result = 0xca01f9ddU * x - 0x4973f715U * y;
    return result ^ (result >> 16);
}

void seed_sequence(uint64_t seed, uint32_t *out, int count)
{
    const uint32_t entropy[POOL] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    uint32_t pool[POOL];
    uint32_t constant = 0x43b0d7e5U;
    for (int i = 0; i < POOL; i++)
        pool[i] = pool_hash(entropy[i], &constant);
    for (int from = 0; from < POOL; from++)
        for (int to = 0; to < POOL; to++)
            if (from != to) pool[to] = pool_mix(pool[to], pool_hash(pool[from], &constant));
    constant = 0x8b51f9ddU;
    for (int i = 0; i < count; i++) {
        uint32_t word = pool[i % POOL] ^ constant;
        constant *= 0x58f38dedU;
        word *= constant;
        out[i] = word ^ (word >> 16);
    }
}

/* PCG64 on two 64-bit halves: C11 has no 128-bit integer */

#define PCG_MULTIPLIER_HIGH 0x2360ed051fc65da4ULL
#define PCG_MULTIPLIER_LOW  0x4385df649fccf645ULL

/* upper half of a 64 x 64 bit product */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
    const uint64_t a_low = (uint32_t)a, a_high = a >> 32;
    const uint64_t b_low = (uint32_t)b, b_high = b >> 32;
    const uint64_t low = a_low * b_low;
    const uint64_t middle = a_high * b_low + (low >> 32);
    const uint64_t cross = a_low * b_high + (uint32_t)middle;
    return a_high * b_high + (middle >> 32) + (cross >> 32);
}

static void pcg64_add(Pcg64 *rng, uint64_t high, uint64_t low)
{
    rng->state_low += low;
    rng->state_high += high + (rng->state_low < low ? 1 : 0);
}

static void pcg64_step(Pcg64 *rng)
{
    const uint64_t low = rng->state_low;
    rng->state_high = multiply_high(low, PCG_MULTIPLIER_LOW) + low * PCG_MULTIPLIER_HIGH +
                      rng->state_high * PCG_MULTIPLIER_LOW;
    rng->state_low = low * PCG_MULTIPLIER_LOW;
    pcg64_add(rng, rng->increment_high, rng->increment_low);
}

static uint64_t join(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

void pcg64_seed(Pcg64 *rng, uint64_t seed)
{
    uint32_t words[8];
    seed_sequence(seed, words, 8);
    const uint64_t sequence_high = join(words[4], words[5]);
    const uint64_t sequence_low = join(words[6], words[7]);
    *rng = (Pcg64){ .increment_high = sequence_high << 1 | sequence_low >> 63,
                    .increment_low = sequence_low << 1 | 1 };
    pcg64_step(rng);
    pcg64_add(rng, join(words[0], words[1]), join(words[2], words[3]));
    pcg64_step(rng);
}

uint64_t pcg64_next(Pcg64 *rng)
{
    pcg64_step(rng);
    const uint64_t folded = rng->state_high ^ rng->state_low;
    const unsigned turn = (unsigned)(rng->state_high >> 58);
    return folded >> turn | folded << (-turn & 63U);
}

uint32_t pcg64_next32(Pcg64 *rng)
{
    if (rng->half_kept) {
        rng->half_kept = false;
        return rng->half;
    }
    const uint64_t draw = pcg64_next(rng);
    rng->half = (uint32_t)(draw >> 32);
    rng->half_kept = true;
    return (uint32_t)draw;
}

double pcg64_double(Pcg64 *rng)
{
    return (double)(pcg64_next(rng) >> 11) * (1.0 / 9007199254740992.0);
}

uint32_t pcg64_below(Pcg64 *rng, uint32_t n)
{
    if (n <= 1) return 0;
    uint64_t product = (uint64_t)pcg64_next32(rng) * n;
    const uint32_t threshold = (UINT32_MAX - (n - 1)) % n; /* 2^32 mod n */
    while ((uint32_t)product < threshold)
        product = (uint64_t)pcg64_next32(rng) * n;
    return (uint32_t)(product >> 32);
}

static uint32_t pcg64_masked(Pcg64 *rng, uint32_t largest)
{
    const uint32_t mask = mask_of(largest);
    uint32_t draw = pcg64_next32(rng) & mask;
    while (draw > largest)
        draw = pcg64_next32(rng) & mask;
    return draw;
}

void pcg64_shuffle(Pcg64 *rng, int *values, int count)
{
    for (int i = count - 1; i > 0; i--) {
        const int other = (int)pcg64_masked(rng, (uint32_t)i);
        const int held = values[i];
        values[i] = values[other];
        values[other] = held;
    }
}
