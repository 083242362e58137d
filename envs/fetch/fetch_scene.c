/* Random draws of the multi-object and stock tasks: colours, blocks, goals. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/sha512.h"
#include "envs/fetch/fetch.h"
#include "envs/reward.h"

#define BLOCK_HALF    0.045
#define SPHERE_RADIUS 0.04
#define SPHERE_LOW    0.44 /* spheres of Reach hang no lower */
enum { RED = 7, PROPOSALS = 100, LAYOUTS = 100 };

const uint8_t fetch_palette[FETCH_PALETTE][3] = {
    { 0, 255, 0 },   { 47, 79, 79 },    { 139, 69, 19 },  { 25, 25, 112 },
    { 0, 100, 0 },   { 189, 183, 107 }, { 72, 209, 204 }, { 255, 0, 0 },
    { 255, 165, 0 }, { 255, 255, 0 },   { 199, 21, 133 }, { 0, 0, 205 },
    { 0, 250, 154 }, { 216, 191, 216 }, { 255, 0, 255 },  { 30, 144, 255 },
};
const int fetch_reddest[FETCH_PALETTE] = { 7, 2, 10, 8, 13, 14, 5, 1, 15, 3, 11, 6, 9, 4, 12, 0 };

/* ---- numbers ---- */

int fetch_seed_words(uint64_t seed, uint32_t words[2])
{
    char text[32];
    uint8_t digest[SHA512_SIZE];
    const int length = snprintf(text, sizeof text, "%" PRIu64, seed);
    sha512_short(digest, text, (size_t)length);
    for (int i = 0; i < 2; i++) {
        const uint8_t *byte = digest + 4 * i;
        words[i] = (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
                   (uint32_t)byte[3] << 24;
    }
    return words[1] ? 2 : 1;
}

void fetch_permute(Mt19937 *rng, int out[FETCH_PALETTE])
{
    for (int i = 0; i < FETCH_PALETTE; i++)
        out[i] = i;
    for (int i = FETCH_PALETTE - 1; i > 0; i--) {
        const uint32_t other = mt19937_upto(rng, (uint32_t)i);
        const int held = out[i];
        out[i] = out[other];
        out[other] = held;
    }
}

int fetch_not_red(Mt19937 *rng)
{
    const int drawn = (int)mt19937_upto(rng, FETCH_PALETTE - 2);
    return drawn >= RED ? drawn + 1 : drawn;
}

static double uniform(TaskContext *context, double low, double high)
{
    FetchState *state = fetch_state(context);
    const double drawn =
        fetch_task(context)->stock ? pcg64_double(&state->pcg) : mt19937_double(&state->legacy);
    return low + (high - low) * drawn;
}

/* `count` numbers about the gripper's start */
static void draw_about_grip(TaskContext *context, double range, double *out, int count)
{
    for (int i = 0; i < count; i++)
        out[i] = fetch_state(context)->grip_start[i] + uniform(context, -range, range);
}

/* ---- colours ---- */

static void draw_red(Mt19937 *rng, int count, double *value)
{
    value[0] = RED;
    for (int i = 1; i < count; i++)
        value[i] = fetch_not_red(rng);
}

static int rank_of(int color)
{
    int rank = 0;
    while (fetch_reddest[rank] != color)
        rank++;
    return rank;
}

/* the reddest of the first `count` goes to the front, the others keep their order */
static void draw_reddest(const int *drawn, int count, double *value)
{
    int target = 0, used = 1;
    for (int i = 1; i < count; i++)
        if (rank_of(drawn[i]) < rank_of(drawn[target])) target = i;
    value[0] = drawn[target];
    for (int i = 0; i < count; i++)
        if (i != target) value[used++] = drawn[i];
}

void fetch_draw_colors(TaskContext *context)
{
    const FetchTask *task = fetch_task(context);
    Mt19937 *rng = &fetch_state(context)->legacy;
    const int count = fetch_things(task);
    int drawn[FETCH_PALETTE];
    if (task->colors == FETCH_RED) {
        draw_red(rng, count, context->value);
        return;
    }
    fetch_permute(rng, drawn);
    if (task->colors == FETCH_REDDEST) {
        draw_reddest(drawn, count, context->value);
        return;
    }
    const int groups = task->colors == FETCH_ODD_GROUPS ? 2 : 1;
    context->value[0] = drawn[0];
    for (int i = 1; i < count; i++)
        context->value[i] = drawn[1 + (i - 1) % groups];
}

static void paint(float *rgba, int color)
{
    for (int k = 0; k < 3; k++)
        rgba[k] = (float)((double)fetch_palette[color][k] / 255.0);
}

void fetch_paint(TaskContext *context)
{
    const FetchTask *task = fetch_task(context);
    const FetchState *state = fetch_state(context);
    for (int i = 0; i < fetch_things(task); i++) {
        const int color = (int)context->value[i];
        if (task->kind == FETCH_REACH)
            paint(context->view->site_rgba + 4 * (size_t)state->object[i], color);
        else
            paint(context->view->geom_rgba + 4 * (size_t)state->block[i], color);
    }
}

/* ---- blocks and spheres ---- */

/* a place from the first `count` things */
static bool is_apart(const FetchState *state, const double place[3], int count, double least)
{
    for (int i = 0; i < count; i++)
        if (distance3(state->position[i], place) < least) return false;
    return true;
}

static bool propose_block(TaskContext *context, int block)
{
    FetchState *state = fetch_state(context);
    const double least = 2 * sqrt(2.0) * BLOCK_HALF;
    for (int i = 0; i < PROPOSALS; i++) {
        double place[3] = { 0, 0, state->height };
        draw_about_grip(context, fetch_task(context)->object_range, place, 2);
        if (!is_apart(state, place, block, least)) continue;
        memcpy(state->position[block], place, sizeof place);
        return true;
    }
    return false;
}

/* one attempt: *placed tells how many found a place */
static Status place_layout(TaskContext *context, int *placed, Error *error)
{
    FetchState *state = fetch_state(context);
    const int count = fetch_things(fetch_task(context));
    for (*placed = 0; *placed < count && propose_block(context, *placed); ++*placed) {
        memcpy(context->view->qpos + state->joint[*placed], state->position[*placed],
               3 * sizeof *state->position[0]);
        const Status status = sim_forward(context->sim, error);
        if (status) return status;
    }
    return OK;
}

Status fetch_place_blocks(TaskContext *context, Error *error)
{
    const int count = fetch_things(fetch_task(context));
    for (int layout = 0; layout <= LAYOUTS; layout++) {
        int placed = 0;
        const Status status = place_layout(context, &placed, error);
        if (status || placed == count) return status;
    }
    return error_set(error, ERR_SIM, "no place for %d blocks in %d layouts", count, LAYOUTS);
}

static void draw_sphere(TaskContext *context, double out[3])
{
    draw_about_grip(context, fetch_task(context)->goal_range, out, 3);
    if (out[2] < SPHERE_LOW) out[2] = SPHERE_LOW;
}

/* sites hang on bodies that do not move: local = world - (world - local of now) */
void fetch_place_site(TaskContext *context, int site, const double place[3])
{
    double *local = context->view->site_pos + 3 * (size_t)site;
    const double *world = context->view->site_xpos + 3 * (size_t)site;
    for (int k = 0; k < 3; k++)
        local[k] = place[k] - (world[k] - local[k]);
}

void fetch_place_spheres(TaskContext *context)
{
    FetchState *state = fetch_state(context);
    memcpy(state->position[0], context->target, sizeof context->target);
    for (int i = 1; i < fetch_things(fetch_task(context)); i++) {
        do
            draw_sphere(context, state->position[i]);
        while (!is_apart(state, state->position[i], i, 2 * SPHERE_RADIUS));
        fetch_place_site(context, state->object[i], state->position[i]);
    }
}

void fetch_draw_stock_object(TaskContext *context)
{
    const FetchTask *task = fetch_task(context);
    const FetchState *state = fetch_state(context);
    double place[3] = { 0 }; /* the height stays */
    if (task->kind == FETCH_REACH) return;
    do
        draw_about_grip(context, task->object_range, place, 2);
    while (distance_xy(place, state->grip_start) < 0.1);
    memcpy(context->view->qpos + state->joint[0], place, 2 * sizeof *place);
}

/* ---- goals ---- */

/* height of a goal that may hang above the table */
static void maybe_raise(TaskContext *context, double *goal)
{
    const double air = fetch_task(context)->air;
    if (air > 0 && uniform(context, 0, 1) < 0.5) goal[2] += uniform(context, 0, air);
}

static void draw_table_goal(TaskContext *context, double goal[3])
{
    draw_about_grip(context, fetch_task(context)->goal_range, goal, 3);
    goal[0] += fetch_task(context)->goal_shift;
    goal[2] = fetch_state(context)->height;
    maybe_raise(context, goal);
}

void fetch_draw_goal(TaskContext *context)
{
    const FetchTask *task = fetch_task(context);
    const double least = SPHERE_RADIUS + sqrt(2.0) * BLOCK_HALF;
    double *goal = context->target;
    if (task->kind == FETCH_REACH && task->stock)
        draw_about_grip(context, task->goal_range, goal, 3);
    else if (task->kind == FETCH_REACH)
        draw_sphere(context, goal);
    else if (task->stock)
        draw_table_goal(context, goal);
    else
        do
            draw_table_goal(context, goal);
        while (!is_apart(fetch_state(context), goal, fetch_things(task), least));
}
