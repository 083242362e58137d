#include <stdio.h>
#include <string.h>

#include "golden/golden_models_runners.h"
#include "training/lpips.h"
#include "training/metrics.h"

#define PSNR_TOLERANCE ((Tolerance){ 0, 1e-3 })
#define SSIM_TOLERANCE ((Tolerance){ 0, 1e-4 })
#define MAX_SCORES     256

/* scores of pictures in (sequence, frame) order */
typedef struct Scores {
    real psnr[MAX_SCORES], ssim[MAX_SCORES];
    int count;
} Scores;

/* `count` pictures of planes (C, H, W), appended */
static void add_scores(Fixture *fixture, Scores *scores, const real *predictions,
                       const real *targets, int count, const int *chw)
{
    const int values = chw[0] * chw[1] * chw[2];
    Error error = { OK, "" };
    for (int i = 0; i < count && scores->count < MAX_SCORES && !fixture->problem[0]; i++) {
        const real *prediction = predictions + (size_t)i * (size_t)values;
        const real *target = targets + (size_t)i * (size_t)values;
        double ssim = 0;
        fixture_require(fixture,
                        metric_ssim(&ssim, prediction, target, chw[0], chw[1], chw[2], &error),
                        &error);
        scores->psnr[scores->count] = (real)metric_psnr(prediction, target, values);
        scores->ssim[scores->count++] = (real)ssim;
    }
}

static void compare_metric(Fixture *fixture, const char *prefix, const char *metric,
                           const real *scores, int sequences, int frames, Tolerance tolerance)
{
    char name[96];
    real framewise[MAX_SCORES];
    const double mean = metric_mean(framewise, scores, sequences, frames);
    snprintf(name, sizeof name, "%s%s.framewise", prefix, metric);
    fixture_compare(fixture, name, framewise, (size_t)frames, LAYOUT_PLAIN, tolerance);
    snprintf(name, sizeof name, "%s%s.mean", prefix, metric);
    fixture_compare_double(fixture, name, &mean, 1, tolerance);
    snprintf(name, sizeof name, "%s%s", prefix, metric);
    if (fixture_has(fixture, "%s", name))
        fixture_compare(fixture, name, scores, (size_t)(sequences * frames), LAYOUT_PLAIN,
                        tolerance);
}

static void compare_scores(Fixture *fixture, const char *prefix, const Scores *scores, int frames)
{
    const int sequences = scores->count / frames;
    compare_metric(fixture, prefix, "psnr", scores->psnr, sequences, frames, PSNR_TOLERANCE);
    compare_metric(fixture, prefix, "ssim", scores->ssim, sequences, frames, SSIM_TOLERANCE);
}

/* "same" compares a set of pictures with itself */
static void compare_pictures(Fixture *fixture, const char *set, const char *predictions,
                             const char *targets)
{
    static Scores scores;
    char prefix[64];
    Shape shape;
    const real *prediction = fixture_read(fixture, predictions, LAYOUT_PLAIN, &shape);
    const real *target = fixture_read(fixture, targets, LAYOUT_PLAIN, NULL);
    if (!prediction || !target) return;
    scores.count = 0;
    add_scores(fixture, &scores, prediction, target, shape.dims[0] * shape.dims[1], shape.dims + 2);
    snprintf(prefix, sizeof prefix, "out.%s.", set);
    if (!fixture->problem[0]) compare_scores(fixture, prefix, &scores, shape.dims[1]);
}

void run_psnr_ssim(Fixture *fixture)
{
    double window[SSIM_WINDOW];
    compare_pictures(fixture, "noise", "in.noise.preds", "in.noise.targets");
    compare_pictures(fixture, "smooth", "in.smooth.preds", "in.smooth.targets");
    compare_pictures(fixture, "constant", "in.constant.preds", "in.constant.targets");
    compare_pictures(fixture, "same", "in.smooth.targets", "in.smooth.targets");
    metric_ssim_window(window);
    fixture_compare_double(fixture, "out.ssim_kernel", window, SSIM_WINDOW, TOLERANCE_LAYER);
}

