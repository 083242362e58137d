#include "commands/random_actions.h"

#include "base/memory.h"
#include "base/rng.h"
#include "graph/ops.h"
#include "training/metrics.h"

typedef struct RandomWorker {
    Plan *plan;
    FrameMeter meter;
    real *scores; /* (FRAME_METRICS, trials, measured frames) */
    real *best;   /* (m) */
} RandomWorker;

struct RandomActions {
    const PredictionEvaluation *run;
    Graph *graph;
    Node seed;          /* (1, n, N, D) */
    Node index;         /* codes, one per step (and slot) */
    Node target, share; /* with variability: the other code, how far towards it; else NODE_NONE */
    SaviPicture picture;
    RandomWorker *workers;
    MetricTable table;
    RandomActionsSize size;
    int steps, rows;
};

/* --- preparation ------------------------------------------------------------------------------------- */

/* rows of the book as (1, steps, N?, A) */
static Node per_step(const RandomActions *random, Node rows)
{
    const PlaySlotConfig *config = &random->run->models.predictor.config;
    const int A = config->action_dim;
    return op_reshape(random->graph, rows,
                      config->per_slot ? SHAPE(1, random->steps, random->run->N, A)
                                       : SHAPE(1, random->steps, A));
}

static Node record_variability(RandomActions *random, Node source)
{
    const PlaySlot *model = &random->run->models.predictor;
    Graph *graph = random->graph;
    if (!model->config.use_variability) return NODE_NONE;
    random->target = graph_input(graph, "target", SHAPE(random->rows));
    random->share = graph_input(graph, "share", SHAPE(random->rows, 1));
    const Node target = codebook_lookup(graph, &model->latent_action.quantizer, random->target);
    const Node way = op_sub(graph, target, source);
    return per_step(random, op_mul(graph, way, random->share));
}

static Status record(RandomActions *random, Error *error)
{
    const PredictionEvaluation *run = random->run;
    const PlaySlot *model = &run->models.predictor;
    Status status = graph_create(&random->graph, run->models.store, error);
    if (status) return status;
    Graph *graph = random->graph;
    random->seed = graph_input(graph, "seed", SHAPE(1, run->n, run->N, run->D));
    random->index = graph_input(graph, "index", SHAPE(random->rows));
    const Node codes = codebook_lookup(graph, &model->latent_action.quantizer, random->index);
    const Node variability = record_variability(random, codes);
    const Node next = playslot_rollout(graph, model, random->seed, per_step(random, codes),
                                       variability, run->n, run->m);
    random->picture = savi_decode(graph, &run->models.savi,
                                  op_reshape(graph, next, SHAPE(run->m, run->N, run->D)), NULL);
    graph_output(graph, "recons", random->picture.recons);
    return graph_finish(graph, error);
}

static Status make_worker(RandomWorker *worker, const RandomActions *random, Error *error)
{
    const PredictionEvaluation *run = random->run;
    const PlanOptions inference = { .loss = NODE_NONE };
    const size_t m = (size_t)run->m;
    Status status = plan_create(&worker->plan, random->graph, inference, error);
    if (!status) status = frame_meter_init(&worker->meter, run->lpips, run->H, run->W, error);
    if (!status)
        status = memory_new_array(&worker->scores, FRAME_METRICS * (size_t)random->size.trials * m,
                                  error);
    return status ? status : memory_new_array(&worker->best, m, error);
}

Status random_actions_create(RandomActions **out, const PredictionEvaluation *run,
                             RandomActionsSize size, Error *error)
{
    RandomActions *random = NULL;
    *out = NULL;
    Status status = memory_new(&random, error);
    if (status) return status;
    random->run = run;
    random->size = size;
    random->steps = run->n + run->m - 1;
    random->rows = random->steps * (run->models.predictor.config.per_slot ? run->N : 1);
    random->target = random->share = NODE_NONE;
    status = record(random, error);
    if (!status)
        status = metric_table_init(&random->table, FRAME_METRICS, size.clips, run->m, error);
    if (!status) status = memory_new_array(&random->workers, (size_t)size.threads, error);
    for (int i = 0; !status && i < size.threads; i++)
        status = make_worker(&random->workers[i], random, error);
    if (status)
        random_actions_destroy(random);
    else
        *out = random;
    return status;
}

