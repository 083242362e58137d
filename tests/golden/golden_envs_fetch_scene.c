/* Compiled models and pictures of the Fetch tasks. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/image.h"
#include "base/memory.h"
#include "envs/env.h"
#include "golden/golden_envs.h"

static const double TOLERANCE = 0.25; /* mean absolute difference, of 255; 0 on the same Mesa */

/* the task of a fixture, freshly made */
static Status open_env(Env **out, Json **facts, const Safetensors *file, Error *error)
{
    EnvOptions options = env_options_default();
    Status status = json_parse(facts, safetensors_metadata(file, "json"), "json", error);
    if (status) return status;
    options.task = json_as_string(json_get(*facts, "env_id"), "");
    return env_create(out, &options, error);
}

static void compare_doubles(Report *report, const Safetensors *file, const char *name,
                            const char *tensor, const double *found, int64_t count)
{
    double *wanted = read_doubles(report, file, name, tensor, count);
    if (wanted) report_check(report, name, tensor, worst_difference(found, wanted, count), 0, "");
    memory_free(wanted);
}

static void compare_floats(Report *report, const Safetensors *file, const char *name,
                           const char *tensor, const float *found, int64_t count)
{
    double widened[256];
    for (int64_t i = 0; i < count && i < 256; i++)
        widened[i] = (double)found[i];
    compare_doubles(report, file, name, tensor, widened, count);
}

/* ---- models ---- */

static int wrong_names(const Sim *sim, SimObject kind, const Json *names)
{
    int wrong = json_count(names) != sim_object_count(sim, kind);
    for (int i = 0; i < json_count(names); i++) {
        const char *ours = sim_name(sim, kind, i);
        wrong += strcmp(ours ? ours : "", json_as_string(json_at(names, i), "?")) != 0;
    }
    return wrong;
}

static void check_names(Report *report, const char *name, const Sim *sim, const Json *names)
{
    static const char *const kinds[] = {
        [SIM_BODY] = "body", [SIM_JOINT] = "joint",   [SIM_GEOM] = "geom",
        [SIM_SITE] = "site", [SIM_CAMERA] = "camera", [SIM_ACTUATOR] = "actuator"
    };
    for (int kind = SIM_BODY; kind <= SIM_ACTUATOR; kind++) {
        char what[32];
        snprintf(what, sizeof what, "%s names", kinds[kind]);
        report_check(report, name, what,
                     wrong_names(sim, (SimObject)kind, json_get(names, kinds[kind])), 0, "wrong");
    }
}

void check_fetch_model(Report *report, const Safetensors *file, const char *name)
{
    Error error;
    Env *env = NULL;
    Json *facts = NULL;
    if (open_env(&env, &facts, file, &error)) {
        report_failure(report, name, "model", error.text);
    } else {
        const SimView *view = sim_view(env_sim(env));
        check_names(report, name, env_sim(env), json_get(facts, "names"));
        compare_doubles(report, file, name, "body_pos", view->body_pos, 3 * view->nbody);
        compare_doubles(report, file, name, "site_pos", view->site_pos, 3 * view->nsite);
        compare_floats(report, file, name, "geom_rgba", view->geom_rgba, 4 * view->ngeom);
        compare_floats(report, file, name, "site_rgba", view->site_rgba, 4 * view->nsite);
    }
    env_destroy(env);
    json_destroy(facts);
}

/* ---- pictures ---- */

static bool take(Report *report, const Safetensors *file, const char *name, const char *tensor,
                 double *to, int64_t count)
{
    double *values = read_doubles(report, file, name, tensor, count);
    if (values) memcpy(to, values, (size_t)count * sizeof *to);
    memory_free(values);
    return values != NULL;
}

static bool take_floats(Report *report, const Safetensors *file, const char *name,
                        const char *tensor, float *to, int64_t count)
{
    double *values = read_doubles(report, file, name, tensor, count);
    for (int64_t i = 0; i < count && values; i++)
        to[i] = (float)values[i];
    memory_free(values);
    return values != NULL;
}

static bool rebuild_scene(Report *report, const Safetensors *file, const char *name, const Env *env)
{
    const SimView *view = sim_view(env_sim(env));
    return take(report, file, name, "qpos", view->qpos, view->nq) &&
           take(report, file, name, "qvel", view->qvel, view->nv) &&
           take(report, file, name, "mocap_pos", view->mocap_pos, 3) &&
           take(report, file, name, "mocap_quat", view->mocap_quat, 4) &&
           take(report, file, name, "site_pos", view->site_pos, 3 * view->nsite);
}

