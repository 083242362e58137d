/**
 * Pictures: identical pixels are expected on the same Mesa, 0.25 of 255 on average elsewhere.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "base/image.h"
#include "base/memory.h"
#include "envs/env.h"
#include "golden/golden_envs.h"
#include "policies/policy.h"

static const double TOLERANCE = 0.25; /* mean absolute difference, of 255 */

enum { TRACE_SEED = 1000, RANDOM_ACTIONS = 12, POLICY_ACTIONS = 6, REPEAT = 5, RUNS = 2 };

static double mean_difference(const uint8_t *a, const uint8_t *b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += abs(a[i] - b[i]);
    return sum / (double)count;
}

/* one picture of the Env at quality reference */
static Status draw(const Env *env, const char *camera_name, int size, int source, Image *image,
                   Error *error)
{
    Renderer *renderer = NULL;
    Camera camera;
    RenderOptions options = render_options_default();
    options.width = options.height = size;
    options.source = source;
    options.quality = RENDER_REFERENCE;
    Status status = env_camera(&camera, env, camera_name, error);
    if (!status) status = image_init(image, size, size, error);
    if (!status) status = renderer_create(&renderer, env_sim(env), &options, error);
    if (!status) status = renderer_draw(renderer, env_sim(env), &camera, image, error);
    renderer_destroy(renderer);
    return status;
}

/* ---- pictures of episode 0 ---- */

/* seed of the recorded episode: 1000 + the task's index upstream, which is that in our table */
static uint64_t trace_seed(const Env *env)
{
    int index = 0;
    while (task_at(index) != env_task(env))
        index++;
    return TRACE_SEED + (uint64_t)index;
}

static Status run_expert(Env **out, const char *task, int steps, Error *error)
{
    EnvOptions options = env_options_default();
    options.task = task;
    options.seeding = SEEDING_MT1;
    const ExpertDef *expert = NULL;
    double obs[ENV_OBS];
    Status status = expert_find(&expert, task, EXPERT_UPSTREAM, error);
    if (!status) status = env_create(out, &options, error);
    if (!status) status = env_reset(*out, trace_seed(*out), obs, error);
    for (int i = 0; i < steps && !status; i++) {
        float action[ENV_ACTION];
        StepResult result;
        expert_decide(expert, obs, action);
        status = env_step(*out, action, &result, error);
        memcpy(obs, result.obs, sizeof obs);
    }
    return status;
}

static Status read_png(Image *out, const char *path, Error *error)
{
    png_image png = { .version = PNG_IMAGE_VERSION };
    if (!png_image_begin_read_from_file(&png, path))
        return error_set(error, ERR_FORMAT, "%s", png.message);
    png.format = PNG_FORMAT_RGB;
    Status status = image_init(out, (int)png.width, (int)png.height, error);
    if (!status && !png_image_finish_read(&png, NULL, out->pixels, 0, NULL))
        status = error_set(error, ERR_FORMAT, "%s", png.message);
    png_image_free(&png);
    return status;
}

static void compare_picture(Report *report, const char *path, const char *name, const char *task,
                            const char *camera, int step)
{
    Error error = { 0 };
    Env *env = NULL;
    Image wanted = { 0 }, ours = { 0 };
    Status status = read_png(&wanted, path, &error);
    if (!status) status = run_expert(&env, task, step, &error);
    if (!status) status = draw(env, camera, wanted.width, 0, &ours, &error);
    if (status)
        report_failure(report, name, camera, error.text);
    else
        report_check(report, name, camera,
                     mean_difference(ours.pixels, wanted.pixels,
                                     (size_t)ours.width * (size_t)ours.height * 3),
                     TOLERANCE, "mean of 255");
    image_release(&ours);
    image_release(&wanted);
    env_destroy(env);
}

void check_picture(Report *report, const char *path, const char *name)
{
    char task[64], camera[32];
    int size = 0, step = 0;
    Error error = { 0 };
    const TaskDef *def = NULL;
    const char *stem = strrchr(name, '/');
    stem = stem ? stem + 1 : name;
    if (strncmp(stem, "playslot_", 9) == 0) {
        printf("skip %s: shows what playslot_button_press.safetensors holds\n", name);
        return;
    }
    if (strstr(stem, "_512.png") || strstr(stem, "_64bicubic.png") ||
        strstr(stem, "_64native.png")) {
        printf("skip %s: shows what the scene's safetensors holds, 512 shrunk\n", name);
        return;
    }
    if (sscanf(stem, "%63[a-z0-9-]_%31[A-Za-z0-9]_%d_step%d.png", task, camera, &size, &step) != 4)
        report_failure(report, name, "file", "kind not supported");
    else if (task_find(&def, task, &error))
        report_failure(report, name, task, "task not supported");
    else
        compare_picture(report, path, name, task,
                        strcmp(camera, "defaultfree") == 0 ? "free" : camera, step);
}