void random_actions_destroy(RandomActions *random)
{
    if (!random) return;
    for (int i = 0; random->workers && i < random->size.threads; i++) {
        plan_destroy(random->workers[i].plan);
        frame_meter_release(&random->workers[i].meter);
        memory_free(random->workers[i].scores);
        memory_free(random->workers[i].best);
    }
    memory_free(random->workers);
    metric_table_release(&random->table);
    graph_destroy(random->graph);
    memory_free(random);
}

const MetricTable *random_actions_table(const RandomActions *random)
{
    return &random->table;
}

/* --- one clip ---------------------------------------------------------------------------------------- */

static void draw_codes(real *index, int rows, uint64_t codes, Rng *rng)
{
    for (int i = 0; i < rows; i++)
        index[i] = (real)rng_below(rng, codes);
}

static void draw_actions(const RandomActions *random, Plan *plan, Rng *rng)
{
    const uint64_t codes = (uint64_t)random->run->models.predictor.config.num_actions;
    draw_codes(plan_input(plan, random->index), random->rows, codes, rng);
    if (random->target.id < 0) return;
    draw_codes(plan_input(plan, random->target), random->rows, codes, rng);
    real *share = plan_input(plan, random->share);
    for (int i = 0; i < random->rows; i++)
        share[i] = (real)rng_range(rng, 0, 0.5);
}

/* the first `frames` predicted frames of one roll-out */
static Status measure_trial(const RandomActions *random, RandomWorker *worker, int trial,
                            const ClipView *clip, int frames, Error *error)
{
    const size_t pixels = 3 * (size_t)clip->H * (size_t)clip->W;
    const real *recons = plan_value(worker->plan, random->picture.recons);
    const real *targets = clip->frames + (size_t)random->run->n * pixels;
    Status status = OK;
    for (int t = 0; !status && t < frames; t++) {
        double values[FRAME_METRICS];
        status = frame_meter_measure(&worker->meter, values, recons + (size_t)t * pixels,
                                     targets + (size_t)t * pixels, error);
        for (int metric = 0; !status && metric < FRAME_METRICS; metric++)
            worker->scores[(metric * random->size.trials + trial) * frames + t] =
                (real)values[metric];
    }
    return status;
}

/* each metric chooses for itself */
static void keep_best(RandomActions *random, const RandomWorker *worker, int clip, int frames)
{
    for (int metric = 0; metric < FRAME_METRICS; metric++) {
        metric_best_of(worker->best, NULL, worker->scores + metric * random->size.trials * frames,
                       1, random->size.trials, frames, !metric_defs[metric].lowest);
        for (int t = 0; t < frames; t++)
            metric_table_set(&random->table, metric, clip, t, (double)worker->best[t]);
    }
}

Status random_actions_measure(RandomActions *random, int number, const ClipView *clip,
                              const real *slots, Error *error)
{
    const PredictionEvaluation *run = random->run;
    RandomWorker *worker = &random->workers[number];
    const int frames = clip->real_frames - run->n < run->m ? clip->real_frames - run->n : run->m;
    if (frames < 1) return OK;
    Rng rng = rng_stream(run->options->seed, "random-actions", (uint64_t)clip->index);
    real *seed = plan_input(worker->plan, random->seed);
    for (size_t i = 0; i < (size_t)run->n * (size_t)run->N * (size_t)run->D; i++)
        seed[i] = slots[i];
    Status status = OK;
    for (int trial = 0; !status && trial < random->size.trials; trial++) {
        draw_actions(random, worker->plan, &rng);
        plan_run(worker->plan);
        status = measure_trial(random, worker, trial, clip, frames, error);
    }
    if (!status) keep_best(random, worker, clip->index, frames);
    return status;
}
