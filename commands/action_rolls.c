#include "commands/action_rolls.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

static const PlaySlot *predictor_of(const FigureRun *run)
{
    return &run->models.predictor;
}

static const Codebook *codebook_of(const FigureRun *run)
{
    return &predictor_of(run)->latent_action.quantizer;
}

void action_rolls_record_inference(ActionRolls *rolls, FigureRun *run)
{
    const LatentAction *latent = &predictor_of(run)->latent_action;
    run->noise =
        graph_input(run->graph, "noise", latent_action_noise_shape(latent, 1, run->T, run->N));
    rolls->inferred = latent_action_infer(run->graph, latent, run->clip.slots, run->noise, false);
    graph_output(run->graph, "slots", run->clip.slots);
    graph_output(run->graph, "protos", rolls->inferred.proto);
    graph_output(run->graph, "variability", rolls->inferred.variability);
    graph_output(run->graph, "index", rolls->inferred.index);
}

/* --- graph of one roll-out --------------------------------------------------------------------------- */

static Status record(ActionRolls *rolls, const FigureRun *run, Error *error)
{
    Status status = graph_create(&rolls->graph, run->models.store, error);
    if (status) return status;
    Graph *graph = rolls->graph;
    const Shape actions = node_shape(run->graph, rolls->inferred.proto);
    rolls->seed = graph_input(graph, "seed", SHAPE(1, run->n, run->N, run->D));
    rolls->protos = graph_input(graph, "protos", actions);
    rolls->variability = predictor_of(run)->config.use_variability
                             ? graph_input(graph, "variability", actions)
                             : NODE_NONE;
    Node preds = playslot_rollout(graph, predictor_of(run), rolls->seed, rolls->protos,
                                  rolls->variability, run->n, run->m);
    preds = op_reshape(graph, preds, SHAPE(run->m, run->N, run->D));
    rolls->predicted = savi_decode(graph, &run->models.savi, preds, NULL);
    graph_output(graph, "recons", rolls->predicted.recons);
    graph_output(graph, "masks", rolls->predicted.masks);
    return graph_finish(graph, error);
}

static Status make_worker(ActionWorker *worker, const ActionRolls *rolls, const FigureRun *run,
                          Error *error)
{
    const PlanOptions inference = { .loss = NODE_NONE };
    const size_t pixels = (size_t)run->m * (size_t)run->H * (size_t)run->W * 3;
    const size_t regions = (size_t)run->N * ((size_t)run->m + 1);
    Status status = plan_create(&worker->plan, rolls->graph, inference, error);
    if (!status) status = memory_new_array(&worker->rolls, (size_t)rolls->codes + 1, error);
    for (int i = 0; !status && i <= rolls->codes; i++) {
        status = memory_new_array(&worker->rolls[i].images, pixels, error);
        if (!status) status = memory_new_array(&worker->rolls[i].regions, regions, error);
    }
    return status;
}

Status action_rolls_create(ActionRolls *rolls, const FigureRun *run, Error *error)
{
    const int threads = clip_loop_threads(run->loop);
    rolls->codes = codebook_of(run)->num_codes;
    rolls->code_size = codebook_of(run)->code_dim;
    rolls->per_step = predictor_of(run)->config.per_slot ? run->N : 1;
    Status status = record(rolls, run, error);
    if (!status) status = memory_new_array(&rolls->workers, (size_t)threads, error);
    for (int i = 0; !status && i < threads; i++)
        status = make_worker(&rolls->workers[i], rolls, run, error);
    return status;
}

void action_rolls_destroy(ActionRolls *rolls, const FigureRun *run)
{
    for (int i = 0; rolls->workers && i < clip_loop_threads(run->loop); i++) {
        ActionWorker *worker = &rolls->workers[i];
        plan_destroy(worker->plan);
        for (int k = 0; worker->rolls && k <= rolls->codes; k++) {
            memory_free(worker->rolls[k].images);
            memory_free(worker->rolls[k].regions);
        }
        memory_free(worker->rolls);
    }
    memory_free(rolls->workers);
    graph_destroy(rolls->graph);
}

/* --- regions ----------------------------------------------------------------------------------------- */

/* of every slot in one frame: masks (N, H, W) -> regions[slot * stride] */
static void find_regions(Region *regions, int stride, const real *masks, int *labels,
                         const FigureRun *run)
{
    metric_mask_labels(labels, masks, run->N, (int64_t)run->H * run->W);
    for (int slot = 0; slot < run->N; slot++)
        regions[slot * stride] = region_of(labels, run->H, run->W, slot);
}

static const real *last_seen_masks(const FigureRun *run, int worker)
{
    const size_t masks = (size_t)run->N * (size_t)run->H * (size_t)run->W;
    return plan_value(run->workers[worker].plan, run->seen.masks) + (size_t)(run->n - 1) * masks;
}

