/* best of several roll-outs with random actions, against the same worked out step by step */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "commands/clip_inputs.h"
#include "commands/random_actions.h"
#include "graph/ops.h"
#include "support/closeness.h"
#include "support/test_memory.h"
#include "unit/models/small_models.h"

enum { SIDE = 16, PIXELS = SIDE * SIDE * 3, SEEN = 2, AHEAD = 3, FRAMES = SEEN + AHEAD, SEED = 11 };
enum { TRIALS_MAX = 6 };

/* an evaluation with small random models, as random_actions wants it */
typedef struct Scene {
    EvaluatePredictionOptions options;
    PredictionEvaluation run;
    real slots[FRAMES * 3 * 6];
    real frames[FRAMES * PIXELS];
} Scene;

static PlaySlotConfig predictor_config(bool per_slot, bool use_variability)
{
    PlaySlotConfig config = small_playslot();
    config.per_slot = config.latent_action.per_slot = per_slot;
    config.use_variability = config.dynamics.use_variability = use_variability;
    return config;
}

static void make_scene(Scene *scene, bool per_slot, bool use_variability)
{
    Error error = { OK, "" };
    *scene = (Scene){ .options = { .seed = SEED } };
    PredictionEvaluation *run = &scene->run;
    TrainedModels *models = &run->models;
    run->options = &scene->options;
    SaviConfig savi = small_savi();
    const PlaySlotConfig predictor = predictor_config(per_slot, use_variability);
    savi.encoder.resolution = (IntList){ .count = 2, .values = { SIDE, SIDE } };
    savi.decoder.resolution = (IntList){ .count = 2, .values = { SIDE / 2, SIDE / 2 } };
    assert_ok(params_create(&models->store, &error), &error);
    savi_declare(&models->savi, models->store, &savi, "savi");
    playslot_declare(&models->predictor, models->store, &predictor, "predictor");
    assert_ok(params_allocate(models->store, &error), &error);
    params_initialize(models->store, 5);
    Rng rng = rng_stream(6, "perturb", 0);
    for (size_t i = 0; i < params_total(models->store); i++)
        params_values(models->store)[i] += (real)(0.2 * rng_normal(&rng));
    playslot_fill_tables(&models->predictor, models->store);
    run->n = SEEN;
    run->m = AHEAD;
    run->H = run->W = SIDE;
    run->N = 3;
    run->D = 6;
    for (size_t i = 0; i < sizeof scene->slots / sizeof *scene->slots; i++)
        scene->slots[i] = (real)rng_normal(&rng);
    for (size_t i = 0; i < sizeof scene->frames / sizeof *scene->frames; i++)
        scene->frames[i] = (real)rng_uniform(&rng);
}

static ClipView clip_of(const Scene *scene, int index, int real_frames)
{
    return (ClipView){ .index = index,
                       .T = FRAMES,
                       .H = SIDE,
                       .W = SIDE,
                       .real_frames = real_frames,
                       .frames = scene->frames };
}

static RandomActions *measured(const Scene *scene, int trials, int index, int real_frames)
{
    Error error = { OK, "" };
    RandomActions *random;
    const RandomActionsSize size = { .trials = trials, .clips = 3, .threads = 1 };
    const ClipView clip = clip_of(scene, index, real_frames);
    assert_ok(random_actions_create(&random, &scene->run, size, &error), &error);
    assert_ok(random_actions_measure(random, 0, &clip, scene->slots, &error), &error);
    return random;
}

/* --- the same by hand -------------------------------------------------------------------------------- */

/* what is done in every step: (1, steps, N?, A) prototypes and variabilities, drawn as documented */
typedef struct HandActions {
    real protos[(FRAMES - 1) * 3 * 4], variability[(FRAMES - 1) * 3 * 4];
    int count; /* vectors */
} HandActions;

static void draw_by_hand(HandActions *actions, const Scene *scene, Rng *rng)
{
    const PlaySlot *model = &scene->run.models.predictor;
    const real *codes = params_value(scene->run.models.store, model->latent_action.quantizer.codes);
    int from[(FRAMES - 1) * 3], to[(FRAMES - 1) * 3];
    actions->count = (FRAMES - 1) * (model->config.per_slot ? 3 : 1);
    for (int i = 0; i < actions->count; i++)
        from[i] = (int)rng_below(rng, 3);
    for (int i = 0; model->config.use_variability && i < actions->count; i++)
        to[i] = (int)rng_below(rng, 3);
    for (int i = 0; i < actions->count; i++) {
        const double share = model->config.use_variability ? rng_range(rng, 0, 0.5) : 0;
        for (int a = 0; a < 4; a++) {
            const real code = codes[from[i] * 4 + a];
            actions->protos[i * 4 + a] = code;
            if (model->config.use_variability)
                actions->variability[i * 4 + a] = (codes[to[i] * 4 + a] - code) * (real)share;
        }
    }
}

