/* Life cycle of the Fetch tasks: construction, resets, what follows a step, rewards. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "envs/fetch/fetch.h"
#include "envs/reward.h"

enum { SETTLE_STEPS = 200 };

const FetchTask *fetch_task(const TaskContext *context)
{
    return context->task->parameters;
}

FetchState *fetch_state(const TaskContext *context)
{
    return context->memory;
}

int fetch_things(const FetchTask *task)
{
    return task->stock ? task->kind != FETCH_REACH : task->distractors + 1;
}

/* ---- model ---- */

static Status load_generated(Sim **out, const TaskDef *task, const char *assets, Error *error)
{
    char *text = NULL;
    Status status = fetch_model_text(&text, task->parameters, assets, error);
    if (!status) status = sim_create_text(out, task->name, text, error);
    memory_free(text);
    return status;
}

static Status load_file(Sim **out, const TaskDef *task, const char *assets, Error *error)
{
    char *path = NULL;
    Status status = path_join(&path, assets, task->model, error);
    if (!status) status = sim_create(out, path, error);
    memory_free(path);
    return status;
}

static Status fetch_load(Sim **out, const TaskDef *task, const char *assets, Error *error)
{
    static const SimPackage package = { "gymnasium-robotics/envs", "PLAYSLOT_FETCH_ASSETS",
                                        "fetch" };
    const FetchTask *kind = task->parameters;
    char *folder = NULL;
    Status status = sim_package_find(&folder, assets, &package, error);
    if (!status)
        status = kind->stock ? load_file(out, task, folder, error)
                             : load_generated(out, task, folder, error);
    memory_free(folder);
    return status;
}

/* ---- construction ---- */

static void fetch_release(TaskContext *context)
{
    FetchState *state = context->memory;
    if (!state) return;
    memory_free(state->motion);
    memory_free(state->site_pos);
    memory_free(state->qpos);
    memory_free(state->qvel);
    memory_free(state);
    context->memory = NULL;
}

static Status make_memory(TaskContext *context, Error *error)
{
    FetchState *state = NULL;
    const SimView *view = context->view;
    if (context->memory) return OK; /* of a simulator that is replaced */
    Status status = memory_new(&state, error);
    if (status) return status;
    context->memory = state;
    status = memory_new_array(&state->motion, (size_t)sim_motion_size(context->sim), error);
    if (!status) status = memory_new_array(&state->site_pos, 3 * (size_t)view->nsite, error);
    if (!status) status = memory_new_array(&state->qpos, (size_t)view->nq, error);
    if (!status) status = memory_new_array(&state->qvel, (size_t)view->nv, error);
    return status;
}

static Status bind_block(TaskContext *context, int i, const char *name, Error *error)
{
    FetchState *state = fetch_state(context);
    char joint_name[32];
    int joint = 0;
    snprintf(joint_name, sizeof joint_name, "%s:joint", name);
    Status status = sim_find(&state->block[i], context->sim, SIM_GEOM, name, error);
    if (!status) status = sim_find(&joint, context->sim, SIM_JOINT, joint_name, error);
    if (!status) state->joint[i] = sim_joint_qpos(context->sim, joint);
    return status;
}

static Status bind_thing(TaskContext *context, int i, Error *error)
{
    const bool reach = fetch_task(context)->kind == FETCH_REACH;
    char name[24] = "target0";
    if (!reach) snprintf(name, sizeof name, "object%d", i);
    if (reach && i > 0) snprintf(name, sizeof name, "distractor%d", i - 1);
    int *site = &fetch_state(context)->object[i];
    const Status status = sim_find(site, context->sim, SIM_SITE, name, error);
    return status || reach ? status : bind_block(context, i, name, error);
}

static Status bind_all(TaskContext *context, Error *error)
{
    Status status = robot_fetch.bind(context, error);
    for (int i = 0; i < fetch_things(fetch_task(context)) && !status; i++)
        status = bind_thing(context, i, error);
    return status;
}

static Status set_slides(TaskContext *context, Error *error)
{
    static const char *const names[] = { "robot0:slide0", "robot0:slide1", "robot0:slide2" };
    const double start[] = { fetch_task(context)->slide0, 0.48, 0 };
    for (int i = 0; i < 3; i++) {
        int joint = 0;
        const Status status = sim_find(&joint, context->sim, SIM_JOINT, names[i], error);
        if (status) return status;
        context->view->qpos[sim_joint_qpos(context->sim, joint)] = start[i];
    }
    return OK;
}

/* a tower of blocks that overlap: the engine pushes them apart */
static void stack_blocks(TaskContext *context)
{
    const FetchTask *task = fetch_task(context);
    if (task->kind == FETCH_REACH) return;
    for (int i = 0; i < fetch_things(task); i++) {
        const double *start = task->object_start;
        const double pose[7] = { start[0], start[1], start[2] + 0.06 * i, 1, 0, 0, 0 };
        memcpy(context->view->qpos + fetch_state(context)->joint[i], pose, sizeof pose);
    }
}