int action_rolls_largest(const ActionRolls *rolls, const FigureRun *run, int worker)
{
    const int area = run->H * run->W;
    int *labels = run->workers[worker].labels[0], best = 0, most = -1;
    (void)rolls;
    metric_mask_labels(labels, last_seen_masks(run, worker), run->N, area);
    for (int slot = 0; slot < run->N; slot++) {
        int own = 0;
        for (int i = 0; i < area; i++)
            own += labels[i] == slot;
        if (own <= most) continue;
        most = own;
        best = slot;
    }
    return best;
}

/* --- running ----------------------------------------------------------------------------------------- */

static void keep(ActionRoll *roll, const ActionRolls *rolls, const FigureRun *run, int worker)
{
    const Plan *plan = rolls->workers[worker].plan;
    const size_t area = (size_t)run->H * (size_t)run->W;
    const real *masks = plan_value(plan, rolls->predicted.masks);
    int *labels = run->workers[worker].labels[0];
    memcpy(roll->images, plan_value(plan, rolls->predicted.recons),
           (size_t)run->m * area * 3 * sizeof *roll->images);
    find_regions(roll->regions, run->m + 1, last_seen_masks(run, worker), labels, run);
    for (int step = 0; step < run->m; step++)
        find_regions(roll->regions + step + 1, run->m + 1,
                     masks + (size_t)step * (size_t)run->N * area, labels, run);
}

static void fill_inferred(const ActionRolls *rolls, const FigureRun *run, Plan *plan, int worker)
{
    const Plan *seen = run->workers[worker].plan;
    const size_t bytes = shape_count(node_shape(rolls->graph, rolls->protos)) * sizeof(real);
    memcpy(plan_input(plan, rolls->protos), plan_value(seen, rolls->inferred.proto), bytes);
    if (rolls->variability.id >= 0)
        memcpy(plan_input(plan, rolls->variability), plan_value(seen, rolls->inferred.variability),
               bytes);
}

/* the actions of `slot` (-1: of all), over those that are there */
static void fill_code(const ActionRolls *rolls, const FigureRun *run, Plan *plan, int code,
                      int slot)
{
    const size_t size = (size_t)rolls->code_size, per_step = (size_t)rolls->per_step;
    const size_t count = shape_count(node_shape(rolls->graph, rolls->protos)) / size;
    const real *value =
        params_value_const(run->models.store, codebook_of(run)->codes) + (size_t)code * size;
    for (size_t i = 0; i < count; i++) {
        if (slot >= 0 && per_step > 1 && i % per_step != (size_t)slot) continue;
        memcpy(plan_input(plan, rolls->protos) + i * size, value, size * sizeof *value);
        if (rolls->variability.id >= 0)
            memset(plan_input(plan, rolls->variability) + i * size, 0, size * sizeof *value);
    }
}

const ActionRoll *action_rolls_run_slot(ActionRolls *rolls, const FigureRun *run, int worker,
                                        int slot)
{
    ActionWorker *own = &rolls->workers[worker];
    const size_t seed = (size_t)run->n * (size_t)run->N * (size_t)run->D;
    memcpy(plan_input(own->plan, rolls->seed),
           plan_value(run->workers[worker].plan, run->clip.slots), seed * sizeof(real));
    for (int roll = 0; roll <= rolls->codes; roll++) {
        fill_inferred(rolls, run, own->plan, worker);
        if (roll) fill_code(rolls, run, own->plan, roll - 1, slot);
        plan_run(own->plan);
        keep(&own->rolls[roll], rolls, run, worker);
    }
    return own->rolls;
}

const ActionRoll *action_rolls_run(ActionRolls *rolls, const FigureRun *run, int worker)
{
    return action_rolls_run_slot(rolls, run, worker, -1);
}

void action_rolls_usage(double *shares, const ActionRolls *rolls, const FigureRun *run, int worker,
                        int frames)
{
    const real *index = plan_value(run->workers[worker].plan, rolls->inferred.index);
    const int count = (frames - 1) * rolls->per_step;
    for (int code = 0; code < rolls->codes; code++)
        shares[code] = count > 0 ? 0 : (double)NAN;
    for (int i = 0; i < count; i++)
        shares[(int)index[i]] += 1.0 / count;
}

void action_rolls_distances(double *distances, const ActionRolls *rolls, const FigureRun *run)
{
    const int size = rolls->code_size;
    const real *codes = params_value_const(run->models.store, codebook_of(run)->codes);
    for (int a = 0; a < rolls->codes; a++) {
        for (int b = 0; b < rolls->codes; b++) {
            double sum = 0;
            for (int i = 0; i < size; i++) {
                const double d = (double)codes[a * size + i] - (double)codes[b * size + i];
                sum += d * d;
            }
            distances[a * rolls->codes + b] = sum / size;
        }
    }
}