void run_metric_best_of(Fixture *fixture)
{
    static const char *const metrics[] = { "psnr", "ssim", "lpips" };
    const int sequences = fixture_int(fixture, "B"), trials = fixture_int(fixture, "N");
    const int frames = fixture_int(fixture, "T");
    real best[MAX_SCORES];
    for (int i = 0; i < 3 && sequences * frames <= MAX_SCORES; i++) {
        char name[64];
        snprintf(name, sizeof name, "in.%s.scores", metrics[i]);
        const real *scores = fixture_read(fixture, name, LAYOUT_PLAIN, NULL);
        if (!scores) return;
        metric_best_of(best, NULL, scores, sequences, trials, frames, i < 2);
        snprintf(name, sizeof name, "out.%s.best", metrics[i]);
        fixture_compare(fixture, name, best, (size_t)(sequences * frames), LAYOUT_PLAIN,
                        TOLERANCE_EXACT);
    }
}

/* ---- LPIPS ---- */

#define LPIPS_PICTURES 16

/* taps of the predictions, one picture after the other: (M, H, W, C) */
static void compare_taps(Fixture *fixture, const real *taps, int tap, const Shape *shape, int count)
{
    char name[32];
    const size_t picture = shape_count(*shape) / 2;
    snprintf(name, sizeof name, "out.feat%d", tap);
    fixture_compare(fixture, name, taps, picture * (size_t)count, LAYOUT_IMAGE, TOLERANCE_LAYER);
}

static void collect_taps(Fixture *fixture, LpipsWork *work, real **taps, int picture, int count)
{
    Error error = { OK, "" };
    for (int tap = 0; tap < LPIPS_TAPS; tap++) {
        Shape shape;
        const real *values = lpips_tap(work, tap, &shape);
        const size_t size = shape_count(shape) / 2;
        if (!picture)
            fixture_require(fixture,
                            arena_push(&fixture->arena, &taps[tap], size * (size_t)count, &error),
                            &error);
        if (fixture->problem[0]) return;
        memcpy(taps[tap] + (size_t)picture * size, values, size * sizeof *values);
        if (picture == count - 1) compare_taps(fixture, taps[tap], tap, &shape, count);
    }
}

static void run_lpips_work(Fixture *fixture, LpipsWork *work)
{
    real *taps[LPIPS_TAPS] = { NULL }, distance[LPIPS_PICTURES], same[LPIPS_PICTURES];
    Shape shape;
    const real *predictions = fixture_read(fixture, "in.preds", LAYOUT_PLAIN, &shape);
    const real *targets = fixture_read(fixture, "in.targets", LAYOUT_PLAIN, NULL);
    const int count = shape.dims[0] * shape.dims[1];
    const size_t size = shape_count(shape) / (size_t)count;
    for (int i = 0; i < count && i < LPIPS_PICTURES && !fixture->problem[0]; i++) {
        const real *prediction = predictions + (size_t)i * size;
        same[i] = (real)lpips_distance(work, prediction, prediction);
        distance[i] = (real)lpips_distance(work, prediction, targets + (size_t)i * size);
        collect_taps(fixture, work, taps, i, count);
    }
    if (fixture->problem[0]) return;
    fixture_compare(fixture, "out.lpips", distance, (size_t)count, LAYOUT_PLAIN, TOLERANCE_LAYER);
    fixture_compare(fixture, "out.lpips_same", same, (size_t)count, LAYOUT_PLAIN, TOLERANCE_LAYER);
}

void run_lpips(Fixture *fixture)
{
    Error error = { OK, "" };
    Lpips *lpips = NULL;
    LpipsWork *work = NULL;
    const WeightFile file = { .safetensors = fixture->file };
    fixture_require(fixture, lpips_load(&lpips, &file, &file, "param.", LPIPS_ORIGINAL, &error),
                    &error);
    if (!fixture->problem[0])
        fixture_require(fixture,
                        lpips_work_create(&work, lpips, fixture_int(fixture, "H"),
                                          fixture_int(fixture, "W"), &error),
                        &error);
    if (!fixture->problem[0]) run_lpips_work(fixture, work);
    lpips_work_destroy(work);
    lpips_close(lpips);
}

/* ---- evaluation of models, one batch after the other ---- */

static void next_graph(Fixture *fixture)
{
    plan_destroy(fixture->plan);
    graph_destroy(fixture->graph);
    fixture->plan = NULL;
    fixture->graph = NULL;
    fixture->input_count = fixture->output_count = 0;
    fixture_graph(fixture);
}

static Node batch_input(Fixture *fixture, const char *name, int batch, Layout layout)
{
    char full[64];
    snprintf(full, sizeof full, "%s.%d", name, batch);
    return fixture_input(fixture, full, layout);
}