/* the last frames of a growing list of slots, one imagination step after the other */
static void predict_by_hand(real *pictures, const Scene *scene, const HandActions *actions)
{
    Error error = { OK, "" };
    const TrainedModels *models = &scene->run.models;
    const PlaySlot *model = &models->predictor;
    const int vectors = model->config.per_slot ? 3 : 1, window = dynamics_window(&model->dynamics);
    real slots[FRAMES * 3 * 6];
    memcpy(slots, scene->slots, sizeof slots);
    for (int t = SEEN; t < FRAMES; t++) {
        const PlanOptions inference = { .loss = NODE_NONE };
        const int seen = t < window ? t : window, first = t - seen;
        Graph *graph;
        Plan *plan;
        assert_ok(graph_create(&graph, models->store, &error), &error);
        const Node past = graph_constant(graph, SHAPE(1, seen, 3, 6), slots + first * 3 * 6);
        const Shape shape = vectors > 1 ? SHAPE(1, seen, vectors, 4) : SHAPE(1, seen, 4);
        const Node protos = graph_constant(graph, shape, actions->protos + first * vectors * 4);
        const Node variability =
            graph_constant(graph, shape, actions->variability + first * vectors * 4);
        const Node next = playslot_next(graph, model, past, protos, variability);
        const SaviPicture picture =
            savi_decode(graph, &models->savi, op_reshape(graph, next, SHAPE(1, 3, 6)), NULL);
        graph_output(graph, "next", next);
        graph_output(graph, "recons", picture.recons);
        assert_ok(graph_finish(graph, &error), &error);
        assert_ok(plan_create(&plan, graph, inference, &error), &error);
        plan_run(plan);
        memcpy(slots + t * 3 * 6, plan_value(plan, next), 3 * 6 * sizeof *slots);
        memcpy(pictures + (t - SEEN) * PIXELS, plan_value(plan, picture.recons),
               PIXELS * sizeof *pictures);
        plan_destroy(plan);
        graph_destroy(graph);
    }
}

static double psnr_by_hand(const real *picture, const real *target)
{
    double sum = 0;
    for (int i = 0; i < PIXELS; i++) {
        const double value = fmin(fmax((double)picture[i], 0), 1);
        sum += (value - (double)target[i]) * (value - (double)target[i]);
    }
    return -10 * log10(sum / PIXELS + 1e-8);
}

/* the trial with the highest mean over `frames` */
static void best_by_hand(double *best, const Scene *scene, int trials, int clip, int frames)
{
    Rng rng = rng_stream(SEED, "random-actions", (uint64_t)clip);
    double highest = -(double)INFINITY;
    for (int trial = 0; trial < trials; trial++) {
        HandActions actions = { .count = 0 };
        real pictures[AHEAD * PIXELS];
        double psnr[AHEAD], mean = 0;
        draw_by_hand(&actions, scene, &rng);
        predict_by_hand(pictures, scene, &actions);
        for (int t = 0; t < frames; t++) {
            psnr[t] = psnr_by_hand(pictures + t * PIXELS, scene->frames + (SEEN + t) * PIXELS);
            mean += psnr[t] / frames;
        }
        if (mean <= highest) continue;
        highest = mean;
        memcpy(best, psnr, sizeof psnr);
    }
}

/* --- tests ------------------------------------------------------------------------------------------- */

static void the_best_is_what_a_search_by_hand_finds(void **state)
{
    (void)state;
    static Scene scene;
    for (int kind = 0; kind < 4; kind++) {
        make_scene(&scene, kind & 1, kind & 2);
        for (int trials = 1; trials <= TRIALS_MAX; trials += 5) {
            RandomActions *random = measured(&scene, trials, 1, FRAMES);
            const MetricTable *table = random_actions_table(random);
            double wanted[AHEAD], found[AHEAD];
            best_by_hand(wanted, &scene, trials, 1, AHEAD);
            for (int t = 0; t < AHEAD; t++)
                found[t] = metric_table_frame(table, METRIC_PSNR, t);
            /* another order of sums inside the roll-out, scores kept in float */
            assert_close_f64("psnr", found, wanted, AHEAD, 1e-4, 0);
            random_actions_destroy(random);
        }
        params_destroy(scene.run.models.store);
    }
}

static void more_trials_are_never_worse(void **state)
{
    (void)state;
    static Scene scene;
    double before[2] = { -(double)INFINITY, -(double)INFINITY };
    make_scene(&scene, false, false);
    for (int trials = 1; trials <= TRIALS_MAX; trials++) {
        RandomActions *random = measured(&scene, trials, 0, FRAMES);
        const MetricTable *table = random_actions_table(random);
        for (int metric = METRIC_PSNR; metric <= METRIC_SSIM; metric++) {
            assert_true(metric_table_mean(table, metric) >= before[metric]);
            before[metric] = metric_table_mean(table, metric);
        }
        assert_true(isnan(metric_table_mean(table, METRIC_LPIPS)));
        random_actions_destroy(random);
    }
    params_destroy(scene.run.models.store);
}

static void short_clips_count_as_far_as_they_go(void **state)
{
    (void)state;
    static Scene scene;
    double wanted[AHEAD];
    make_scene(&scene, false, true);
    RandomActions *random = measured(&scene, 3, 2, SEEN + 1);
    const MetricTable *table = random_actions_table(random);
    best_by_hand(wanted, &scene, 3, 2, 1);
    const double found = metric_table_frame(table, METRIC_PSNR, 0);
    assert_close_f64("psnr", &found, wanted, 1, 1e-4, 0);
    assert_true(isnan(metric_table_frame(table, METRIC_PSNR, 1)));
    random_actions_destroy(random);
    random = measured(&scene, 3, 2, SEEN);
    assert_true(isnan(metric_table_mean(random_actions_table(random), METRIC_PSNR)));
    random_actions_destroy(random);
    params_destroy(scene.run.models.store);
}

static Status create(void *user, Error *error)
{
    RandomActions *random = NULL;
    const RandomActionsSize size = { .trials = 2, .clips = 2, .threads = 2 };
    const Status status = random_actions_create(&random, user, size, error);
    random_actions_destroy(random);
    return status;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    static Scene scene;
    make_scene(&scene, true, true);
    assert_true(fail_each_allocation(create, &scene.run, 7) > 5);
    params_destroy(scene.run.models.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_is_what_a_search_by_hand_finds),
        cmocka_unit_test(more_trials_are_never_worse),
        cmocka_unit_test(short_clips_count_as_far_as_they_go),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
