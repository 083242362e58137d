/* Fixtures of the Fetch tasks: episodes, layouts, random numbers, palette, compiled models. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/numpy_rng.h"
#include "envs/env.h"
#include "envs/fetch/fetch.h"
#include "golden/golden_envs.h"

/* exp and atan2 come from another mathematics library there */
#define LIBRARY_TOLERANCE 1e-15

typedef struct Episode {
    Report *report;
    const Safetensors *file;
    const char *name;
    char task[64];
    int refresh_every; /* steps; 0: only after the reset */
    bool stock;
    uint64_t seed;
    Env *env;
    const SimView *view;
} Episode;

/* worst differences of what steps leave, by tensor */
typedef struct StepCheck {
    const char *tensor;
    double tolerance;
    double *wanted;
    int64_t width, rows;
    double worst;
} StepCheck;

static void compare(const Episode *episode, const char *tensor, const double *found, int64_t count,
                    double tolerance)
{
    double *wanted = read_doubles(episode->report, episode->file, episode->name, tensor, count);
    if (!wanted) return;
    report_check(episode->report, episode->name, tensor, worst_difference(found, wanted, count),
                 tolerance, "");
    memory_free(wanted);
}

static bool has(const Safetensors *file, const char *tensor)
{
    return safetensors_find(file, tensor) != NULL;
}

/* value of "key": in the metadata's JSON, up to a quote or comma */
static void fact(const Safetensors *file, const char *key, char *out, size_t size)
{
    const char *json = safetensors_metadata(file, "json");
    char quoted[64];
    out[0] = '\0';
    snprintf(quoted, sizeof quoted, "\"%s\": ", key);
    const char *at = json ? strstr(json, quoted) : NULL;
    if (!at) return;
    at += strlen(quoted);
    at += *at == '"';
    snprintf(out, size, "%.*s", (int)strcspn(at, "\",}"), at);
}

static int site_of(const Episode *episode, const char *name)
{
    Error error;
    int site = 0;
    if (sim_find(&site, env_sim(episode->env), SIM_SITE, name, &error))
        report_failure(episode->report, episode->name, name, error.text);
    return site;
}

/* ---- before the first step ---- */

static void check_colors(const Episode *episode)
{
    double found[3 * FETCH_BLOCKS];
    const int64_t count = tensor_view_count(safetensors_find(episode->file, "colors"));
    const bool reach = strncmp(episode->task, "Reach", 5) == 0;
    for (int i = 0; i < (int)count / 3; i++) {
        char name[32];
        Error error;
        int object = 0;
        snprintf(name, sizeof name,
                 !reach ? "object%d"
                 : i    ? "distractor%d"
                        : "target%d",
                 reach && i ? i - 1 : i);
        if (sim_find(&object, env_sim(episode->env), reach ? SIM_SITE : SIM_GEOM, name, &error))
            report_failure(episode->report, episode->name, name, error.text);
        const float *rgba = reach ? episode->view->site_rgba : episode->view->geom_rgba;
        for (int k = 0; k < 3; k++)
            found[3 * i + k] = (double)rgba[4 * object + k];
    }
    compare(episode, "colors", found, count, 0);
}

static void check_places(const Episode *episode, const char *tensor, const char *prefix,
                         double tolerance)
{
    double found[3 * FETCH_BLOCKS];
    const int64_t count = tensor_view_count(safetensors_find(episode->file, tensor));
    for (int i = 0; i < (int)count / 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s%d", prefix, i);
        memcpy(found + 3 * i, episode->view->site_xpos + 3 * site_of(episode, name),
               3 * sizeof *found);
    }
    if (count) compare(episode, tensor, found, count, tolerance);
}

