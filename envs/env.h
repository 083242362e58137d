/**
 * Env: a robot and a task in the simulator, as Meta-World 3.1.1 has them.
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

#define ENV_OBS        39 /* at most; Meta-World: 18 now, 18 one control step ago, 3 target */
#define ENV_ACTION     4  /* hand velocity x y z (1 is 1 cm per control step), gripper effort */
#define ENV_VECTOR_MAX 6  /* numbers of a task's random vector at most */

typedef struct TaskDef TaskDef; /* envs/task.h */

/** Where a task comes from. */
typedef enum TaskSuite {
    SUITE_METAWORLD, /* Meta-World 3.1.1, bit for bit; also known by its name with "-v3" */
    SUITE_PLAYSLOT,  /* our own; only by its own name */
    SUITE_FETCH /* multi-object-fetch and gymnasium-robotics' Fetch tasks, by their registered names */
} TaskSuite;

/** "metaworld", "playslot", "fetch". */
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
    /**
     * Benchmarks: SEEDING_TASKS random vectors per task from MT19937(seed), chosen from by TaskOrder; MT shows the
     * goal in the observation, ML hides it. MT1 and ML1 know one task, any. The others, SEEDING_MT10, MT25, MT50,
     * ML10_TRAIN, ML10_TEST, ML25_TRAIN, ..., ML45_TEST, run one stream through all tasks of the split
     * (task_set.h); train and test split are drawn with the same seed.
     */
    SEEDING_MT1,
    SEEDING_ML1_TRAIN, /* the same vectors as MT1 */
    SEEDING_ML1_TEST,  /* drawn with seed + 1 */
#define TASK_SET(id, ...) SEEDING_##id,
#include "envs/task_set.def"
#undef TASK_SET
    SEEDING_COUNT /* no seeding */
} Seeding;

/* vectors of a task in a benchmark; upstream calls each of them a task, too */
#define SEEDING_TASKS 50

/** "seeded", "frozen", "global", "mt1", "ml1-train", "ml1-test", "mt10", ...; by Seeding, NULL at the end. */
extern const char *const seeding_names[SEEDING_COUNT + 1];
const char *seeding_name(Seeding seeding);
/** ERR_ARGUMENT offers the nearest word and lists all. */
MUST_USE Status seeding_parse(Seeding *out, const char *word, Error *error);
/** MT1, ML1 and the task sets: a seed stands for SEEDING_TASKS vectors. */
bool seeding_is_benchmark(Seeding seeding);

/** Which of a benchmark's vectors a reset takes. */
typedef enum TaskOrder {
    /** MT: random, as gymnasium.make("Meta-World/MT1") and make_vec("Meta-World/MT10"); ML: listed. */
    TASK_ORDER_USUAL,
    TASK_ORDER_LISTED, /* one after the other, as train_tasks or test_tasks has them */
    TASK_ORDER_RANDOM, /* PCG64(seed) picks one per reset: upstream's RandomTaskSelectWrapper */
    /** Each round in an order shuffled by PCG64(seed): PseudoRandomTaskSelectWrapper, gymnasium's ML10-train etc. */
    TASK_ORDER_PSEUDORANDOM
} TaskOrder;

/**
 * Which part of a benchmark's vectors an Env goes through. make_vec of the ML benchmarks deals the first
 * `limit` (total_tasks_per_cls) out to `parts` environments of a task: part 0 has 0, parts, 2 parts, ...
 */
typedef struct TaskShare {
    int part, parts; /* 0 of 1; parts divides limit */
    int limit;       /* SEEDING_TASKS */
} TaskShare;

/** Whether observations end in the target or in zeros; what scripted experts aim at. */
typedef enum GoalView {
    GOAL_USUAL,   /* hidden with the seedings of ML benchmarks, else visible */
    GOAL_VISIBLE, /* as upstream's goal-observable classes */
    GOAL_HIDDEN   /* as upstream's goal-hidden classes */
} GoalView;

/** "usual", "visible", "hidden"; by GoalView, NULL at the end. */
extern const char *const goal_view_names[];
MUST_USE Status goal_view_parse(GoalView *out, const char *word, Error *error);

/**
 * Which of upstream's two reward functions a step is worth by; success and the other numbers of info depend on it
 * too. v2: 0 to 10. v1, the older one: minus the distance of the hand, plus up to some thousands on the way.
 */
typedef enum RewardVersion { REWARD_V2, REWARD_V1 } RewardVersion;
/** "v2" and "v1" by value, then NULL. */
extern const char *const reward_version_names[];
/** ERR_ARGUMENT for another word. */
MUST_USE Status reward_version_parse(RewardVersion *out, const char *word, Error *error);

