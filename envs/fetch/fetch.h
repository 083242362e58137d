/**
 * The Fetch robot's tasks: multi-object-fetch (PlaySlot's BlockPush) and gymnasium-robotics 1.4.2 (v4). One life
 * cycle, fetch_hooks, and a table of numbers per task; envs/fetch/fetch_tasks.c builds the tasks by rule.
 * Upstream's environments themselves go on past their time limit; here the step after it is an error, as in all tasks.
 * Positions in metres, world frame.
 */
#ifndef PLAYSLOT_ENVS_FETCH_FETCH_H
#define PLAYSLOT_ENVS_FETCH_FETCH_H

#include <stdbool.h>

#include "base/numpy_rng.h"
#include "envs/task.h"

#define FETCH_BLOCKS  5  /* target and four distractors at most */
#define FETCH_PALETTE 16 /* colours to draw from */

typedef enum FetchKind { FETCH_REACH, FETCH_PUSH, FETCH_PICK } FetchKind;

/** How colours mark the target: red; the reddest; the only one of its colour among equal ones or two groups. */
typedef enum FetchColors { FETCH_RED, FETCH_REDDEST, FETCH_ODD, FETCH_ODD_GROUPS } FetchColors;

/** TaskDef.parameters of a Fetch task. */
typedef struct FetchTask {
    FetchKind kind; /* PUSH: one with fingers blocked, also Slide */
    bool stock;     /* gymnasium-robotics, with its model file; else multi-object-fetch */
    bool dense;
    FetchColors colors; /* multi-object */
    int distractors;    /* multi-object */
    double slide0;      /* start of the robot's first joint */
    double object_start[3];
    double extra_height; /* of the gripper's start */
    double object_range, goal_range,
        goal_shift;   /* half ranges around the gripper's start; along x */
    double air;       /* goal above the table by up to; 0: never */
    double threshold; /* of near_object, upstream's is_success */
} FetchTask;

/** What an Env keeps of a Fetch task. */
typedef struct FetchState {
    Mt19937 legacy; /* multi-object */
    Pcg64 pcg;      /* stock */
    double *motion; /* of the simulator when it was built; sim_motion_size */
    double *site_pos;
    double *qpos, *qvel, time; /* what every reset starts from */
    double grip_start[3];
    double height;                    /* of objects on the table; of the table's body for Reach */
    double position[FETCH_BLOCKS][3]; /* blocks, target first; Reach: distractors from 1 on */
    int grip, target;                 /* sites */
    int object[FETCH_BLOCKS];         /* sites: blocks, or the distractors of Reach from 1 on */
    int block[FETCH_BLOCKS];          /* geoms */
    int joint[FETCH_BLOCKS];          /* first qpos index */
    int gripper_link;                 /* body */
    int right_finger, left_finger;    /* qpos index */
    int right_speed, left_speed;      /* qvel index */
} FetchState;

const FetchTask *fetch_task(const TaskContext *context);
FetchState *fetch_state(const TaskContext *context);
/** Blocks or spheres of other colours than the goal: how many things have a colour. */
int fetch_things(const FetchTask *task);

/** MJCF text of a multi-object task (memory_free). `assets` holds fetch/ and stls/. ERR_IO, ERR_FORMAT. */
MUST_USE Status fetch_model_text(char **out, const FetchTask *task, const char *assets,
                                 Error *error);

/** SHA-512 of the decimal seed, two words to MT19937's init_by_array (gym 0.17); returns how many words. */
int fetch_seed_words(uint64_t seed, uint32_t words[2]);

/** 0-255 values of the palette, and its indices from the reddest on (CIEDE2000). */
extern const uint8_t fetch_palette[FETCH_PALETTE][3];
extern const int fetch_reddest[FETCH_PALETTE];
/** A full permutation of the palette. */
void fetch_permute(Mt19937 *rng, int out[FETCH_PALETTE]);
/** A palette index other than red. */
int fetch_not_red(Mt19937 *rng);

/** Draw palette indices (context->value, target first) and paint them. */
void fetch_draw_colors(TaskContext *context);
void fetch_paint(TaskContext *context);
/** Draw and place blocks or spheres. ERR_SIM when 100 layouts in a row find no place. */
MUST_USE Status fetch_place_blocks(TaskContext *context, Error *error);
void fetch_place_spheres(TaskContext *context);
/** The object of a stock task: at least 0.1 m beside the gripper. Nothing for Reach. */
void fetch_draw_stock_object(TaskContext *context);
/** Move a site of a body that rests to a place in the world, going by the positions last computed. */
void fetch_place_site(TaskContext *context, int site, const double place[3]);
/** Draw the goal into context->target. */
void fetch_draw_goal(TaskContext *context);

/** State vector of 25 (10) numbers, achieved goal, desired goal. */
void fetch_observe(const TaskContext *context, double *obs);
/** Position of object 0, or of the gripper (Reach); borrowed. */
const double *fetch_achieved(const TaskContext *context);

extern const EnvHooks fetch_hooks;
extern const RobotDef robot_fetch;

/** The tasks by position: 84 multi-object ones, then eight of gymnasium-robotics. NULL beyond. */
const TaskDef *fetch_task_at(int index);
int fetch_task_count(void);

#endif
