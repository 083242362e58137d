#include "training/code_guard.h"

#include <string.h>

#include "base/memory.h"
#include "base/rng.h"

Status code_guard_init(CodeGuard *out, const Codebook *book, CodeGuardMode mode, Error *error)
{
    const size_t codes = (size_t)book->num_codes;
    const size_t values = codes * (size_t)book->code_dim;
    *out = (CodeGuard){ .mode = book->ema ? mode : CODE_GUARD_REFERENCE, .book = *book };
    if (out->mode == CODE_GUARD_REFERENCE) return OK;
    Status status = memory_new_array(&out->codes, values, error);
    if (!status) status = memory_new_array(&out->weight, values, error);
    if (!status) status = memory_new_array(&out->count, codes, error);
    if (status) code_guard_release(out);
    return status;
}

void code_guard_release(CodeGuard *guard)
{
    memory_free(guard->codes);
    memory_free(guard->weight);
    memory_free(guard->count);
    *guard = (CodeGuard){ 0 };
}

static void remember(const CodeGuard *guard, ParamStore *store)
{
    const Codebook *book = &guard->book;
    const size_t codes = (size_t)book->num_codes;
    const size_t values = codes * (size_t)book->code_dim;
    memcpy(guard->codes, params_value(store, book->codes), values * sizeof(real));
    memcpy(guard->weight, params_value(store, book->weight), values * sizeof(real));
    memcpy(guard->count, params_value(store, book->count), codes * sizeof(real));
}

static bool is_used(const CodebookBatch *parts, int part_count, int code)
{
    for (int p = 0; p < part_count; p++)
        for (int i = 0; i < parts[p].vectors; i++)
            if ((int)parts[p].index[i] == code) return true;
    return false;
}

static void put_back(const CodeGuard *guard, ParamStore *store, int code)
{
    const Codebook *book = &guard->book;
    const size_t width = (size_t)book->code_dim;
    const size_t row = (size_t)code * width;
    memcpy(params_value(store, book->codes) + row, guard->codes + row, width * sizeof(real));
    memcpy(params_value(store, book->weight) + row, guard->weight + row, width * sizeof(real));
    params_value(store, book->count)[code] = guard->count[code];
}

/* one of the step's latent actions, each equally likely */
static const real *draw_vector(const CodebookBatch *parts, int part_count, int width, Rng *rng)
{
    uint64_t total = 0;
    for (int p = 0; p < part_count; p++)
        total += (uint64_t)parts[p].vectors;
    uint64_t chosen = rng_below(rng, total);
    int p = 0;
    while (chosen >= (uint64_t)parts[p].vectors)
        chosen -= (uint64_t)parts[p++].vectors;
    return parts[p].z + chosen * (uint64_t)width;
}

/* a code that begins as if one vector had chosen it */
static void restart(const CodeGuard *guard, ParamStore *store, int code, const real *vector)
{
    const Codebook *book = &guard->book;
    const size_t width = (size_t)book->code_dim;
    const size_t row = (size_t)code * width;
    memcpy(params_value(store, book->codes) + row, vector, width * sizeof(real));
    memcpy(params_value(store, book->weight) + row, vector, width * sizeof(real));
    params_value(store, book->count)[code] = 1;
}

void code_guard_after_step(CodeGuard *guard, ParamStore *store, const CodebookBatch *parts,
                           int part_count, uint64_t seed, int64_t step)
{
    const Codebook *book = &guard->book;
    if (guard->mode != CODE_GUARD_REFERENCE) remember(guard, store);
    codebook_after_step(book, store, parts, part_count);
    if (guard->mode == CODE_GUARD_REFERENCE) return;
    Rng rng = rng_stream(seed, "code-restart", (uint64_t)step);
    for (int code = 0; code < book->num_codes; code++) {
        if (is_used(parts, part_count, code)) continue;
        if (guard->mode == CODE_GUARD_KEEP)
            put_back(guard, store, code);
        else
            restart(guard, store, code, draw_vector(parts, part_count, book->code_dim, &rng));
    }
}