/* clamped pictures (..., H, W, 3) as planes (M, 3, H, W) */
static Node clamped_planes(Graph *graph, Node pictures)
{
    const int order[] = { 0, 3, 1, 2 };
    const Shape s = node_shape(graph, pictures);
    const int height = s.dims[s.rank - 3], width = s.dims[s.rank - 2];
    const int maps = (int)(shape_count(s) / (size_t)(height * width * 3));
    const Node flat = op_reshape(graph, pictures, SHAPE(maps, height, width, 3));
    return op_clamp(graph, op_permute(graph, flat, order), 0, 1);
}

void run_savi_eval(Fixture *fixture)
{
    static Scores scores;
    Savi savi;
    scores.count = 0;
    fixture_savi(fixture, &savi, "savi", "");
    fixture_load_params(fixture);
    for (int i = 0; i < fixture_int(fixture, "batches") && !fixture->problem[0]; i++) {
        next_graph(fixture);
        const Node video = batch_input(fixture, "video", i, LAYOUT_IMAGE);
        const Node noise = batch_input(fixture, "noise.slots", i, LAYOUT_PLAIN);
        const SaviClip clip = savi_clip(fixture->graph, &savi, video, noise, true, NULL);
        const Node predictions = clamped_planes(fixture->graph, clip.recons);
        const Node targets = clamped_planes(fixture->graph, video);
        graph_output(fixture->graph, "predictions", predictions);
        graph_output(fixture->graph, "targets", targets);
        fixture_run(fixture);
        if (fixture->problem[0]) return;
        const Shape shape = node_shape(fixture->graph, predictions);
        add_scores(fixture, &scores, plan_value(fixture->plan, predictions),
                   plan_value(fixture->plan, targets), shape.dims[0], shape.dims + 1);
    }
    if (!fixture->problem[0]) compare_scores(fixture, "out.", &scores, fixture_int(fixture, "T"));
}

/* ---- predictors: sample 0 with inferred actions, the others with random codes ---- */

typedef struct Evaluation {
    Savi savi;
    PlaySlot model;
    int seed, preds, samples;
    Scores posterior, prior; /* prior: samples - 1 trials per sequence */
} Evaluation;

static Node random_codes(Fixture *fixture, const Codebook *book, int sample, int batch)
{
    char name[64];
    Shape shape = SHAPE(1);
    snprintf(name, sizeof name, "in.noise.prior%d.action_idx.%d", sample, batch);
    const real *index = fixture_read(fixture, name, LAYOUT_PLAIN, &shape);
    if (!index) return NODE_NONE;
    const Node row = graph_constant(fixture->graph, SHAPE((int)shape_count(shape)), index);
    const Node codes = codebook_lookup(fixture->graph, book, row);
    return op_reshape(fixture->graph, codes, SHAPE(shape.dims[0], shape.dims[1], book->code_dim));
}

/* pictures of all samples (samples * m, 3, H, W), sequence of one */
static Node sample_pictures(Fixture *fixture, Evaluation *evaluation, Node slots, Node noise,
                            int batch)
{
    Graph *graph = fixture->graph;
    Node pictures[16];
    const PlaySlot *model = &evaluation->model;
    const int seed = evaluation->seed, preds = evaluation->preds;
    const Node seed_slots = op_slice(graph, slots, 1, 0, seed);
    for (int s = 0; s < evaluation->samples && s < 16; s++) {
        const Node protos =
            s ? random_codes(fixture, &model->latent_action.quantizer, s - 1, batch)
              : latent_action_infer(graph, &model->latent_action, slots, noise, false).proto;
        const Node next =
            playslot_rollout(graph, model, seed_slots, protos, NODE_NONE, seed, preds);
        pictures[s] = fixture_decode_clip(graph, &evaluation->savi, next).recons;
    }
    return op_concat(graph, pictures, evaluation->samples, 0);
}