static void place_mocap(TaskContext *context)
{
    static const double down[4] = { 1, 0, 1, 0 };
    const double offset[3] = { -0.498, 0.005, -0.431 + fetch_task(context)->extra_height };
    double grip[3];
    robot_fetch.tcp(context, grip);
    for (int k = 0; k < 3; k++)
        context->view->mocap_pos[k] = grip[k] + offset[k];
    memcpy(context->view->mocap_quat, down, sizeof down);
}

/* two forward passes, as upstream's helpers make them: each leaves its trace in the warm start */
static Status settle(TaskContext *context, Error *error)
{
    Status status = set_slides(context, error);
    if (status) return status;
    stack_blocks(context);
    sim_weld_align(context->sim);
    status = sim_forward(context->sim, error);
    if (!status) status = sim_forward(context->sim, error);
    if (status) return status;
    place_mocap(context);
    return sim_step(context->sim, SETTLE_STEPS, error);
}

/* heights are those of the last simulator step's start */
static Status remember(TaskContext *context, Error *error)
{
    FetchState *state = fetch_state(context);
    const SimView *view = context->view;
    int table = 0;
    const Status status = sim_find(&table, context->sim, SIM_BODY, "table0", error);
    if (status) return status;
    sim_motion_get(context->sim, state->motion);
    memcpy(state->site_pos, view->site_pos, 3 * (size_t)view->nsite * sizeof *state->site_pos);
    memcpy(state->qpos, view->qpos, (size_t)view->nq * sizeof *state->qpos);
    memcpy(state->qvel, view->qvel, (size_t)view->nv * sizeof *state->qvel);
    state->time = *view->time;
    robot_fetch.tcp(context, state->grip_start);
    state->height = fetch_task(context)->kind == FETCH_REACH
                        ? view->xpos[3 * (size_t)table + 2]
                        : view->site_xpos[3 * (size_t)state->object[0] + 2];
    return OK;
}

/* four geoms mark the mocap body; upstream does not show them */
static Status hide_mocap(TaskContext *context, Error *error)
{
    int body = 0;
    const Status status = sim_find(&body, context->sim, SIM_BODY, "robot0:mocap", error);
    for (int i = 0; i < context->view->ngeom && !status; i++)
        if (sim_geom_body(context->sim, i) == body) context->view->geom_rgba[4 * (size_t)i + 3] = 0;
    return status;
}

static Status fetch_begin(TaskContext *context, Error *error)
{
    Status status = make_memory(context, error);
    if (!status) status = bind_all(context, error);
    if (!status && !fetch_task(context)->stock) status = hide_mocap(context, error);
    if (!status) status = settle(context, error);
    return status ? status : remember(context, error);
}

/* ---- reset ---- */

/* nothing of earlier episodes stays */
static Status fetch_seed(TaskContext *context, uint64_t seed, Error *error)
{
    FetchState *state = fetch_state(context);
    uint32_t words[2];
    const int count = fetch_seed_words(seed, words);
    mt19937_seed_words(&state->legacy, words, count);
    pcg64_seed(&state->pcg, seed);
    sim_motion_set(context->sim, state->motion);
    memcpy(context->view->site_pos, state->site_pos,
           3 * (size_t)context->view->nsite * sizeof *state->site_pos);
    return sim_kinematics(context->sim, error);
}

static void restore_start(TaskContext *context)
{
    const FetchState *state = fetch_state(context);
    *context->view->time = state->time;
    memcpy(context->view->qpos, state->qpos, (size_t)context->view->nq * sizeof *state->qpos);
    memcpy(context->view->qvel, state->qvel, (size_t)context->view->nv * sizeof *state->qvel);
}

static Status reset_blocks(TaskContext *context, Error *error)
{
    restore_start(context);
    fetch_draw_colors(context);
    fetch_paint(context);
    const Status status = fetch_place_blocks(context, error);
    if (!status) fetch_draw_goal(context);
    return status;
}

static Status reset_spheres(TaskContext *context, Error *error)
{
    fetch_draw_goal(context);
    restore_start(context);
    fetch_draw_colors(context);
    fetch_paint(context);
    fetch_place_spheres(context);
    return sim_forward(context->sim, error);
}

static Status reset_stock(TaskContext *context, Error *error)
{
    sim_reset(context->sim);
    restore_start(context);
    fetch_draw_stock_object(context);
    const Status status = sim_forward(context->sim, error);
    if (!status) fetch_draw_goal(context);
    return status;
}

