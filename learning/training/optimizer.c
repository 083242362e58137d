#include "training/optimizer.h"

#include <math.h>

#include "base/memory.h"

/* elements per piece of work: fixed, so that sums do not depend on the number of threads */
#define CHUNK 16384

#ifdef PLAYSLOT_DOUBLE
#define real_sqrt sqrt
#else
#define real_sqrt sqrtf
#endif

typedef struct Chunk {
    size_t begin;  /* in the parameter block */
    size_t moment; /* in the moment blocks */
    int count;
} Chunk;

struct Optimizer {
    ParamStore *store;
    AdamOptions options;
    int *params;
    size_t *moments; /* offset of each parameter's moments */
    int count;
    real *exp_avg, *exp_avg_sq;
    Chunk *chunks;
    double *chunk_sums;
    int chunk_count;
    int64_t steps;
};

AdamOptions adam_default(void)
{
    return (AdamOptions){ .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8 };
}

/* ---- creation ---- */

static size_t param_size(const ParamStore *store, int param)
{
    return shape_count(params_at(store, param)->shape);
}

static Status check_params(const ParamStore *store, const int *params, int count, Error *error)
{
    if (count < 1) return error_set(error, ERR_ARGUMENT, "no parameter to train");
    int last = -1;
    for (int i = 0; i < count; i++) {
        if (params[i] <= last || params[i] >= params_count(store))
            return error_set(error, ERR_ARGUMENT, "parameter %d after parameter %d of %d",
                             params[i], last, params_count(store));
        last = params[i];
        if (params_at(store, last)->is_buffer)
            return error_set(error, ERR_ARGUMENT, "'%s' is a buffer", params_at(store, last)->name);
    }
    return OK;
}

static void set_chunks(Optimizer *optimizer)
{
    int next = 0;
    for (int i = 0; i < optimizer->count; i++) {
        const Param *param = params_at(optimizer->store, optimizer->params[i]);
        const size_t size = shape_count(param->shape);
        for (size_t done = 0; done < size; done += CHUNK) {
            const size_t rest = size - done;
            optimizer->chunks[next++] = (Chunk){ .begin = param->offset + done,
                                                 .moment = optimizer->moments[i] + done,
                                                 .count = (int)(rest < CHUNK ? rest : CHUNK) };
        }
    }
}

static Status alloc_state(Optimizer *optimizer, const int *params, Error *error)
{
    const size_t count = (size_t)optimizer->count;
    Status status = memory_new_array(&optimizer->params, count, error);
    if (!status) status = memory_new_array(&optimizer->moments, count, error);
    size_t total = 0;
    size_t chunks = 0;
    for (size_t i = 0; !status && i < count; i++) {
        const size_t size = param_size(optimizer->store, params[i]);
        optimizer->params[i] = params[i];
        optimizer->moments[i] = total;
        total += size;
        chunks += (size + CHUNK - 1) / CHUNK;
    }
    optimizer->chunk_count = (int)chunks;
    if (!status) status = memory_new_array(&optimizer->exp_avg, total, error);
    if (!status) status = memory_new_array(&optimizer->exp_avg_sq, total, error);
    if (!status) status = memory_new_array(&optimizer->chunks, chunks, error);
    if (!status) status = memory_new_array(&optimizer->chunk_sums, chunks, error);
    return status;
}

Status optimizer_create(Optimizer **out, ParamStore *store, const int *params, int count,
                        AdamOptions options, Error *error)
{
    *out = NULL;
    Optimizer *optimizer = NULL;
    Status status = check_params(store, params, count, error);
    if (!status) status = memory_new(&optimizer, error);
    if (status) return error_wrap(error, "optimiser");
    optimizer->store = store;
    optimizer->options = options;
    optimizer->count = count;
    status = alloc_state(optimizer, params, error);
    if (status) {
        optimizer_destroy(optimizer);
        return error_wrap(error, "optimiser");
    }
    set_chunks(optimizer);
    *out = optimizer;
    return OK;
}

void optimizer_destroy(Optimizer *optimizer)
{
    if (!optimizer) return;
    memory_free(optimizer->params);
    memory_free(optimizer->moments);
    memory_free(optimizer->exp_avg);
    memory_free(optimizer->exp_avg_sq);
    memory_free(optimizer->chunks);
    memory_free(optimizer->chunk_sums);
    memory_free(optimizer);
}

/* ---- update ---- */

typedef struct Update {
    Optimizer *optimizer;
    const real *gradients;
    real keep1, take1, keep2, take2, epsilon; /* beta and 1 - beta, rounded once */
    real step_size;                           /* rate / (1 - beta1^t) */
    real root;                                /* sqrt(1 - beta2^t) */
} Update;

