#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "training/trainer_internal.h"

/* elements of a gradient summed as one piece of work */
#define CHUNK 16384

/* ---- creation ---- */

static Status make_replica(Replica *out, const Trainer *trainer, Error *error)
{
    const Stage *stage = trainer->stage;
    const PlanOptions training = { .loss = stage->train.losses.total };
    Status status = plan_create(&out->train, stage->train.graph, training, error);
    if (!status && trainer->validates)
        status =
            plan_create(&out->valid, stage->valid.graph, (PlanOptions){ .loss = NODE_NONE }, error);
    if (!status) status = memory_new_array(&out->gradients, params_total(stage->store), error);
    if (!status) plan_bind_gradients(out->train, out->gradients);
    return status;
}

Status replicas_create(Trainer *trainer, Error *error)
{
    const size_t total = params_total(trainer->stage->store);
    Status status = memory_new_array(&trainer->replicas, (size_t)trainer->replica_count, error);
    for (int i = 0; !status && i < trainer->replica_count; i++)
        status = make_replica(&trainer->replicas[i], trainer, error);
    if (!status) status = memory_new_array(&trainer->gradients, total, error);
    return status;
}

void replicas_destroy(Trainer *trainer)
{
    for (int i = 0; trainer->replicas && i < trainer->replica_count; i++) {
        plan_destroy(trainer->replicas[i].train);
        plan_destroy(trainer->replicas[i].valid);
        memory_free(trainer->replicas[i].gradients);
    }
    memory_free(trainer->replicas);
    memory_free(trainer->gradients);
}

/* ---- a wave: as many micro-batches as there are replicas ---- */

typedef struct Wave {
    Trainer *trainer;
    const StageBatch *batch;
    int first; /* micro-batch of replica 0 */
    int count;
} Wave;

static Plan *plan_of(const Replica *replica, Split split)
{
    return split == SPLIT_TRAIN ? replica->train : replica->valid;
}

static void run_micro(void *user, int item, int worker)
{
    (void)worker;
    const Wave *wave = user;
    const Stage *stage = wave->trainer->stage;
    const Split split = wave->batch->split;
    Plan *plan = plan_of(&wave->trainer->replicas[item], split);
    stage->def->fill(stage, plan, wave->batch, wave->first + item);
    if (split == SPLIT_TRAIN)
        plan_run(plan);
    else
        plan_run_forward(plan);
}

static void add_chunk(void *user, int item, int worker)
{
    (void)worker;
    const Wave *wave = user;
    const Trainer *trainer = wave->trainer;
    const size_t total = params_total(trainer->stage->store);
    const size_t begin = (size_t)item * CHUNK;
    const size_t count = total - begin < CHUNK ? total - begin : CHUNK;
    real *restrict sum = trainer->gradients + begin;
    for (int i = 0; i < wave->count; i++) {
        const real *restrict part = trainer->replicas[i].gradients + begin;
        if (wave->first + i == 0) {
            memcpy(sum, part, count * sizeof *sum);
            continue;
        }
        for (size_t k = 0; k < count; k++)
            sum[k] += part[k];
    }
    const int micro_count = trainer->stage->micro_count;
    if (wave->first + wave->count < micro_count || micro_count == 1) return;
    const real factor = (real)(1.0 / micro_count);
    for (size_t k = 0; k < count; k++)
        sum[k] *= factor;
}

static const LossNodes *losses_of(const Stage *stage, Split split)
{
    return split == SPLIT_TRAIN ? &stage->train.losses : &stage->valid.losses;
}

static Status bad_loss(const Trainer *trainer, Plan *plan, const char *name, double value,
                       Error *error)
{
    (void)trainer;
    Error found = { 0 };
    if (plan_check_finite(plan, &found))
        return error_set(error, ERR_NUMERIC, "loss '%s' is %g; first: %.600s", name, value,
                         found.text);
    return error_set(error, ERR_NUMERIC, "loss '%s' is %g", name, value);
}

/* add a micro-batch's losses to the batch's means */
static Status read_losses(Trainer *trainer, Plan *plan, Split split, Error *error)
{
    const LossNodes *nodes = losses_of(trainer->stage, split);
    for (int i = 0; i <= nodes->count; i++) {
        const Node node = i < nodes->count ? nodes->values[i] : nodes->total;
        const double value = (double)*plan_value(plan, node);
        if (!isfinite(value)) return bad_loss(trainer, plan, trainer->loss_names[i], value, error);
        trainer->losses[i] += value / trainer->stage->micro_count;
    }
    return OK;
}

static Status finish_wave(Wave *wave, Error *error)
{
    Trainer *trainer = wave->trainer;
    Stage *stage = trainer->stage;
    const Split split = wave->batch->split;
    for (int i = 0; i < wave->count; i++) {
        Plan *plan = plan_of(&trainer->replicas[i], split);
        const Status status = read_losses(trainer, plan, split, error);
        if (status) return status;
        if (split == SPLIT_TRAIN && stage->def->collect)
            stage->def->collect(stage, plan, wave->first + i);
        if (split != SPLIT_TRAIN && stage->def->inspect)
            stage->def->inspect(stage, plan, wave->first + i);
    }
    if (split != SPLIT_TRAIN) return OK;
    const size_t chunks = (params_total(stage->store) + CHUNK - 1) / CHUNK;
    parallel_for(trainer->pool, (int)chunks, add_chunk, wave);
    return OK;
}

Status replicas_run(Trainer *trainer, const StageBatch *batch, Error *error)
{
    Stage *stage = trainer->stage;
    memset(trainer->losses, 0, sizeof trainer->losses);
    Status status = OK;
    if (stage->def->prepare) status = stage->def->prepare(stage, batch, trainer->pool, error);
    for (int first = 0; !status && first < stage->micro_count; first += trainer->replica_count) {
        const int rest = stage->micro_count - first;
        Wave wave = { .trainer = trainer,
                      .batch = batch,
                      .first = first,
                      .count = rest < trainer->replica_count ? rest : trainer->replica_count };
        parallel_for(trainer->pool, wave.count, run_micro, &wave);
        status = finish_wave(&wave, error);
    }
    return status;
}

Status replicas_check_gradients(const Trainer *trainer, double norm, Error *error)
{
    if (isfinite(norm)) return OK;
    const ParamStore *store = trainer->stage->store;
    for (int i = 0; i < params_count(store); i++) {
        const Param *param = params_at(store, i);
        const size_t count = shape_count(param->shape);
        for (size_t k = 0; k < count; k++)
            if (!isfinite(trainer->gradients[param->offset + k]))
                return error_set(error, ERR_NUMERIC, "the gradient of '%s' is %g", param->name,
                                 (double)trainer->gradients[param->offset + k]);
    }
    return error_set(error, ERR_NUMERIC, "the norm of the gradient is %g", norm);
}
