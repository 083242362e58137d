#include "graph/params.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/rng.h"

struct ParamStore {
    Arena names;
    Param *params;
    int count, capacity;
    real *values; /* NULL until allocated */
    size_t total;
    Error error; /* first declaration error */
};

Status params_create(ParamStore **out, Error *error)
{
    return memory_new(out, error);
}

void params_destroy(ParamStore *store)
{
    if (!store) return;
    arena_release(&store->names);
    memory_free(store->params);
    memory_free(store->values);
    memory_free(store);
}

/* ---- declaration ---- */

static bool reserve(ParamStore *store)
{
    if (store->count < store->capacity) return true;
    const size_t wanted = store->capacity ? (size_t)store->capacity * 2 : 64;
    if (memory_grow(&store->params, (size_t)store->capacity, wanted, sizeof *store->params,
                    &store->error))
        return false;
    store->capacity = (int)wanted;
    return true;
}

static bool declaration_is_sound(ParamStore *store, const char *name, Shape shape, size_t *count)
{
    if (store->error.status) return false;
    *count = 1;
    bool sound = shape.rank >= 0 && shape.rank <= SHAPE_MAX_RANK;
    for (int i = 0; sound && i < shape.rank; i++)
        sound = shape.dims[i] > 0 && size_mul(*count, (size_t)shape.dims[i], count);
    if (!sound)
        error_set(&store->error, ERR_SHAPE, "parameter '%s': extents must be positive", name);
    else if (store->values)
        error_set(&store->error, ERR_ARGUMENT, "parameter '%s' was declared after allocation",
                  name);
    else if (params_find(store, name) >= 0)
        error_set(&store->error, ERR_ARGUMENT, "parameter '%s' was declared twice", name);
    return !store->error.status;
}

static int declare(ParamStore *store, const char *name, Shape shape, Init init, bool is_buffer)
{
    size_t count = 0;
    if (!declaration_is_sound(store, name, shape, &count) || !reserve(store)) return -1;
    const char *kept = arena_string(&store->names, name);
    size_t end = 0;
    if (!kept || !size_add(store->total, count, &end)) {
        error_set(&store->error, ERR_MEMORY, "parameter '%s': out of memory", name);
        return -1;
    }
    store->params[store->count] = (Param){
        .name = kept, .shape = shape, .init = init, .is_buffer = is_buffer, .offset = store->total
    };
    store->total = end;
    return store->count++;
}

int params_declare(ParamStore *store, const char *name, Shape shape, Init init)
{
    return declare(store, name, shape, init, false);
}

int params_declare_buffer(ParamStore *store, const char *name, Shape shape, Init init)
{
    return declare(store, name, shape, init, true);
}

Status params_allocate(ParamStore *store, Error *error)
{
    if (store->error.status) {
        *error = store->error;
        return error->status;
    }
    if (store->values) return OK;
    return memory_new_array(&store->values, store->total, error);
}

/* ---- access ---- */

int params_count(const ParamStore *store)
{
    return store->count;
}

const Param *params_at(const ParamStore *store, int index)
{
    return &store->params[index];
}

int params_find(const ParamStore *store, const char *name)
{
    for (int i = 0; i < store->count; i++)
        if (strcmp(store->params[i].name, name) == 0) return i;
    return -1;
}

real *params_values(ParamStore *store)
{
    return store->values;
}

real *params_value(ParamStore *store, int index)
{
    return store->values ? store->values + store->params[index].offset : NULL;
}

const real *params_value_const(const ParamStore *store, int index)
{
    return store->values ? store->values + store->params[index].offset : NULL;
}

size_t params_total(const ParamStore *store)
{
    return store->total;
}

void params_freeze(ParamStore *store, const char *prefix, bool frozen)
{
    const size_t length = strlen(prefix);
    for (int i = 0; i < store->count; i++)
        if (strncmp(store->params[i].name, prefix, length) == 0)
            store->params[i].is_frozen = frozen;
}