static void update_range(real *restrict value, real *restrict exp_avg, real *restrict exp_avg_sq,
                         const real *restrict gradient, int count, const Update *update)
{
    const real keep1 = update->keep1, take1 = update->take1;
    const real keep2 = update->keep2, take2 = update->take2;
    const real root = update->root, epsilon = update->epsilon;
    const real step_size = update->step_size;
    for (int i = 0; i < count; i++) {
        const real g = gradient[i];
        const real m = keep1 * exp_avg[i] + take1 * g;
        const real v = keep2 * exp_avg_sq[i] + take2 * g * g;
        exp_avg[i] = m;
        exp_avg_sq[i] = v;
        value[i] -= step_size * (m / (real_sqrt(v) / root + epsilon));
    }
}

static void update_chunk(void *user, int item, int worker)
{
    (void)worker;
    const Update *update = user;
    Optimizer *optimizer = update->optimizer;
    const Chunk *chunk = &optimizer->chunks[item];
    update_range(params_values(optimizer->store) + chunk->begin, optimizer->exp_avg + chunk->moment,
                 optimizer->exp_avg_sq + chunk->moment, update->gradients + chunk->begin,
                 chunk->count, update);
}

void optimizer_step(Optimizer *optimizer, double rate, const real *gradients, ThreadPool *pool)
{
    const AdamOptions *options = &optimizer->options;
    const double t = (double)++optimizer->steps;
    Update update = { .optimizer = optimizer,
                      .gradients = gradients,
                      .keep1 = (real)options->beta1,
                      .take1 = (real)(1.0 - options->beta1),
                      .keep2 = (real)options->beta2,
                      .take2 = (real)(1.0 - options->beta2),
                      .epsilon = (real)options->epsilon,
                      .step_size = (real)(rate / (1.0 - pow(options->beta1, t))),
                      .root = (real)sqrt(1.0 - pow(options->beta2, t)) };
    parallel_for(pool, optimizer->chunk_count, update_chunk, &update);
}

/* ---- clipping ---- */

typedef struct NormWork {
    const Optimizer *optimizer;
    const real *gradients;
} NormWork;

static void norm_chunk(void *user, int item, int worker)
{
    (void)worker;
    const NormWork *work = user;
    const Chunk *chunk = &work->optimizer->chunks[item];
    const real *gradient = work->gradients + chunk->begin;
    double sum = 0.0;
    for (int i = 0; i < chunk->count; i++)
        sum += (double)gradient[i] * (double)gradient[i];
    work->optimizer->chunk_sums[item] = sum;
}

double gradient_norm(const Optimizer *optimizer, const real *gradients, ThreadPool *pool)
{
    NormWork work = { .optimizer = optimizer, .gradients = gradients };
    parallel_for(pool, optimizer->chunk_count, norm_chunk, &work);
    double sum = 0.0;
    for (int i = 0; i < optimizer->chunk_count; i++)
        sum += optimizer->chunk_sums[i];
    return sqrt(sum);
}

typedef struct ScaleWork {
    const Optimizer *optimizer;
    real *gradients;
    real factor;
} ScaleWork;

static void scale_chunk(void *user, int item, int worker)
{
    (void)worker;
    const ScaleWork *work = user;
    const Chunk *chunk = &work->optimizer->chunks[item];
    real *gradient = work->gradients + chunk->begin;
    for (int i = 0; i < chunk->count; i++)
        gradient[i] *= work->factor;
}

void gradient_clip(const Optimizer *optimizer, real *gradients, double norm, double max,
                   ThreadPool *pool)
{
    const double factor = max / (norm + 1e-6);
    ScaleWork work = { .optimizer = optimizer,
                       .gradients = gradients,
                       .factor = (real)(factor < 1.0 ? factor : 1.0) };
    parallel_for(pool, optimizer->chunk_count, scale_chunk, &work);
}

/* ---- state ---- */

int optimizer_count(const Optimizer *optimizer)
{
    return optimizer->count;
}

int optimizer_param(const Optimizer *optimizer, int index)
{
    return optimizer->params[index];
}

real *optimizer_exp_avg(Optimizer *optimizer, int index)
{
    return optimizer->exp_avg + optimizer->moments[index];
}

real *optimizer_exp_avg_sq(Optimizer *optimizer, int index)
{
    return optimizer->exp_avg_sq + optimizer->moments[index];
}

int64_t optimizer_steps(const Optimizer *optimizer)
{
    return optimizer->steps;
}

void optimizer_set_steps(Optimizer *optimizer, int64_t steps)
{
    optimizer->steps = steps;
}
