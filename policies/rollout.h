/**
 * Rollouts: seed -> reset -> random start -> [ render, act, step x action_repeat -> FrameSink ] until
 * success, horizon or divergence. One episode, or many in threads with results that do not depend on how
 * many. Knows no file format: whoever wants to keep something plugs in a FrameSink.
 */
#ifndef PLAYSLOT_POLICIES_ROLLOUT_H
#define PLAYSLOT_POLICIES_ROLLOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/image.h"
#include "base/status.h"
#include "envs/env.h"
#include "policies/policy.h"
#include "sim/render.h"

#define ROLLOUT_VIEWS_MAX 16

typedef struct RolloutOptions {
    EnvOptions env;
    bool render; /* draw a frame before each decision and after the last; true */
    RenderOptions picture;
    const char *camera;                         /* what policies see; "playslot" */
    const char *further[ROLLOUT_VIEWS_MAX - 1]; /* more cameras, up to the first NULL; none */
    bool labels, ids, depth; /* also draw these of every camera, see RenderLayers; false */
    int display_scale; /* also draw every moment for people, this many times as large; 0: no */
    int action_repeat; /* control steps per decision; 5 */
    int random_start;  /* random actions before the first frame, each repeated; 12 */
    int max_decisions; /* stop after this many; 50 */
    int after_success; /* go on for so many decisions after the one that succeeded; 0. -1: to the end */
    bool stop_in_repeat; /* end a repeat at the control step that succeeds; false: finish it */
    bool clip_actions;   /* clip every component to [-1, 1] before executing and recording; true */
} RolloutOptions;
/** PlaySlot's protocol. */
RolloutOptions rollout_options_default(void);
/** One decision per control step, no random start, no picture, `steps` steps whatever happens: parity checks. */
RolloutOptions rollout_options_parity(int steps);

/** What one camera shows of a moment. Layers that were not asked for are NULL. */
typedef struct RolloutView {
    const char *camera;
    const Image *frame;
    const uint8_t *labels; /* (height, width) */
    const int32_t *ids;    /* (height, width, 2) */
    const float *depth;    /* (height, width) */
} RolloutView;

/**
 * One decision, given to the sink after it was executed; and once more after the last one with action NULL
 * for the final frame. Everything is borrowed for the call.
 */
typedef struct RolloutFrame {
    int decision;             /* 0.. */
    const Image *frame;       /* before acting; NULL when not rendering */
    const uint8_t *labels;    /* (height, width) of the same moment; NULL when not drawn */
    const Image *display;     /* the same moment larger and sharp; NULL when not drawn */
    const RolloutView *views; /* every camera, the first one being that of frame and labels */
    int view_count;           /* 0 when not rendering */
    const double *obs;        /* before acting, ENV_OBS numbers of which obs_size count */
    int obs_size;             /* task_observation_size */
    const double *state;      /* before acting, env_state_size numbers */
    int state_size;
    const float *action; /* executed, ENV_ACTION; NULL in the final call */
    double reward;       /* sum over the control steps of the repeat */
    bool success;        /* at any control step of the repeat */
    const EnvInfo *info; /* of the last control step; NULL in the final call */
} RolloutFrame;

typedef struct FrameSink {
    MUST_USE Status (*push)(void *user, const RolloutFrame *frame, Error *error); /* NULL: drop */
    void *user;
} FrameSink;

typedef struct EpisodeResult {
    int episode; /* number within a run; 0 for rollout_run */
    uint64_t seed;
    int task_index;       /* of a benchmark's list, see SEEDING_MT1; -1: none */
    int decisions;        /* executed */
    int control_steps;    /* after the random start */
    int success_decision; /* first decision with success, counted from 1; 0: none */
    bool success;         /* at any control step after the random start */
    bool start_success;   /* the random start alone had solved the task */
    bool diverged;        /* the simulation blew up: a failure, listed apart */
    bool truncated;       /* the task's horizon ended it */
    double reward_sum;    /* over control steps after the random start */
} EpisodeResult;

