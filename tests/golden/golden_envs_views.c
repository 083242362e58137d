/**
 * Depth and ids of every camera: equal to mujoco.Renderer's on the same Mesa. Elsewhere edges may fall on
 * other pixels, hence the share of pixels that may differ.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "envs/env.h"
#include "golden/golden_envs.h"

static const double OTHER_PIXELS = 0.02; /* share of pixels that may show something else */
static const double DEPTH_ERROR = 1e-3;  /* of the distance, on the others */

typedef struct Views {
    Report *report;
    const Safetensors *file;
    const char *name;
    Env *env;
    Renderer *renderer;
    int size;
    int32_t *ids;
    float *depth;
} Views;

static Status start(Views *views, Error *error)
{
    const char *task = safetensors_metadata(views->file, "task");
    const char *seed = safetensors_metadata(views->file, "seed");
    const char *size = safetensors_metadata(views->file, "size");
    if (!task || !seed || !size) return error_set(error, ERR_FORMAT, "no task, seed or size");
    EnvOptions env = env_options_default();
    RenderOptions picture = render_options_default();
    env.task = task;
    views->size = picture.width = picture.height = atoi(size);
    picture.quality = RENDER_REFERENCE;
    const size_t pixels = (size_t)views->size * (size_t)views->size;
    Status status = env_create(&views->env, &env, error);
    if (!status) status = env_reset(views->env, strtoull(seed, NULL, 10), NULL, error);
    if (!status) status = renderer_create(&views->renderer, env_sim(views->env), &picture, error);
    if (!status) status = memory_new_array(&views->ids, 2 * pixels, error);
    return status ? status : memory_new_array(&views->depth, pixels, error);
}

/* where the actions lead; the free camera is found before, as upstream does */
static Status follow(Views *views, Error *error)
{
    const TensorView *action = NULL;
    Status status = safetensors_require(&action, views->file, "action", DTYPE_F32, 2,
                                        (const int64_t[]){ -1, ENV_ACTION }, error);
    for (int64_t t = 0; !status && t < action->shape[0]; t++) {
        float now[ENV_ACTION];
        StepResult result;
        memcpy(now, (const char *)action->data + (size_t)t * sizeof now, sizeof now);
        status = env_step(views->env, now, &result, error);
    }
    return status;
}

/* share of unequal ids, and the worst depth where ids agree */
static void compare_pixels(const Views *views, const double *ids, const double *depth,
                           double *others, double *worst)
{
    const size_t pixels = (size_t)views->size * (size_t)views->size;
    *others = *worst = 0;
    for (size_t i = 0; i < pixels; i++) {
        const bool same =
            views->ids[2 * i] == (int)ids[2 * i] && views->ids[2 * i + 1] == (int)ids[2 * i + 1];
        const double apart = fabs((double)views->depth[i] - depth[i]) / depth[i];
        *others += same ? 0 : 1.0 / (double)pixels;
        if (same && !(apart <= *worst)) *worst = apart;
    }
}

static double *view_numbers(const Views *views, const char *camera, const char *layer, int channels)
{
    char name[1200]; /* a camera and a layer */
    snprintf(name, sizeof name, "%s.%s", camera, layer);
    return read_doubles(views->report, views->file, views->name, name,
                        (int64_t)views->size * views->size * channels);
}

static Status compare_camera(Views *views, const char *name, const Camera *camera, Error *error)
{
    const RenderLayers layers = { .ids = views->ids, .depth = views->depth };
    double others = 0, worst = 0;
    double *ids = view_numbers(views, name, "ids", 2);
    double *depth = view_numbers(views, name, "depth", 1);
    Status status = env_layers(views->env, views->renderer, camera, &layers, error);
    if (!status && ids && depth) {
        compare_pixels(views, ids, depth, &others, &worst);
        report_check(views->report, views->name, name, others, OTHER_PIXELS, "pixels of other ids");
        report_check(views->report, views->name, name, worst, DEPTH_ERROR, "of the depth");
    }
    memory_free(depth);
    memory_free(ids);
    return status;
}

enum { CAMERAS = 16 };

/* names separated by commas, with where they are after the reset */
static Status find_cameras(Camera cameras[CAMERAS], char names[CAMERAS][64], int *count,
                           const Views *views, Error *error)
{
    const char *text = safetensors_metadata(views->file, "cameras");
    Status status = text ? OK : error_set(error, ERR_FORMAT, "no cameras");
    for (*count = 0; !status && *text && *count < CAMERAS; ++*count) {
        const size_t length = strcspn(text, ",");
        snprintf(names[*count], sizeof names[*count], "%.*s", (int)length, text);
        status = env_camera(&cameras[*count], views->env, names[*count], error);
        text += length + (text[length] == ',');
    }
    return status;
}

void check_views(Report *report, const Safetensors *file, const char *name)
{
    Error error = { 0 };
    Camera cameras[CAMERAS];
    char names[CAMERAS][64];
    int count = 0;
    Views views = { .report = report, .file = file, .name = name };
    Status status = start(&views, &error);
    if (!status) status = find_cameras(cameras, names, &count, &views, &error);
    if (!status) status = follow(&views, &error);
    for (int i = 0; !status && i < count; i++)
        status = compare_camera(&views, names[i], &cameras[i], &error);
    if (status) report_failure(report, name, "views", error.text);
    memory_free(views.depth);
    memory_free(views.ids);
    renderer_destroy(views.renderer);
    env_destroy(views.env);
}
