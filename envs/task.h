/**
 * What a task and a robot consist of. One task per file in tasks/, ending in one TaskDef; one line in
 * envs.def. Specification of all fields: Meta-World 3.1.1, sawyer_xyz_env.py and the task files *_v3.py.
 */
#ifndef PLAYSLOT_ENVS_TASK_H
#define PLAYSLOT_ENVS_TASK_H

#include <stdbool.h>

#include "envs/env.h"

#define TASK_ADDRESSES 16 /* model indices a task may keep */
#define TASK_VALUES    12 /* numbers a task may keep */
/** From these on, slots belong to the task's RewardV1. */
#define REWARD_V1_ADDRESS 12
#define REWARD_V1_VALUE   8

/** Indices of the robot's parts in the model, found once. */
typedef struct RobotAddresses {
    int hand, right_claw, left_claw; /* bodies */
    int right_tip, left_tip;         /* sites */
    int right_pad, left_pad;         /* bodies of the finger pads */
    int right_pad_geom, left_pad_geom;
} RobotAddresses;

/** What a name of a Binding means and what it leaves in TaskContext.address. */
typedef enum BindKind {
    BIND_BODY,
    BIND_GEOM,
    BIND_SITE,
    BIND_JOINT, /* joint by its own name: first qpos index in the slot, first qvel index in the next slot */
    BIND_BODY_JOINT /* the same for the first joint of a body, which may have no name */
} BindKind;

/** One line of TaskDef.bindings; the table ends with a NULL name. */
typedef struct Binding {
    int slot; /* of TaskContext.address */
    BindKind kind;
    const char *name;
} Binding;

/** What task code sees of an Env. Positions in metres, world frame. */
typedef struct TaskContext {
    const TaskDef *task;
    Sim *sim;
    const SimView *view;
    RobotAddresses robot;
    int address[TASK_ADDRESSES]; /* filled from TaskDef.bindings */
    double target[3];            /* fixed or moved by TaskDef.reset */
    double object_start[3];      /* upstream obj_init_pos */
    double tcp_start[3];         /* tool centre after the hand phase */
    /** Further values: fixed at reset, or a memory that evaluate keeps. Part of a checkpoint. */
    double value[TASK_VALUES];
    void *memory; /* of TaskDef.hooks; not part of a checkpoint */
} TaskContext;

/** What task code sees of this Env: for scripted policies that know more than the observation. Borrowed, live. */
const TaskContext *env_context(const Env *env);

/** What a step is worth. */
typedef struct Outcome {
    double reward;
    EnvInfo info; /* unscaled_reward is filled in by env_step */
} Outcome;

/**
 * Another life cycle than Meta-World's two passes, hand phase and stacked observation. All members are needed.
 * `context` has task, sim and view filled; what fails returns the error of the innermost function.
 */
typedef struct EnvHooks {
    /** Load the model; `assets` as EnvOptions.assets. */
    MUST_USE Status (*load)(Sim **out, const TaskDef *task, const char *assets, Error *error);
    /** Find names, settle, keep the start in context->memory. Runs again when the simulator is replaced. */
    MUST_USE Status (*begin)(TaskContext *context, Error *error);
    void (*release)(TaskContext *context); /* context->memory, which may be NULL or half-built */
    /** Start the random stream and take back what earlier episodes left. */
    MUST_USE Status (*seed)(TaskContext *context, uint64_t seed, Error *error);
    /** Next episode of the stream. */
    MUST_USE Status (*reset)(TaskContext *context, Error *error);
    /** Right after the simulator steps of a control step. */
    MUST_USE Status (*finish)(TaskContext *context, Error *error);
    /** env_refresh. */
    MUST_USE Status (*refresh)(TaskContext *context, Error *error);
    /** After env_state_set: what the model shows by context->value. ERR_FORMAT. */
    MUST_USE Status (*restore)(TaskContext *context, Error *error);
    /** TaskDef.observation numbers; the last three are the goal. */
    void (*observe)(const TaskContext *context, double *obs);
    void (*evaluate)(TaskContext *context, Outcome *out);
    void (*classify)(const TaskContext *context, uint8_t *body_class); /* zeroed, one per body */
    MUST_USE Status (*camera)(Camera *out, const TaskContext *context,
                              Error *error); /* "playslot" */
} EnvHooks;