static void check_reset(const Episode *episode, const double *obs)
{
    const SimView *view = episode->view;
    const int size = task_observation_size(env_task(episode->env)) - 6;
    double grip[3];
    env_tcp(episode->env, grip);
    compare(episode, "reset_qpos", view->qpos, view->nq, 0);
    compare(episode, "reset_qvel", view->qvel, view->nv, 0);
    compare(episode, "reset_qacc_warmstart", view->qacc_warmstart, view->nv, 0);
    compare(episode, episode->stock ? "desired_goal" : "goal", env_target(episode->env), 3, 0);
    if (episode->stock) {
        compare(episode, "reset_obs", obs, size, LIBRARY_TOLERANCE);
        compare(episode, "reset_achieved_goal", obs + size, 3, 0);
        return;
    }
    compare(episode, "reset_time", view->time, 1, 0);
    compare(episode, "reset_mocap_pos", view->mocap_pos, 3, 0);
    compare(episode, "reset_mocap_quat", view->mocap_quat, 4, 0);
    compare(episode, "reset_ctrl", view->ctrl, view->nu, 0);
    compare(episode, "reset_gripper_pos", grip, 3, 0);
    compare(episode, "target_site_pos", view->site_xpos + 3 * site_of(episode, "target0"), 3,
            LIBRARY_TOLERANCE);
    check_colors(episode);
    if (has(episode->file, "object_pos0")) check_places(episode, "object_pos0", "object", 0);
    if (has(episode->file, "distractor_pos"))
        check_places(episode, "distractor_pos", "distractor", LIBRARY_TOLERANCE);
}

static Status start_episode(Episode *episode, Error *error)
{
    EnvOptions options = env_options_default();
    double grip[3], obs[ENV_OBS];
    options.task = episode->task;
    Status status = env_create(&episode->env, &options, error);
    if (status) return status;
    episode->view = sim_view(env_sim(episode->env));
    env_tcp(episode->env, grip);
    compare(episode, "init_time", episode->view->time, 1, 0);
    compare(episode, "init_qpos", episode->view->qpos, episode->view->nq, 0);
    compare(episode, "init_qvel", episode->view->qvel, episode->view->nv, 0);
    compare(episode, "initial_gripper_xpos", grip, 3, 0);
    status = env_reset(episode->env, episode->seed, obs, error);
    if (!status) check_reset(episode, obs);
    return status;
}

/* ---- steps ---- */

enum { OBS, ACHIEVED, REWARD, SUCCESS, NEAR, QPOS, QVEL, MOCAP_POS, MOCAP_QUAT, CHECKS };

static void note(StepCheck *check, int64_t row, const double *found)
{
    if (!check->wanted || row >= check->rows) return;
    const double worst = worst_difference(found, check->wanted + row * check->width, check->width);
    if (!(worst <= check->worst)) check->worst = worst;
}

static void note_step(const Episode *episode, StepCheck *checks, int64_t row,
                      const StepResult *result)
{
    const double success = result->success, near = result->info.near_object;
    const double *achieved = result->obs + checks[OBS].width;
    note(&checks[OBS], row, result->obs);
    note(&checks[ACHIEVED], row, achieved);
    note(&checks[REWARD], row, &result->reward);
    note(&checks[SUCCESS], row, &success);
    note(&checks[NEAR], row, &near);
    note(&checks[QPOS], row, episode->view->qpos);
    note(&checks[QVEL], row, episode->view->qvel);
    note(&checks[MOCAP_POS], row, episode->view->mocap_pos);
    note(&checks[MOCAP_QUAT], row, episode->view->mocap_quat);
}

static Status run_steps(const Episode *episode, StepCheck *checks, const double *actions,
                        int64_t count, Error *error)
{
    Status status = OK;
    for (int64_t i = 0; i < count && !status; i++) {
        StepResult result;
        float action[ENV_ACTION];
        for (int k = 0; k < ENV_ACTION; k++)
            action[k] = (float)actions[ENV_ACTION * i + k];
        status = env_step_held(episode->env, action, &result, error);
        if (status) break;
        note_step(episode, checks, i, &result);
        if (episode->refresh_every && (i + 1) % episode->refresh_every == 0)
            status = env_refresh(episode->env, error);
    }
    return status;
}

static void open_check(const Episode *episode, StepCheck *check)
{
    const TensorView *tensor = safetensors_find(episode->file, check->tensor);
    if (!tensor) return;
    check->rows = tensor->shape[0];
    check->width = tensor_view_count(tensor) / check->rows;
    check->wanted = read_doubles(episode->report, episode->file, episode->name, check->tensor, -1);
}

