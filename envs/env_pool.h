/**
 * EnvPool: N environments stepped by T threads, each environment with its own model and random vectors.
 *
 *     env_pool_create -> env_pool_reset -> [ env_pool_step ] ...          one call per control step, or
 *     env_pool_reset -> [ env_pool_send -> (own work) -> env_pool_recv ]  to overlap stepping with own work
 *
 * Environment i gives bit for bit what a single Env gives for the same task, seed and actions: nothing depends
 * on N, T or which thread ran it. Resets follow the vector environments of gymnasium 1.x. One thread at a time
 * may call a pool; several pools may run side by side. Past creation nothing of ours allocates, except to
 * rebuild an environment that diverged.
 */
#ifndef PLAYSLOT_ENVS_ENV_POOL_H
#define PLAYSLOT_ENVS_ENV_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "envs/env.h"
#include "sim/render.h"

/** What follows the end of an episode (gymnasium's AutoresetMode of the same names). */
typedef enum Autoreset {
    /** The next step resets instead: its action is ignored, reward and info are 0, all flags false. */
    AUTORESET_NEXT_STEP,
    /** The same step resets too: `obs` (and the frame) begin the new episode, the end is in `final_obs`. */
    AUTORESET_SAME_STEP,
    /** Nothing: ERR_ARGUMENT for another step before env_pool_reset_some. */
    AUTORESET_DISABLED
} Autoreset;

typedef struct EnvPoolOptions {
    EnvOptions env;             /* of all environments; its task where `tasks` is NULL */
    const char *const *tasks;   /* environment i runs tasks[i % task_count]; NULL: env.task */
    int task_count;             /* at most N */
    int count;                  /* N, 1 .. 65536; 1 */
    int threads;                /* T, the caller's thread included; 0: all processors; 0 */
    Autoreset autoreset;        /* AUTORESET_NEXT_STEP */
    bool terminate_on_success;  /* success ends an episode too, not only the horizon; false */
    bool render;                /* make renderers, so that `frames` can be asked for; false */
    RenderOptions picture;      /* 64 x 64 fast */
    const char *const *cameras; /* cameras[i % camera_count] for environment i; NULL: "playslot" */
    int camera_count;           /* at most N */
} EnvPoolOptions;
EnvPoolOptions env_pool_options_default(void);

/**
 * What a step or reset delivers, environment by environment. The arrays are the caller's or the pool's own;
 * where a pointer is NULL that part is left out (without `frames` nothing is drawn).
 */
typedef struct EnvPoolArrays {
    double *obs;       /* (N, ENV_OBS) */
    double *reward;    /* (N) */
    bool *success;     /* (N) */
    bool *terminated;  /* (N) ended by success; only with terminate_on_success */
    bool *truncated;   /* (N) ended by the horizon, or diverged */
    EnvInfo *info;     /* (N), i.e. (N, ENV_INFO) doubles; belongs to `reward` */
    Status *status;    /* (N) OK, or ERR_SIM where the simulation diverged */
    double *final_obs; /* (N, ENV_OBS) written where a same-step reset follows an episode's end */
    uint8_t *frames;   /* (N, height, width, 3) rows top first, of the moment `obs` tells of */
} EnvPoolArrays;

typedef struct EnvPool EnvPool;

/**
 * Loads each task once (0.2 s) and, with `render`, makes up to T renderers per task (0.4 to 0.8 s each). An
 * environment takes about 20 MiB, a task another 60 MiB. The strings of the options are lent for the call. Errors
 * name the option or the environment.
 */
MUST_USE Status env_pool_create(EnvPool **out, const EnvPoolOptions *options, Error *error);
/** Waits for a step under way. NULL is fine. */
void env_pool_destroy(EnvPool *pool);

/** N and T. */
int env_pool_size(const EnvPool *pool);
int env_pool_threads(const EnvPool *pool);
/** Environment i, to read from (task, target, reset vectors); borrowed, not while a step is under way. */
const Env *env_pool_env(const EnvPool *pool, int i);
/** The pool's own arrays, `frames` only with `render`; borrowed, valid while the pool lives. */
const EnvPoolArrays *env_pool_arrays(const EnvPool *pool);

/**
 * Reset all: environment i gets seed + i, as gymnasium's vector environments do it. `out` NULL means the
 * pool's own arrays here and below. Errors as env_pool_reset_some.
 */
MUST_USE Status env_pool_reset(EnvPool *pool, uint64_t seed, const EnvPoolArrays *out,
                               Error *error);
/**
 * Reset the environments i with mask[i] (N; NULL: all) by seeds[i] (N), or with seeds NULL by the next vectors
 * of their own source (env_reset_next). Only entries of these environments are written. ERR_ARGUMENT for a
 * seed that the seeding cannot take (then reset again) or before the environment's first seed.
 */
MUST_USE Status env_pool_reset_some(EnvPool *pool, const bool *mask, const uint64_t *seeds,
                                    const EnvPoolArrays *out, Error *error);

/**
 * One control step of all; actions (N, ENV_ACTION) are copied, arrays of `out` must last until env_pool_recv.
 * Checked before anything moves, with the environment in the text: ERR_NUMERIC for an action that is not
 * finite, ERR_ARGUMENT for an environment that was never reset, or has ended while autoreset is disabled; the
 * pool is unchanged then.
 *
 * An environment that diverges does not stop the others: its status is ERR_SIM (text: env_pool_error), it
 * delivers truncated, reward 0 and its last good observation, is rebuilt and ends its episode as any other.
 * Other errors (memory, GL) are returned, those of the lowest environment; the others have been stepped.
 */
MUST_USE Status env_pool_step(EnvPool *pool, const float *actions, const EnvPoolArrays *out,
                              Error *error);
/**
 * The same in two halves: env_pool_send begins on the T - 1 other threads and returns, env_pool_recv helps
 * and waits. Between them the pool may not be asked for anything else (ERR_ARGUMENT). Two pools taken in
 * turns keep the processors busy while a policy decides.
 */
MUST_USE Status env_pool_send(EnvPool *pool, const float *actions, const EnvPoolArrays *out,
                              Error *error);
MUST_USE Status env_pool_recv(EnvPool *pool, Error *error);

/** What the last step or reset of environment i said ("environment 3: step 7 of ..."); status OK: nothing. */
const Error *env_pool_error(const EnvPool *pool, int i);

/** env_state_size, env_state_get and env_state_set of environment i (ERR_ARGUMENT if there is none). */
MUST_USE Status env_pool_state_size(int *out, const EnvPool *pool, int i, Error *error);
MUST_USE Status env_pool_state_get(const EnvPool *pool, int i, double *state, Error *error);
/** Later resets go on with the environment's own vectors; a state at the horizon counts as ended. */
MUST_USE Status env_pool_state_set(EnvPool *pool, int i, const double *state, Error *error);

#endif
