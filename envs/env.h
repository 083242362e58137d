/**
 * Env: a robot and a task in the simulator, as Meta-World 3.1.1 has them (reward function v2).
 *
 *     env_create -> env_reset(seed) -> [ env_step(action) ] until truncated -> env_reset(next seed) ...
 *
 * Same seed and actions give the same trajectory, bit for bit on the same MuJoCo library and processor type,
 * with rendering on or off. One thread at a time; several Envs may run in several threads.
 */
#ifndef PLAYSLOT_ENVS_ENV_H
#define PLAYSLOT_ENVS_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/image.h"
#include "base/status.h"
#include "sim/render.h"
#include "sim/sim.h"

#define ENV_OBS        39 /* 18 now, 18 one control step ago, 3 target */
#define ENV_ACTION     4  /* hand velocity x y z (1 is 1 cm per control step), gripper effort */
#define ENV_VECTOR_MAX 6  /* numbers of a task's random vector at most */

typedef struct TaskDef TaskDef; /* envs/task.h */

/** Where a task comes from. */
typedef enum TaskSuite {
    SUITE_METAWORLD, /* Meta-World 3.1.1, bit for bit; also known by its name with "-v3" */
    SUITE_PLAYSLOT   /* our own; only by its own name */
} TaskSuite;

/** "metaworld", "playslot". */
const char *suite_name(TaskSuite suite);

/** How a seed becomes the random vectors of the two passes of a reset. */
typedef enum Seeding {
    /**
     * PCG64(seed), two accepted vectors per reset: the goal-observable class with seeded_rand_vec. The
     * default of collection and evaluation, one seed per episode.
     */
    SEEDING_SEEDED,
    /** One vector for ever, the second accepted one of MT19937(seed): the goal-observable class as made. */
    SEEDING_FROZEN,
    /** MT19937(seed) as process-wide state, two per reset: unseeded goal-observable class after numpy.random.seed. */
    SEEDING_GLOBAL,
    /** 50 tasks of MT1(seed) from MT19937(seed), one picked per reset by PCG64(seed): gymnasium's Meta-World/MT1. */
    SEEDING_MT1,
    /** Train tasks of ML1(seed) in order, goal hidden in the observation. */
    SEEDING_ML1_TRAIN,
    /** Test tasks of ML1(seed) (drawn with seed + 1) in order, goal hidden. */
    SEEDING_ML1_TEST
} Seeding;

/** "seeded", "frozen", "global", "mt1", "ml1-train", "ml1-test". */
const char *seeding_name(Seeding seeding);
MUST_USE Status seeding_parse(Seeding *out, const char *word, Error *error);

typedef struct EnvOptions {
    const char *task; /* "button-press"; "button-press-v3" is the same (Meta-World's tasks only) */
    const char *assets; /* folder of the models, or NULL: see sim_assets_find */
    Seeding seeding;    /* SEEDING_SEEDED */
    /**
     * Stretch what env_reset and env_reset_next draw by this factor about the middle of each range: scenes
     * more varied than upstream's, for training data. 1: upstream's own. In [1, 10].
     */
    double scene_spread;
} EnvOptions;
EnvOptions env_options_default(void);

typedef struct Env Env;

/** Number of tasks, and the task by position (table order of envs.def). */
int task_count(void);
const TaskDef *task_at(int index);
/** ERR_ARGUMENT "unknown task 'buton-press' (did you mean 'button-press'?)". Meta-World's may end in "-v3". */
MUST_USE Status task_find(const TaskDef **out, const char *name, Error *error);
const char *task_name(const TaskDef *task);
const char *task_summary(const TaskDef *task);
TaskSuite task_suite(const TaskDef *task);
/** Control steps per episode (500). */
int task_horizon(const TaskDef *task);

/** Loads and compiles the model (0.2 s). Strings of the options are lent for the call. */
MUST_USE Status env_create(Env **out, const EnvOptions *options, Error *error);
/** Another Env of the same task, options and compiled model, not yet reset: milliseconds. */
MUST_USE Status env_create_like(Env **out, const Env *other, Error *error);
/**
 * After ERR_SIM: a new simulator of the same compiled model in place of the diverged one. The Env needs a
 * reset; env_reset_next goes on with its vectors. Its Sim and what was borrowed from it are gone.
 */