/* recorded episodes of Reach go on behind the horizon; here they end with it */
static Status check_steps(const Episode *episode, Error *error)
{
    StepCheck checks[CHECKS] = {
        [OBS] = { .tensor = "obs", .tolerance = LIBRARY_TOLERANCE },
        [ACHIEVED] = { .tensor = "achieved_goal" },
        [REWARD] = { .tensor = "reward", .tolerance = LIBRARY_TOLERANCE },
        [SUCCESS] = { .tensor = episode->stock ? "is_success" : "success" },
        [NEAR] = { .tensor = "is_success" },
        [QPOS] = { .tensor = "qpos" },
        [QVEL] = { .tensor = "qvel" },
        [MOCAP_POS] = { .tensor = "mocap_pos" },
        [MOCAP_QUAT] = { .tensor = "mocap_quat" },
    };
    for (int i = 0; i < CHECKS; i++)
        open_check(episode, &checks[i]);
    double *actions = read_doubles(episode->report, episode->file, episode->name, "action", -1);
    const int horizon = task_horizon(env_task(episode->env));
    const int64_t rows = checks[OBS].rows < horizon ? checks[OBS].rows : horizon;
    const Status status = actions ? run_steps(episode, checks, actions, rows, error) : OK;
    for (int i = 0; i < CHECKS; i++) {
        if (checks[i].wanted && !status)
            report_check(episode->report, episode->name, checks[i].tensor, checks[i].worst,
                         checks[i].tolerance, "whole episode");
        memory_free(checks[i].wanted);
    }
    memory_free(actions);
    return status;
}

static void check_episode(Report *report, const Safetensors *file, const char *name)
{
    Error error;
    char callback[64], repeat[16];
    Episode episode = { .report = report, .file = file, .name = name };
    fact(file, "env_id", episode.task, sizeof episode.task);
    fact(file, "render_callback", callback, sizeof callback);
    fact(file, "action_repeat", repeat, sizeof repeat);
    episode.stock = strncmp(episode.task, "Fetch", 5) == 0;
    episode.refresh_every = strstr(callback, "after every") ? atoi(repeat) : 0;
    double *seed = read_doubles(report, file, name, "seed", 1);
    if (!seed) return;
    episode.seed = (uint64_t)seed[0];
    memory_free(seed);
    Status status = start_episode(&episode, &error);
    if (!status) status = check_steps(&episode, &error);
    if (status) report_failure(report, name, "episode", error.text);
    env_destroy(episode.env);
}

/* ---- layouts of first and second resets ---- */

typedef struct Layout {
    double *goal, *pos, *colors; /* (seeds, 2, ...) */
    int things, spheres;
    double worst_goal, worst_pos, worst_color;
} Layout;

static void raise_to(double *worst, double found)
{
    if (!(found <= *worst)) *worst = found;
}

static void compare_layout(Episode *episode, Layout *layout, int64_t row)
{
    double place[3 * FETCH_BLOCKS], color[3 * FETCH_BLOCKS];
    const bool reach = layout->spheres < layout->things;
    for (int i = 0; i < layout->things; i++) {
        char name[32];
        snprintf(name, sizeof name,
                 !reach ? "object%d"
                 : i    ? "distractor%d"
                        : "target%d",
                 reach && i ? i - 1 : i);
        const int site = site_of(episode, name);
        int geom = 0;
        Error error;
        if (!reach && sim_find(&geom, env_sim(episode->env), SIM_GEOM, name, &error))
            report_failure(episode->report, episode->name, name, error.text);
        const float *rgba =
            reach ? episode->view->site_rgba + 4 * site : episode->view->geom_rgba + 4 * geom;
        for (int k = 0; k < 3; k++)
            color[3 * i + k] = (double)rgba[k];
        if (i >= reach)
            memcpy(place + 3 * (i - reach), episode->view->site_xpos + 3 * site, 3 * sizeof *place);
    }
    const int64_t wide = 3 * layout->things, places = 3 * layout->spheres;
    raise_to(&layout->worst_color, worst_difference(color, layout->colors + row * wide, wide));
    if (places)
        raise_to(&layout->worst_pos, worst_difference(place, layout->pos + row * places, places));
    raise_to(&layout->worst_goal,
             worst_difference(env_target(episode->env), layout->goal + 3 * row, 3));
}