static Status fetch_reset(TaskContext *context, Error *error)
{
    const FetchTask *task = fetch_task(context);
    Status status = task->stock                 ? reset_stock(context, error)
                    : task->kind == FETCH_REACH ? reset_spheres(context, error)
                                                : reset_blocks(context, error);
    if (status) return status;
    memcpy(context->object_start, fetch_achieved(context), sizeof context->object_start);
    robot_fetch.tcp(context, context->tcp_start);
    return OK;
}

/* ---- step ---- */

static Status fetch_finish(TaskContext *context, Error *error)
{
    const FetchState *state = fetch_state(context);
    if (fetch_task(context)->kind == FETCH_PICK)
        return OK; /* positions lag by one simulator step */
    context->view->qpos[state->right_finger] = 0;
    context->view->qpos[state->left_finger] = 0;
    return sim_forward(context->sim, error);
}

static Status fetch_refresh(TaskContext *context, Error *error)
{
    if (fetch_task(context)->stock) return OK;
    fetch_place_site(context, fetch_state(context)->target, context->target);
    return sim_forward(context->sim, error);
}

static Status fetch_restore(TaskContext *context, Error *error)
{
    if (fetch_task(context)->stock) return OK;
    for (int i = 0; i < fetch_things(fetch_task(context)); i++) {
        const double color = context->value[i];
        if (!(color >= 0 && color < FETCH_PALETTE && color == floor(color)))
            return error_set(error, ERR_FORMAT, "env state: colour %g is outside 0..%d", color,
                             FETCH_PALETTE - 1);
    }
    fetch_paint(context);
    return OK;
}

static double fetch_reward(const TaskContext *context, double to_target, bool close)
{
    const FetchTask *task = fetch_task(context);
    const FetchState *state = fetch_state(context);
    if (!task->dense) return close ? -0.0 : -1.0;
    if (task->stock) return -to_target;
    if (task->kind == FETCH_REACH) return exp(-20 * to_target);
    const double *sites = context->view->site_xpos;
    const double to_grip =
        distance3(sites + 3 * (size_t)state->object[0], sites + 3 * (size_t)state->grip);
    return 0.9 * exp(-20 * to_target) + 0.1 * exp(-10 * to_grip);
}

/* multi-object tasks measure to the target's sphere, which moves in fetch_refresh */
static void fetch_evaluate(TaskContext *context, Outcome *out)
{
    const FetchTask *task = fetch_task(context);
    const double *sphere = context->view->site_xpos + 3 * (size_t)fetch_state(context)->target;
    const double *achieved = fetch_achieved(context);
    const double to_goal = distance3(achieved, context->target);
    const double to_target = task->stock ? to_goal : distance3(achieved, sphere);
    const bool close = task->stock ? !(to_target > 0.05) : to_target < 0.05;
    out->reward = fetch_reward(context, to_target, close);
    out->info.success = task->stock ? to_goal < task->threshold : close;
    out->info.near_object = to_goal < task->threshold;
    out->info.obj_to_target = to_target;
}

/* ---- pictures ---- */

/* object0 is the target, object1 and on are distractors */
static uint8_t class_of_block(const char *name)
{
    const int number = name[6] - '0';
    return (uint8_t)(number > 0 && number < 10 ? LABEL_DISTRACTOR - 1 + number : LABEL_OBJECT);
}

/* bodies by the words that upstream's segmentation looks for; blocks; the body that carries the goal */
static void fetch_classify(const TaskContext *context, uint8_t *body_class)
{
    static const char *const arm[] = { "forearm", "wrist", "elbow", "upperarm", "gripper" };
    for (int body = 0; body < context->view->nbody; body++) {
        const char *name = sim_name(context->sim, SIM_BODY, body);
        if (!name) continue;
        for (size_t i = 0; i < sizeof arm / sizeof *arm; i++)
            if (strstr(name, arm[i])) body_class[body] = LABEL_ROBOT;
        if (strncmp(name, "object", 6) == 0) body_class[body] = class_of_block(name);
        if (strcmp(name, "floor0") == 0) body_class[body] = LABEL_GOAL;
    }
}

static Status fetch_camera(Camera *out, const TaskContext *context, Error *error)
{
    if (!fetch_task(context)->stock) return camera_find(out, context->sim, "frontview", error);
    *out = (Camera){ .fixed = -1,
                     .distance = 2.5,
                     .azimuth_deg = 132,
                     .elevation_deg = -14,
                     .lookat = { 1.3, 0.75, 0.55 } };
    return OK;
}

const EnvHooks fetch_hooks = {
    .load = fetch_load,
    .begin = fetch_begin,
    .release = fetch_release,
    .seed = fetch_seed,
    .reset = fetch_reset,
    .finish = fetch_finish,
    .refresh = fetch_refresh,
    .restore = fetch_restore,
    .observe = fetch_observe,
    .evaluate = fetch_evaluate,
    .classify = fetch_classify,
    .camera = fetch_camera,
};