/* ---- initial values ---- */

static double xavier_bound(Shape shape, double scale)
{
    double rest = 1.0;
    for (int i = 2; i < shape.rank; i++)
        rest *= shape.dims[i];
    const double out = shape.rank > 0 ? shape.dims[0] : 1;
    const double in = shape.rank > 1 ? shape.dims[1] : 1;
    return (scale > 0.0 ? scale : 1.0) * sqrt(6.0 / ((in + out) * rest));
}

static double dot_strided(const real *a, const real *b, int count, int stride)
{
    double sum = 0.0;
    for (int i = 0; i < count; i++)
        sum += (double)a[i * stride] * (double)b[i * stride];
    return sum;
}

/* Gram-Schmidt, twice for accuracy, over vectors of `length` elements that lie `stride` apart */
static void orthonormalize(real *values, int vectors, int vector_step, int length, int stride)
{
    for (int v = 0; v < vectors; v++) {
        real *x = values + v * vector_step;
        for (int pass = 0; pass < 2; pass++)
            for (int u = 0; u < v; u++) {
                const real *y = values + u * vector_step;
                const double along = dot_strided(x, y, length, stride);
                for (int i = 0; i < length; i++)
                    x[i * stride] = (real)((double)x[i * stride] - along * (double)y[i * stride]);
            }
        const double norm = sqrt(dot_strided(x, x, length, stride));
        for (int i = 0; i < length; i++)
            x[i * stride] = (real)((double)x[i * stride] / norm);
    }
}

static void fill_normal(real *values, size_t count, double scale, Rng *rng)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (real)(scale * rng_normal(rng));
}

static void fill_truncated_normal(real *values, size_t count, double scale, Rng *rng)
{
    for (size_t i = 0; i < count; i++) {
        double draw = rng_normal(rng);
        while (fabs(draw) > 2.0)
            draw = rng_normal(rng);
        values[i] = (real)(scale * draw);
    }
}

static void fill_uniform(real *values, size_t count, double bound, Rng *rng)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (real)rng_range(rng, -bound, bound);
}

static void fill_orthogonal(real *values, Shape shape, double scale, Rng *rng)
{
    const int rows = shape.rank > 0 ? shape.dims[0] : 1;
    const int columns = (int)(shape_count(shape) / (size_t)rows);
    fill_normal(values, shape_count(shape), 1.0, rng);
    if (rows < columns)
        orthonormalize(values, rows, columns, columns, 1);
    else
        orthonormalize(values, columns, 1, rows, columns);
    if (scale > 0.0)
        for (size_t i = 0; i < shape_count(shape); i++)
            values[i] = (real)(scale * (double)values[i]);
}

static void initialize_one(real *values, const Param *param, uint64_t seed)
{
    Rng rng = rng_stream(seed, param->name, 0);
    const size_t count = shape_count(param->shape);
    const double scale = param->init.scale;
    switch (param->init.kind) {
    case INIT_ZERO:
        memset(values, 0, count * sizeof *values);
        break;
    case INIT_ONE:
        for (size_t i = 0; i < count; i++)
            values[i] = 1;
        break;
    case INIT_UNIFORM:
        fill_uniform(values, count, scale, &rng);
        break;
    case INIT_NORMAL:
        fill_normal(values, count, scale, &rng);
        break;
    case INIT_TRUNCATED_NORMAL:
        fill_truncated_normal(values, count, scale, &rng);
        break;
    case INIT_XAVIER:
        fill_uniform(values, count, xavier_bound(param->shape, scale), &rng);
        break;
    case INIT_ORTHOGONAL:
        fill_orthogonal(values, param->shape, scale, &rng);
        break;
    }
}

void params_initialize(ParamStore *store, uint64_t seed)
{
    for (int i = 0; i < store->count; i++)
        initialize_one(params_value(store, i), &store->params[i], seed);
}