static Status run_layouts(Episode *episode, Layout *layout, const double *seeds, int64_t count,
                          Error *error)
{
    EnvOptions options = env_options_default();
    options.task = episode->task;
    Status status = env_create(&episode->env, &options, error);
    if (status) return status;
    episode->view = sim_view(env_sim(episode->env));
    for (int64_t i = 0; i < count && !status; i++) {
        status = env_reset(episode->env, (uint64_t)seeds[i], NULL, error);
        if (status) break;
        compare_layout(episode, layout, 2 * i);
        status = env_reset_next(episode->env, NULL, error);
        if (!status) compare_layout(episode, layout, 2 * i + 1);
    }
    env_destroy(episode->env);
    return status;
}

static double *layout_part(const Episode *episode, const char *group, const char *part)
{
    char tensor[64];
    snprintf(tensor, sizeof tensor, "%s/%s", group, part);
    return read_doubles(episode->report, episode->file, episode->name, tensor, -1);
}

/* `group` is "PushOdd_3" */
static void check_group(Report *report, const Safetensors *file, const char *group,
                        const double *seeds, int64_t count)
{
    Error error;
    Episode episode = { .report = report, .file = file, .name = group };
    Layout layout = { .things = atoi(strchr(group, '_') + 1) + 1 };
    layout.spheres = layout.things - (strncmp(group, "Reach", 5) == 0);
    snprintf(episode.task, sizeof episode.task, "%.40sDistractors_Sparse-v1", group);
    layout.goal = layout_part(&episode, group, "goal");
    layout.colors = layout_part(&episode, group, "colors");
    if (layout.spheres) layout.pos = layout_part(&episode, group, "pos");
    if (layout.goal && layout.colors && (layout.pos || !layout.spheres)) {
        if (run_layouts(&episode, &layout, seeds, count, &error))
            report_failure(report, group, "layouts", error.text);
        report_check(report, group, "goals", layout.worst_goal, 0, "");
        report_check(report, group, "colours", layout.worst_color, 0, "");
        report_check(report, group, "places", layout.worst_pos, LIBRARY_TOLERANCE, "");
    }
    memory_free(layout.goal);
    memory_free(layout.colors);
    memory_free(layout.pos);
}

static void check_layouts(Report *report, const Safetensors *file, const char *name)
{
    double *seeds = read_doubles(report, file, name, "seeds", -1);
    const TensorView *view = safetensors_find(file, "seeds");
    for (int i = 0; i < safetensors_count(file) && seeds; i++) {
        char group[64];
        const char *tensor = safetensors_at(file, i)->name, *end = strstr(tensor, "/goal");
        if (!end) continue;
        snprintf(group, sizeof group, "%.*s", (int)(end - tensor), tensor);
        check_group(report, file, group, seeds, tensor_view_count(view));
    }
    memory_free(seeds);
}

/* ---- random numbers and palette ---- */

enum { RAW = 16, UNIFORM = 9, PERMUTED = 3 * FETCH_PALETTE, CHOICES = 12 };

typedef struct Draws {
    double words[2], count, raw[RAW], doubles[RAW], uniform[UNIFORM];
    double permuted[PERMUTED], choices[CHOICES];
} Draws;

static Mt19937 seeded(uint64_t seed)
{
    Mt19937 rng;
    uint32_t words[2];
    const int count = fetch_seed_words(seed, words);
    mt19937_seed_words(&rng, words, count);
    return rng;
}