/** Env, Renderer (one for all cameras) and buffers for one thread at a time. */
typedef struct Rollout Rollout;
/**
 * `like`, if not NULL, lends its compiled model (quick); it must be of the options' task (ERR_ARGUMENT). The
 * options are copied, strings included. ERR_ARGUMENT for counts out of range, an unknown camera or one named
 * twice, ERR_UNSUPPORTED without GL. The free camera looks where it does after each episode's reset, as
 * Meta-World's renderer does when it draws for the first time.
 */
MUST_USE Status rollout_create(Rollout **out, const RolloutOptions *options, const Env *like,
                               Error *error);
void rollout_destroy(Rollout *rollout);
const Env *rollout_env(const Rollout *rollout);

/** Where an episode starts. */
typedef struct EpisodeStart {
    uint64_t seed; /* random start and policy; the scene, env_reset(seed), when no task is named */
    uint64_t scene_seed;
    int task_index; /* the scene is env_reset_task(scene_seed, task_index); -1: not named */
} EpisodeStart;

/** Everything from one seed. */
EpisodeStart episode_start_of_seed(uint64_t seed);
/**
 * Episode `index` of a run. A benchmark's seeding: its list for run_seed in order, so that episodes 0 .. 49 are
 * upstream's 50 tasks once each (then again, with other randomness of start and policy). SEEDING_FROZEN and
 * SEEDING_GLOBAL, which take 32 bits: seed run_seed + index. Otherwise episode_seed(run_seed, index).
 */
EpisodeStart episode_start_of(Seeding seeding, uint64_t run_seed, int index);
/** Seed of episode `index` of a run: rng_stream(run_seed, "episode", index), 53 bits, so runs do not overlap. */
uint64_t episode_seed(uint64_t run_seed, int index);

/**
 * One episode. The start fixes the scene, the random start and the policy's randomness. Divergence is not an
 * error: the result says so (the Env is rebuilt). Errors of policy or sink end the episode and come back.
 * Past the first frame nothing allocates.
 */
MUST_USE Status rollout_run_from(EpisodeResult *out, Rollout *rollout, Policy *policy,
                                 const EpisodeStart *start, const FrameSink *sink, Error *error);
/** The same from episode_start_of_seed(seed). */
MUST_USE Status rollout_run(EpisodeResult *out, Rollout *rollout, Policy *policy, uint64_t seed,
                            const FrameSink *sink, Error *error);

/** What a run of many episodes needs from its caller. Called from worker threads. */
typedef struct RolloutHooks {
    void *user;
    /** A policy for one worker; destroyed at the end of the run. */
    MUST_USE Status (*make_policy)(void *user, int worker, Policy **out, Error *error);
    /** Before an episode: where its frames go (sink is zeroed). NULL: nowhere. */
    MUST_USE Status (*begin)(void *user, int worker, int episode, uint64_t seed, FrameSink *sink,
                             Error *error);
    /** After an episode, also a diverged one. NULL: nothing. Order over episodes is any. */
    MUST_USE Status (*end)(void *user, int worker, const EpisodeResult *result, Error *error);
    /** After `begin`, when the episode failed with an error and `end` will not come. NULL: nothing. */
    void (*abandon)(void *user, int worker, int episode);
    /** Polled before each episode; true ends the run after the running ones: ERR_INTERRUPTED. NULL: never. */
    bool (*stop)(void *user);
} RolloutHooks;

/**
 * Episodes first .. first + count - 1 of `run_seed` (episode_start_of) on `threads` workers (0: all
 * processors). `results` (count, by episode number) may be NULL. Results and what sinks see do not depend on
 * `threads`. The first error (by time) ends the run.
 */
MUST_USE Status rollout_many(EpisodeResult *results, int first, int count, uint64_t run_seed,
                             int threads, const RolloutOptions *options, const RolloutHooks *hooks,
                             Error *error);

#endif