static void evaluate_batch(Fixture *fixture, Evaluation *evaluation, int batch)
{
    static char name[32];
    next_graph(fixture);
    Graph *graph = fixture->graph;
    const int preds = evaluation->preds;
    const Node video = batch_input(fixture, "video", batch, LAYOUT_IMAGE);
    const Node noise = batch_input(fixture, "noise.slots", batch, LAYOUT_PLAIN);
    const Node latent = batch_input(fixture, "noise.latent", batch, LAYOUT_PLAIN);
    const Node slots = savi_clip(graph, &evaluation->savi, video, noise, false, NULL).slots;
    const Node pictures = sample_pictures(fixture, evaluation, slots, latent, batch);
    snprintf(name, sizeof name, "pred_imgs.%d", batch);
    fixture_output_within(fixture, name, pictures, LAYOUT_IMAGE, TOLERANCE_PICTURE);
    const Node predictions = clamped_planes(graph, pictures);
    const Node targets = clamped_planes(graph, op_slice(graph, video, 1, evaluation->seed, preds));
    graph_output(graph, "predictions", predictions);
    graph_output(graph, "targets", targets);
    fixture_run(fixture);
    if (fixture->problem[0]) return;
    const Shape shape = node_shape(graph, predictions);
    const size_t sample = shape_count(shape) / (size_t)evaluation->samples;
    const real *target = plan_value(fixture->plan, targets);
    for (int s = 0; s < evaluation->samples; s++)
        add_scores(fixture, s ? &evaluation->prior : &evaluation->posterior,
                   plan_value(fixture->plan, predictions) + (size_t)s * sample, target, preds,
                   shape.dims + 1);
}

static void compare_prior(Fixture *fixture, Evaluation *evaluation)
{
    static Scores best;
    const int trials = evaluation->samples - 1, frames = evaluation->preds;
    best.count = evaluation->posterior.count;
    const int sequences = best.count / frames;
    metric_best_of(best.psnr, NULL, evaluation->prior.psnr, sequences, trials, frames, true);
    metric_best_of(best.ssim, NULL, evaluation->prior.ssim, sequences, trials, frames, true);
    compare_scores(fixture, "out.prior_best.", &best, frames);
}

void run_playslot_eval(Fixture *fixture)
{
    static Evaluation evaluation;
    evaluation = (Evaluation){ .seed = fixture_int(fixture, "num_context"),
                               .preds = fixture_int(fixture, "num_preds"),
                               .samples = fixture_int(fixture, "num_samples") };
    fixture_savi(fixture, &evaluation.savi, "savi", "savi");
    fixture_playslot(fixture, &evaluation.model, "predictor", false, "predictor");
    fixture_load_params(fixture);
    for (int i = 0; i < fixture_int(fixture, "batches") && !fixture->problem[0]; i++)
        evaluate_batch(fixture, &evaluation, i);
    if (fixture->problem[0]) return;
    compare_scores(fixture, "out.post.", &evaluation.posterior, evaluation.preds);
    compare_prior(fixture, &evaluation);
}

/* ---- predictors without latent actions: the m frames after the seed ---- */

void run_ocvp_eval(Fixture *fixture)
{
    static Scores scores;
    static Model model;
    Savi savi;
    scores.count = 0;
    fixture_savi(fixture, &savi, "savi", "savi");
    fixture_predictor(fixture, &model, "exp.predictor", "predictor");
    fixture_load_params(fixture);
    if (fixture->problem[0]) return;
    const ClipPass pass = fixture_pass(fixture, false, NULL);
    const int seed = pass.num_seed, preds = pass.num_preds;
    Graph *graph = fixture_graph(fixture);
    const Node video = fixture_input(fixture, "video", LAYOUT_IMAGE);
    const Node noise = fixture_input(fixture, "noise.slots", LAYOUT_PLAIN);
    const Node actions = fixture_input(fixture, "actions", LAYOUT_PLAIN);
    const Node slots = savi_clip(graph, &savi, video, noise, false, NULL).slots;
    const Node all = model.def->predict(graph, &model, slots, actions, pass);
    const Node later = op_slice(graph, all, 1, seed - 1, preds);
    const Node pictures = fixture_decode_clip(graph, &savi, later).recons;
    const Node predictions = clamped_planes(graph, pictures);
    const Node targets = clamped_planes(graph, op_slice(graph, video, 1, seed, preds));
    fixture_output_within(fixture, "pred_imgs", pictures, LAYOUT_IMAGE, TOLERANCE_PICTURE);
    graph_output(graph, "predictions", predictions);
    graph_output(graph, "targets", targets);
    fixture_run(fixture);
    if (fixture->problem[0]) return;
    const Shape shape = node_shape(graph, predictions);
    add_scores(fixture, &scores, plan_value(fixture->plan, predictions),
               plan_value(fixture->plan, targets), shape.dims[0], shape.dims + 1);
    compare_scores(fixture, "out.", &scores, preds);
}