MUST_USE Status env_rebuild(Env *env, Error *error);
void env_destroy(Env *env); /* NULL is fine */

const TaskDef *env_task(const Env *env);
/** The simulator, for rendering; borrowed. */
const Sim *env_sim(const Env *env);

/**
 * Start an episode: seed the vectors by the Env's seeding, draw, reset. `obs` (ENV_OBS) gets the first
 * observation (may be NULL). The result depends on seeding and seed only, not on what the Env did before.
 */
MUST_USE Status env_reset(Env *env, uint64_t seed, double *obs, Error *error);
/** The next reset of the same seed: the next vectors of the running source (ERR_ARGUMENT before env_reset). */
MUST_USE Status env_reset_next(Env *env, double *obs, Error *error);
/** Reset with given vectors for pass 1 and pass 2 (task's vector_size numbers each; upstream `rand_vec`). */
MUST_USE Status env_reset_vectors(Env *env, const double *pass1, const double *pass2, double *obs,
                                  Error *error);
/** Vectors of the last reset; index of the picked task for SEEDING_MT1 and ML1, otherwise -1. */
typedef struct ResetInfo {
    int vector_size;
    double pass1[ENV_VECTOR_MAX], pass2[ENV_VECTOR_MAX];
    int draws1, draws2; /* vectors drawn until one was accepted */
    int task_index;
} ResetInfo;
const ResetInfo *env_reset_info(const Env *env);

/** The seven scalars of upstream `info`, in its order; meanings vary by task. success is 0 or 1. */
typedef struct EnvInfo {
    double success, near_object, grasp_success, grasp_reward, in_place_reward, obj_to_target;
    double unscaled_reward;
} EnvInfo;
#define ENV_INFO 7
extern const char *const env_info_names[ENV_INFO];
/** The scalars by position. */
double env_info_at(const EnvInfo *info, int index);

typedef struct StepResult {
    double obs[ENV_OBS];
    double reward;
    EnvInfo info;
    bool success;
    bool truncated; /* true exactly at the horizon; another step is an error */
} StepResult;

/**
 * One control step (0.0125 s, five simulator steps). Positions of the action are clipped to [-1, 1] here;
 * the gripper is not (the actuator clamps). ERR_NUMERIC for an action that is not finite, ERR_ARGUMENT
 * before a reset or past the horizon, ERR_SIM on divergence (then the Env may only be destroyed or
 * rebuilt).
 * Allocates nothing.
 */
MUST_USE Status env_step(Env *env, const float action[ENV_ACTION], StepResult *out, Error *error);

/** Control steps since the reset. */
int env_steps(const Env *env);
/** Middle between the finger tips, target and object start position, world frame (3 each; borrowed, live). */
void env_tcp(const Env *env, double out[3]);
const double *env_target(const Env *env);
const double *env_object_start(const Env *env);

/**
 * Camera by name: "playslot" (free camera: distance 1.25, azimuth 145, elevation -40, look at
 * (-0.05, 0.75, 0); PlaySlot's simulator), else as camera_find.
 */
MUST_USE Status env_camera(Camera *out, const Env *env, const char *name, Error *error);

/** Classes of env_labels. */
enum { LABEL_BACKGROUND = 0, LABEL_ROBOT = 1, LABEL_OBJECT = 2 };
/** Label picture (height, width) of the renderer's size: arm and gripper 1, the task's objects 2, rest 0. */
MUST_USE Status env_labels(const Env *env, Renderer *renderer, const Camera *camera,
                           uint8_t *labels, Error *error);

/**
 * Everything a checkpoint needs, in doubles: the Sim's state (sim_state_get), then previous observation,
 * values that the task keeps, step counter. After env_state_set stepping continues bit for bit and pictures are
 * right (positions are recomputed); random vectors of later resets are not part of it.
 */
int env_state_size(const Env *env);
void env_state_get(const Env *env, double *state);
/** ERR_NUMERIC for values that are not finite, ERR_FORMAT for an impossible counter. */
MUST_USE Status env_state_set(Env *env, const double *state, Error *error);

#endif