/* ---- PlaySlot's simulator: its camera, its start, its resizing ---- */

typedef struct Run {
    Report *report;
    const Safetensors *file;
    const char *name;
    Env *env;
    int number;
} Run;

static double *run_tensor(const Run *run, const char *part, int64_t count)
{
    char name[64];
    snprintf(name, sizeof name, "%d.%s", run->number, part);
    return read_doubles(run->report, run->file, run->name, name, count);
}

static Status reset_run(Run *run, Error *error)
{
    EnvOptions options = env_options_default();
    double *pass1 = run_tensor(run, "rand_vec_pass1", 3);
    double *pass2 = run_tensor(run, "rand_vec", 3);
    Status status = pass1 && pass2 ? env_create(&run->env, &options, error)
                                   : error_set(error, ERR_FORMAT, "no vectors");
    if (!status) status = env_reset_vectors(run->env, pass1, pass2, NULL, error);
    memory_free(pass2);
    memory_free(pass1);
    return status;
}

static Status repeat_actions(Run *run, const char *tensor, int count, Error *error)
{
    double *actions = run_tensor(run, tensor, (int64_t)count * ENV_ACTION);
    Status status = actions ? OK : error_set(error, ERR_FORMAT, "no actions");
    for (int i = 0; i < count * REPEAT && !status; i++) {
        float action[ENV_ACTION];
        StepResult result;
        for (int k = 0; k < ENV_ACTION; k++)
            action[k] = (float)actions[i / REPEAT * ENV_ACTION + k];
        status = env_step(run->env, action, &result, error);
    }
    memory_free(actions);
    return status;
}

static void compare_qpos(Run *run, const char *moment)
{
    char name[32];
    const SimView *view = sim_view(env_sim(run->env));
    snprintf(name, sizeof name, "%s.qpos", moment);
    double *wanted = run_tensor(run, name, view->nq);
    if (wanted)
        report_check(run->report, run->name, name, worst_difference(view->qpos, wanted, view->nq),
                     1e-6, "");
    memory_free(wanted);
}

/* the golden is float32 in (3, H, W), 0 to 1; ours is rounded to 8 bits, so round it too */
static Status compare_small(Run *run, const char *moment, Error *error)
{
    enum { SIZE = 64, PIXELS = SIZE * SIZE };
    char name[32];
    Image ours = { 0 };
    static uint8_t rounded[PIXELS * 3];
    snprintf(name, sizeof name, "%s.torch64_chw", moment);
    double *wanted = run_tensor(run, name, PIXELS * 3);
    Status status = draw(run->env, "playslot", SIZE, 224, &ours, error);
    for (size_t i = 0; i < PIXELS * 3 && wanted; i++)
        rounded[i % PIXELS * 3 + i / PIXELS] = (uint8_t)lrint(wanted[i] * 255);
    if (!status && wanted)
        report_check(run->report, run->name, name,
                     mean_difference(ours.pixels, rounded, sizeof rounded), TOLERANCE,
                     "mean of 255");
    image_release(&ours);
    memory_free(wanted);
    return status;
}

static Status compare_large(Run *run, const char *moment, Error *error)
{
    enum { SIZE = 224 };
    char name[32];
    const int64_t shape[] = { SIZE, SIZE, 3 };
    const TensorView *view = NULL;
    Image ours = { 0 };
    snprintf(name, sizeof name, "%d.%s.rgb224", run->number, moment);
    Status status = safetensors_require(&view, run->file, name, DTYPE_U8, 3, shape, error);
    if (!status) status = draw(run->env, "playslot", SIZE, 0, &ours, error);
    if (!status)
        report_check(run->report, run->name, name,
                     mean_difference(ours.pixels, view->data, view->bytes), TOLERANCE,
                     "mean of 255");
    image_release(&ours);
    return status;
}

static Status compare_moment(Run *run, const char *moment, Error *error)
{
    compare_qpos(run, moment);
    Status status = compare_large(run, moment, error);
    return status ? status : compare_small(run, moment, error);
}

void check_playslot_frames(Report *report, const Safetensors *file, const char *name)
{
    for (int number = 0; number < RUNS; number++) {
        Error error = { 0 };
        Run run = { .report = report, .file = file, .name = name, .number = number };
        Status status = reset_run(&run, &error);
        if (!status) status = repeat_actions(&run, "init_actions", RANDOM_ACTIONS, &error);
        if (!status) status = compare_moment(&run, "init", &error);
        if (!status)
            status = repeat_actions(&run, "policy_actions_repeat5", POLICY_ACTIONS, &error);
        if (!status) status = compare_moment(&run, "mid", &error);
        if (status) report_failure(report, name, "frames", error.text);
        env_destroy(run.env);
    }
}