/* after show_scene, which paints what the reset drew */
static bool repaint_scene(Report *report, const Safetensors *file, const char *name, const Env *env)
{
    const SimView *view = sim_view(env_sim(env));
    return take_floats(report, file, name, "geom_rgba", view->geom_rgba, 4 * view->ngeom) &&
           take_floats(report, file, name, "site_rgba", view->site_rgba, 4 * view->nsite);
}

/* computes positions without touching the scene */
static Status show_scene(Env *env, Error *error)
{
    double *state = NULL;
    Status status = memory_new_array(&state, (size_t)env_state_size(env), error);
    if (status) return status;
    env_state_get(env, state);
    status = env_state_set(env, state, error);
    memory_free(state);
    return status;
}

enum { SIZE = 64 };

static Status draw(Renderer **out, Image *image, const Env *env, const Camera *camera, int source,
                   Error *error)
{
    RenderOptions options = render_options_default();
    options.width = options.height = SIZE;
    options.quality = RENDER_REFERENCE;
    options.source = source;
    options.filter = RENDER_BICUBIC;
    Status status = image_init(image, SIZE, SIZE, error);
    if (!status) status = renderer_create(out, env_sim(env), &options, error);
    return status ? status : renderer_draw(*out, env_sim(env), camera, image, error);
}

static void compare_picture(Report *report, const Safetensors *file, const char *name,
                            const char *tensor, const Env *env, int source)
{
    Error error;
    Camera camera;
    Renderer *renderer = NULL;
    Image image = { 0 };
    const int64_t shape[] = { SIZE, SIZE, 3 };
    const TensorView *view = NULL;
    Status status = safetensors_require(&view, file, tensor, DTYPE_U8, 3, shape, &error);
    if (!status) status = env_camera(&camera, env, "playslot", &error);
    if (!status) status = draw(&renderer, &image, env, &camera, source, &error);
    if (status) {
        report_failure(report, name, tensor, error.text);
    } else {
        double sum = 0;
        const uint8_t *wanted = view->data;
        for (size_t i = 0; i < view->bytes; i++)
            sum += abs(image.pixels[i] - wanted[i]);
        report_check(report, name, tensor, sum / (double)view->bytes, TOLERANCE, "mean of 255");
    }
    image_release(&image);
    renderer_destroy(renderer);
}

/* upstream: 0 nothing, 255 arm, otherwise object; id + 1 of the goal's sphere is 1 (with geoms' numbers) */
static int class_of(int upstream)
{
    if (upstream == 255) return LABEL_ROBOT;
    if (upstream == 0) return LABEL_BACKGROUND;
    return upstream == 1 ? LABEL_GOAL : LABEL_OBJECT;
}

static void compare_labels(Report *report, const Safetensors *file, const char *name,
                           const Env *env)
{
    Error error;
    Camera camera;
    Renderer *renderer = NULL;
    Image image = { 0 };
    uint8_t labels[SIZE * SIZE];
    double *wanted = read_doubles(report, file, name, "seg64", SIZE * SIZE);
    const bool reach = strstr(name, "Reach") != NULL; /* distractors count as goals here */
    Status status = env_camera(&camera, env, "playslot", &error);
    if (!status) status = draw(&renderer, &image, env, &camera, 0, &error);
    if (!status) status = env_labels(env, renderer, &camera, labels, &error);
    if (status) {
        report_failure(report, name, "seg64", error.text);
    } else if (wanted) {
        int wrong = 0;
        for (int i = 0; i < SIZE * SIZE; i++) {
            const int class = class_of((int)wanted[i]);
            const int found = labels[i] >= LABEL_DISTRACTOR ? LABEL_OBJECT : labels[i];
            wrong += found != (reach && class == LABEL_OBJECT ? LABEL_GOAL : class);
        }
        report_check(report, name, "seg64", wrong, 0, "pixels of 4096");
    }
    memory_free(wanted);
    image_release(&image);
    renderer_destroy(renderer);
}

void check_fetch_scene(Report *report, const Safetensors *file, const char *name)
{
    Error error;
    Env *env = NULL;
    Json *facts = NULL;
    Status status = open_env(&env, &facts, file, &error);
    if (!status) status = env_reset(env, 0, NULL, &error);
    if (!status && rebuild_scene(report, file, name, env)) status = show_scene(env, &error);
    if (!status && repaint_scene(report, file, name, env)) {
        compare_picture(report, file, name, "rgb64_native", env, 0);
        compare_picture(report, file, name, "rgb64_bicubic", env, 512);
        compare_labels(report, file, name, env);
    }
    if (status) report_failure(report, name, "scene", error.text);
    env_destroy(env);
    json_destroy(facts);
}