static void draw_all(Draws *out, uint64_t seed)
{
    uint32_t words[2];
    out->count = fetch_seed_words(seed, words);
    for (int i = 0; i < 2; i++)
        out->words[i] = words[i];
    Mt19937 raw = seeded(seed), doubles = raw, uniform = raw, permuted = raw, choices = raw;
    for (int i = 0; i < RAW; i++)
        out->raw[i] = mt19937_next(&raw);
    for (int i = 0; i < RAW; i++)
        out->doubles[i] = mt19937_double(&doubles);
    for (int i = 0; i < UNIFORM; i++)
        out->uniform[i] = -0.15 + (0.15 - -0.15) * mt19937_double(&uniform);
    for (int i = 0; i < PERMUTED; i += FETCH_PALETTE) {
        int order[FETCH_PALETTE];
        fetch_permute(&permuted, order);
        for (int k = 0; k < FETCH_PALETTE; k++)
            out->permuted[i + k] = order[k];
    }
    for (int i = 0; i < CHOICES; i++)
        out->choices[i] = fetch_not_red(&choices);
}

/* all 64 bits of it, which a double does not hold */
static uint64_t seed_at(const TensorView *seeds, int64_t index)
{
    int64_t seed = 0;
    memcpy(&seed, (const char *)seeds->data + (size_t)index * sizeof seed, sizeof seed);
    return (uint64_t)seed;
}

static void check_draws(Report *report, const Safetensors *file, const char *name)
{
    static const struct {
        const char *tensor;
        size_t offset;
        int64_t width;
    } parts[] = {
        { "words", offsetof(Draws, words), 2 },
        { "n_words", offsetof(Draws, count), 1 },
        { "raw_u32", offsetof(Draws, raw), RAW },
        { "double53", offsetof(Draws, doubles), RAW },
        { "uniform_pm015", offsetof(Draws, uniform), UNIFORM },
        { "permutation16", offsetof(Draws, permuted), PERMUTED },
        { "choice_not7", offsetof(Draws, choices), CHOICES },
    };
    Error error;
    const TensorView *seeds = NULL;
    const int64_t shape[] = { -1 };
    if (safetensors_require(&seeds, file, "seeds", DTYPE_I64, 1, shape, &error))
        report_failure(report, name, "seeds", error.text);
    const int64_t count = seeds ? seeds->shape[0] : 0;
    for (size_t part = 0; part < sizeof parts / sizeof *parts && seeds; part++) {
        double worst = 0;
        double *wanted = read_doubles(report, file, name, parts[part].tensor, -1);
        for (int64_t i = 0; i < count && wanted; i++) {
            Draws draws;
            draw_all(&draws, seed_at(seeds, i));
            const double *found =
                (const double *)(const void *)((const char *)&draws + parts[part].offset);
            raise_to(&worst,
                     worst_difference(found, wanted + i * parts[part].width, parts[part].width));
        }
        if (wanted) report_check(report, name, parts[part].tensor, worst, 0, "");
        memory_free(wanted);
    }
}

static void check_palette(Report *report, const Safetensors *file, const char *name)
{
    const Episode episode = { .report = report, .file = file, .name = name };
    double rgb[3 * FETCH_PALETTE], order[FETCH_PALETTE];
    for (int i = 0; i < FETCH_PALETTE; i++) {
        order[i] = fetch_reddest[i];
        for (int k = 0; k < 3; k++)
            rgb[3 * i + k] = (double)fetch_palette[i][k] / 255;
    }
    compare(&episode, "rgb", rgb, 3 * FETCH_PALETTE, 0);
    compare(&episode, "order_reddest_first", order, FETCH_PALETTE, 0);
}

/* ---- kinds ---- */

bool check_fetch(Report *report, const Safetensors *file, const char *name, const char *stem)
{
    if (!safetensors_metadata(file, "json")) return false;
    if (strcmp(stem, "layouts.safetensors") == 0)
        check_layouts(report, file, name);
    else if (strcmp(stem, "rng.safetensors") == 0)
        check_draws(report, file, name);
    else if (strcmp(stem, "palette.safetensors") == 0)
        check_palette(report, file, name);
    else if (strncmp(stem, "model_", 6) == 0)
        check_fetch_model(report, file, name);
    else if (has(file, "seg64"))
        check_fetch_scene(report, file, name);
    else
        check_episode(report, file, name);
    return true;
}