/** Upstream's older reward function of a task; envs/rewards_v1/. */
typedef struct RewardV1 {
    /** Names beyond the task's own, in slots from REWARD_V1_ADDRESS on; or NULL. */
    const Binding *bindings;
    /** Fix context->value from REWARD_V1_VALUE on; comes after TaskDef.reset of the second pass. NULL: nothing. */
    void (*begin)(TaskContext *context);
    /** As TaskDef.evaluate. */
    void (*evaluate)(TaskContext *context, const double obs[ENV_OBS],
                     const float action[ENV_ACTION], Outcome *out);
    const void *terms; /* constants that begin and evaluate of several tasks differ by; or NULL */
} RewardV1;

typedef struct RobotDef {
    const char *name;
    const char *root_body; /* label class LABEL_ROBOT: this body and all below it */
    int frame_skip;        /* simulator steps per control step */
    double torque_scale;   /* of the mocap weld, set once after loading */
    int hand_steps;        /* simulator steps of the hand phase */
    MUST_USE Status (*bind)(TaskContext *context, Error *error);
    /** What upstream's hand phase holds while it steps: mocap at hand_start, fingers open. */
    void (*hold)(TaskContext *context, const double hand_start[3]);
    /** Mocap and ctrl from an action; float32 product, then double (section 9 of the specification). */
    void (*apply)(TaskContext *context, const TaskDef *task, const float action[ENV_ACTION]);
    void (*tcp)(const TaskContext *context, double out[3]);
    /** Hand position (3) and gripper opening (1). */
    void (*observe)(const TaskContext *context, double out[4]);
} RobotDef;

struct TaskDef {
    const char *name;    /* "button-press" */
    const char *summary; /* one line for help */
    TaskSuite suite;     /* SUITE_METAWORLD where it is left out */
    const RobotDef *robot;
    const char *model; /* path below the assets folder */
    int horizon;       /* control steps */
    int observation;   /* numbers of an observation; 0: ENV_OBS */
    /** Another life cycle; then only name, summary, suite, robot (frame_skip, apply, tcp), model, horizon count. */
    const EnvHooks *hooks;
    const void *parameters; /* the hooks' own */
    int vector_size;        /* numbers of the random vector: 3 or 6 */
    double vector_low[ENV_VECTOR_MAX], vector_high[ENV_VECTOR_MAX];
    double distance; /* redraw while the halves' horizontal distance is below; 0: no rule */
    const double
        *distance_from; /* the rule looks at the first half and this point instead; or NULL */
    double hand_start[3];
    /**
     * The hand phase moves everything alike, bit for bit, wherever pass 1 of a vector within the ranges has
     * put the bodies: resets need not step it again. Tested with many vectors; see hand_phase.h.
     */
    bool hand_apart;
    double mocap_low[3], mocap_high[3];
    double goal_low[3], goal_high[3]; /* clips the target inside observations */
    const char *const *object_bodies; /* NULL-terminated; label class LABEL_OBJECT with all below */
    /** Names looked up once into context->address. */
    const Binding *bindings;
    /** Table B: place objects and target for the vector. Runs once per pass: no memory of earlier episodes. */
    MUST_USE Status (*reset)(TaskContext *context, const double *vector, Error *error);
    /** Object slots of the observation: position, orientation, and the same of a second object (14 numbers). */
    void (*objects)(const TaskContext *context, double out[14]);
    /** Table C: reward, success and info from the clipped observation and live data. */
    void (*evaluate)(TaskContext *context, const double obs[ENV_OBS],
                     const float action[ENV_ACTION], Outcome *out);
    const RewardV1 *reward_v1; /* NULL: the task has v2 only */
};

#endif