typedef struct EnvOptions {
    const char *task;   /* "button-press", "ButtonPress" or, Meta-World's only, "button-press-v3" */
    const char *assets; /* folder of the models, or NULL: see sim_assets_find */
    Seeding seeding;    /* SEEDING_SEEDED; ERR_ARGUMENT for a set that the task is not in */
    GoalView goal;      /* GOAL_USUAL */
    TaskOrder order;    /* TASK_ORDER_USUAL; benchmarks only */
    TaskShare share;    /* all; benchmarks only. ERR_ARGUMENT unless the parts are equal */
    /**
     * Stretch what env_reset and env_reset_next draw by this factor about the middle of each range: scenes
     * more varied than upstream's, for training data. 1: upstream's own. In [1, 10].
     */
    double scene_spread;
    RewardVersion reward_version; /* REWARD_V2; ERR_UNSUPPORTED for v1 of a task that has none */
} EnvOptions;
EnvOptions env_options_default(void);

typedef struct Env Env;

/** Number of tasks, and the task by position (table order of envs.def). */
int task_count(void);
const TaskDef *task_at(int index);
/**
 * By name: "button-press", "ButtonPress", or for Meta-World's tasks "button-press-v3". ERR_ARGUMENT "unknown task
 * 'buton-press' (did you mean 'button-press'?)".
 */
MUST_USE Status task_find(const TaskDef **out, const char *name, Error *error);
const char *task_name(const TaskDef *task);
const char *task_summary(const TaskDef *task);
TaskSuite task_suite(const TaskDef *task);
/** Control steps per episode (Meta-World: 500). */
int task_horizon(const TaskDef *task);
/**
 * Numbers of an observation, at most ENV_OBS; zeros follow. Fetch: 25 (Reach 10) of the state in upstream's order,
 * then achieved goal (3) and desired goal (3).
 */
int task_observation_size(const TaskDef *task);

/** How PlaySlot shrinks this task's pictures (RenderOptions.filter): Fetch bicubic, the others bilinear. */
RenderFilter task_render_filter(const TaskDef *task);

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
RewardVersion env_reward_version(const Env *env);
/** Simulated seconds of one control step: 0.0125 in Meta-World, 0.04 in Fetch. */
double env_control_period(const Env *env);
/** The simulator, for rendering; borrowed. */
const Sim *env_sim(const Env *env);

/**
 * Start an episode: seed the vectors by the Env's seeding, draw, reset. `obs` (ENV_OBS) gets the first
 * observation (may be NULL). The result depends on seeding and seed only, not on what the Env did before.
 */
MUST_USE Status env_reset(Env *env, uint64_t seed, double *obs, Error *error);
/** The next reset of the same seed: the next vectors of the running source (ERR_ARGUMENT before env_reset). */
MUST_USE Status env_reset_next(Env *env, double *obs, Error *error);
/**
 * Reset to vector `index` (0 .. SEEDING_TASKS - 1) of a benchmark's list for `seed`, whatever the order and share;
 * env_reset_next goes on as after env_reset(seed). ERR_ARGUMENT for another seeding.
 */
MUST_USE Status env_reset_task(Env *env, uint64_t seed, int index, double *obs, Error *error);
/** Reset with given vectors for pass 1 and pass 2 (task's vector_size numbers each; upstream `rand_vec`). */
MUST_USE Status env_reset_vectors(Env *env, const double *pass1, const double *pass2, double *obs,
                                  Error *error);
/** Vectors of the last reset; index of the picked one in a benchmark's list, otherwise -1. */
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

/**
 * As env_step, but for an action that is held over several control steps: env_refresh has to follow the last one.
 * multi-object-fetch moves the goal's sphere, to which it measures, and recomputes all positions only when a picture
 * is drawn: after a reset and after each held action. Meta-World's and gymnasium-robotics' tasks know no difference.
 */
MUST_USE Status env_step_held(Env *env, const float action[ENV_ACTION], StepResult *out,
                              Error *error);
MUST_USE Status env_refresh(Env *env, Error *error);

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
enum {
    LABEL_BACKGROUND = 0,
    LABEL_ROBOT = 1,
    LABEL_OBJECT = 2,
    LABEL_GOAL = 3,
    LABEL_DISTRACTOR = 4 /* and on */
};
/**
 * Label picture (height, width) of the renderer's size: arm and gripper 1, the task's objects 2, Fetch
 * goal spheres (and those of Reach's distractors) 3, Fetch's distractor blocks 4, 5, ..., rest 0.
 */
MUST_USE Status env_labels(const Env *env, Renderer *renderer, const Camera *camera,
                           uint8_t *labels, Error *error);
/** As renderer_layers, with the classes of env_labels in place of the layers' body_class. */
MUST_USE Status env_layers(const Env *env, Renderer *renderer, const Camera *camera,
                           const RenderLayers *layers, Error *error);

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
