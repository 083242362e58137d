/**
 * Optimiser: Adam, clipping by the total norm, learning rate with warm-up and cosine (spec models, section 12).
 *
 * Order inside a training step: schedule_begin_step, forward and backward, gradient_clip, optimizer_step.
 */
#ifndef PLAYSLOT_TRAINING_OPTIMIZER_H
#define PLAYSLOT_TRAINING_OPTIMIZER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/threads.h"
#include "graph/params.h"

/* ---- learning rate ---- */

typedef enum ScheduleKind {
    SCHEDULE_CONSTANT, /* "none" */
    SCHEDULE_COSINE    /* "cosine_annealing" */
} ScheduleKind;

typedef struct ScheduleOptions {
    ScheduleKind kind;
    double lr;            /* init_lr */
    double period;        /* T, scheduler_steps: half a cosine */
    bool warmup;          /* lr_warmup */
    int64_t warmup_steps; /* W */
    int warmup_epochs;    /* max_epochs: the warm-up ends with this epoch at the latest */
    bool clamp;           /* stay at 0 after T instead of rising again (20.4 no. 33); default off */
} ScheduleOptions;

/** lr 1e-4, cosine over 1e6 steps, warm-up over 4000 steps or 1000 epochs. */
ScheduleOptions schedule_default(void);

/** Plain data: copy to save, copy back to resume bit for bit. */
typedef struct Schedule {
    ScheduleOptions options;
    double rate; /* of the step that was begun last */
    bool warming;
    int64_t final_step; /* step that ended the warm-up, -1 before */
    int64_t count;      /* c: steps of the cosine */
} Schedule;

Schedule schedule_start(ScheduleOptions options);
/**
 * Rate of training step `it` (0-based over all epochs) of epoch e. Rate 0 at step 0, init_lr at step W, which
 * also holds at W + 1, where the warm-up ends; the cosine starts at W + 2. In float64 by the recursion of the
 * reference. A warm-up ended by warmup_epochs leaves init_lr (20.4 no. 35).
 */
double schedule_begin_step(Schedule *schedule, int64_t it, int epoch);

/* ---- Adam ---- */

typedef struct AdamOptions {
    double beta1, beta2, epsilon; /* 0.9, 0.999, 1e-8 */
} AdamOptions;
AdamOptions adam_default(void);

/** Moments of the parameters it was created for; the others keep no state. */
typedef struct Optimizer Optimizer;

/**
 * For `count` parameters of `store` (allocated; lent until destroyed), by ascending index. ERR_ARGUMENT for a
 * buffer or an index out of order.
 */
MUST_USE Status optimizer_create(Optimizer **out, ParamStore *store, const int *params, int count,
                                 AdamOptions options, Error *error);
void optimizer_destroy(Optimizer *optimizer);

/**
 * One update with the given rate from a gradient block of params_total elements (laid out as the values).
 * Work is cut into fixed chunks: the result does not depend on `pool`, which may be NULL. Allocates nothing.
 */
void optimizer_step(Optimizer *optimizer, double rate, const real *gradients, ThreadPool *pool);

/** L2 norm of the gradients of this optimiser's parameters, summed in double in a fixed order. */
double gradient_norm(const Optimizer *optimizer, const real *gradients, ThreadPool *pool);
/** Multiply this optimiser's gradients by min(1, max / (norm + 1e-6)); `norm` as from gradient_norm. */
void gradient_clip(const Optimizer *optimizer, real *gradients, double norm, double max,
                   ThreadPool *pool);

/* ---- its state, for checkpoints and tests ---- */

int optimizer_count(const Optimizer *optimizer);            /* parameters */
int optimizer_param(const Optimizer *optimizer, int index); /* index in the store */
real *optimizer_exp_avg(Optimizer *optimizer,
                        int index); /* first moment, shaped as the parameter */
real *optimizer_exp_avg_sq(Optimizer *optimizer, int index); /* second moment */
/** Updates so far (t of the bias corrections). */
int64_t optimizer_steps(const Optimizer *optimizer);
void optimizer_set_steps(Optimizer *optimizer, int64_t steps);

#endif
