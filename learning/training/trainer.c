#include "training/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "base/memory.h"
#include "training/trainer_internal.h"

double trainer_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- set-up ---- */

static Status make_loaders(Trainer *trainer, const StageSetup *setup, Error *error)
{
    LoaderOptions options = data_config_loader(&setup->data, SPLIT_TRAIN);
    options.num_frames = trainer->stage->num_frames;
    options.first_step = trainer->state.step;
    Status status = loader_create(&trainer->train_loader, setup->dataset, &options, error);
    if (status || !trainer->validates) return status;
    options = data_config_loader(&setup->data, SPLIT_VALID);
    options.num_frames = trainer->stage->num_frames;
    options.short_episodes = SHORT_PAD;
    options.depth = 1;
    return loader_create(&trainer->valid_loader, setup->dataset, &options, error);
}

static int capped(int value, int cap)
{
    return value < cap ? value : cap;
}

static void set_lengths(Trainer *trainer)
{
    const TrainingConfig *config = &trainer->config;
    const int pass = loader_steps(trainer->train_loader);
    trainer->steps_per_epoch = config->extras.iters_per_epoch
                                   ? config->extras.iters_per_epoch
                                   : capped(pass, config->train_iters_per_epoch);
    if (trainer->valid_loader)
        trainer->valid_batches =
            capped(loader_steps(trainer->valid_loader), config->valid_iters_per_epoch);
}

/* parameters of the part that receive a gradient */
static Status make_optimizer(Trainer *trainer, int index, Error *error)
{
    ParamStore *store = trainer->stage->store;
    const char *prefix = trainer->stage->parts[index].names.store;
    int *trained = NULL;
    int count = 0;
    Status status = memory_new_array(&trained, (size_t)params_count(store), error);
    for (int i = 0; !status && i < params_count(store); i++) {
        const bool mine = !strncmp(params_at(store, i)->name, prefix, strlen(prefix));
        if (mine && plan_trains(trainer->replicas[0].train, i)) trained[count++] = i;
    }
    if (!status)
        status = optimizer_create(&trainer->optimizers[index], store, trained, count,
                                  adam_default(), error);
    memory_free(trained);
    return status;
}

static void set_losses(Trainer *trainer)
{
    const LossNodes *nodes = &trainer->stage->train.losses;
    for (int i = 0; i < nodes->count; i++)
        trainer->loss_names[i] = nodes->names[i];
    trainer->loss_names[nodes->count] = "_total";
    trainer->state.loss_count = nodes->count + 1;
    trainer->state.schedule = schedule_start(training_schedule(&trainer->config));
}

static Status trainer_init(Trainer *trainer, const StageSetup *setup, Error *error)
{
    const TrainRequest *request = trainer->request;
    Stage *stage = trainer->stage;
    trainer->replica_count = capped(thread_pool_size(trainer->pool), stage->micro_count);
    trainer->validates = dataset_split_count(setup->dataset, SPLIT_VALID) > 0;
    set_losses(trainer);
    Status status = json_print_compact(&trainer->params_text, request->params, error);
    if (!status) status = replicas_create(trainer, error);
    for (int i = 0; !status && i < stage->part_count; i++)
        status = make_optimizer(trainer, i, error);
    if (!status) status = trainer_load(trainer, error);
    if (!status) status = make_loaders(trainer, setup, error);
    if (!status) set_lengths(trainer);
    return status;
}

static void trainer_release(Trainer *trainer)
{
    loader_destroy(trainer->train_loader);
    loader_destroy(trainer->valid_loader);
    for (int i = 0; i < CHECKPOINT_PARTS_MAX; i++)
        optimizer_destroy(trainer->optimizers[i]);
    replicas_destroy(trainer);
    memory_free(trainer->params_text);
}

/* ---- reports ---- */

/* frames that SAVi sees: of every clip, or once of every episode */
static double frozen_frames(const Trainer *trainer, double clips)
{
    const Dataset *dataset = trainer->stage->dataset;
    double frames = 0.0;
    if (!trainer->stage->whole_episodes) return clips * trainer->stage->num_frames;
    for (int i = 0; i < dataset_count(dataset); i++)
        frames += dataset_at(dataset, i)->steps + 1;
    return frames;
}

static void add_frozen(TrainStart *start, const Trainer *trainer)
{
    const Stage *stage = trainer->stage;
    if (!stage->def->encoder) return;
    const ClipEncoderCost cost = clip_encoder_cost(stage->def->encoder(stage));
    const double batches =
        (double)start->total_steps + (double)start->epochs * start->valid_batches;
    const double clips = batches * start->batch_size;
    start->flop_frozen = cost.frame_flop * frozen_frames(trainer, clips) + cost.latent_flop * clips;
    start->frozen_bytes = cost.plan_bytes + cost.cache_bytes;
}

static Status report_start(const Trainer *trainer, Error *error)
{
    const TrainObserver *observer = &trainer->request->observer;
    const Stage *stage = trainer->stage;
    if (!observer->start) return OK;
    const PlanCost cost = plan_cost(trainer->replicas[0].train);
    TrainStart start = { .kind = stage->def->kind,
                         .first_step = trainer->state.step,
                         .epochs = trainer->config.num_epochs,
                         .steps_per_epoch = trainer->steps_per_epoch,
                         .batch_size = trainer->config.batch_size,
                         .micro_batch = stage->micro_batch,
                         .workers = trainer->replica_count,
                         .clips = loader_clips(trainer->train_loader),
                         .store = stage->store,
                         .plan_bytes = cost.bytes * (size_t)trainer->replica_count };
    start.total_steps = (int64_t)start.epochs * start.steps_per_epoch;
    start.flop_forward = cost.flop_forward * stage->micro_count;
    start.flop_per_step = start.flop_forward + cost.flop_backward * stage->micro_count;
    start.valid_batches = trainer->valid_batches;
    if (trainer->validates)
        start.flop_valid = plan_cost(trainer->replicas[0].valid).flop_forward * stage->micro_count;
    if (trainer->valid_loader) start.valid_clips = loader_clips(trainer->valid_loader);
    add_frozen(&start, trainer);
    for (int i = 0; i < stage->part_count; i++)
        for (int k = 0; k < optimizer_count(trainer->optimizers[i]); k++)
            start.parameters += shape_count(
                params_at(stage->store, optimizer_param(trainer->optimizers[i], k))->shape);
    return observer->start(observer->user, &start, error);
}

/* a cosine that reaches its end rises again: worth a line (spec models, 20.4 no. 33) */
static Status report_schedule(const Trainer *trainer, Error *error)
{
    const TrainObserver *observer = &trainer->request->observer;
    const ScheduleOptions *o = &trainer->state.schedule.options;
    const double steps = (double)trainer->config.num_epochs * trainer->steps_per_epoch;
    const double warmup = o->warmup ? (double)o->warmup_steps : 0.0;
    if (!observer->note || o->kind != SCHEDULE_COSINE || o->clamp || steps <= o->period + warmup)
        return OK;
    char text[256];
    snprintf(text, sizeof text,
             "the learning rate reaches 0 after %.0f of %.0f steps and rises again "
             "(training.scheduler_steps; training.playslot.clamp_schedule keeps it at 0)",
             o->period + warmup, steps);
    return observer->note(observer->user, text, error);
}

static Status report_epoch(const Trainer *trainer, Split split, const double *means, double begun,
                           Error *error)
{
    const TrainObserver *observer = &trainer->request->observer;
    if (!observer->epoch) return OK;
    const Stage *stage = trainer->stage;
    const bool watches = split == SPLIT_VALID && stage->def->inspect;
    const SlotHealth health = watches ? slot_health_mean(&stage->health) : (SlotHealth){ 0 };
    const TrainEpoch epoch = { .slots = watches ? &health : NULL,
                               .epoch = trainer->state.epoch,
                               .split = split,
                               .step = trainer->state.step,
                               .loss_count = trainer->state.loss_count,
                               .loss_names = trainer->loss_names,
                               .means = means,
                               .seconds = trainer_clock() - begun };
    return observer->epoch(observer->user, &epoch, error);
}

static Status report_pictures(Trainer *trainer, Error *error)
{
    const TrainObserver *observer = &trainer->request->observer;
    Stage *stage = trainer->stage;
    Batch batch;
    if (!observer->pictures || !stage->def->pictures || !trainer->valid_loader ||
        trainer->state.step % trainer->config.image_log_frequency)
        return OK;
    Status status = loader_get(trainer->valid_loader, 0, &batch, error);
    if (status) return status;
    const StageBatch stage_batch = { .batch = &batch,
                                     .split = SPLIT_VALID,
                                     .step = trainer->state.step };
    if (stage->def->prepare)
        status = stage->def->prepare(stage, &stage_batch, trainer->pool, error);
    return status ? status : stage->def->pictures(stage, &stage_batch, observer, error);
}

typedef struct StepTimes {
    double begun, waited;
} StepTimes;

static Status report_step(const Trainer *trainer, double norm, StepTimes times, Error *error)
{
    const TrainObserver *observer = &trainer->request->observer;
    const TrainState *state = &trainer->state;
    if (!observer->step) return OK;
    const double now = trainer_clock();
    const TrainStep step = { .step = state->step,
                             .epoch = state->epoch,
                             .it = state->it,
                             .loss_count = state->loss_count,
                             .loss_names = trainer->loss_names,
                             .losses = trainer->losses,
                             .rate = state->schedule.rate,
                             .grad_norm = norm,
                             .step_seconds = now - times.begun,
                             .wait_seconds = times.waited,
                             .wait_share = trainer->run_wait / (now - trainer->started),
                             .log = state->step % trainer->config.log_frequency == 0 };
    return observer->step(observer->user, &step, error);
}

/* ---- the loop ---- */

static bool interrupted(const Trainer *trainer)
{
    return trainer->request->interrupt && *trainer->request->interrupt;
}

/* save and say so */
static Status stop_here(Trainer *trainer, Error *error)
{
    const Status status = trainer_save(trainer, CHECKPOINT_LAST, error);
    if (status) return status;
    return error_set(error, ERR_INTERRUPTED, "interrupted after step %lld",
                     (long long)trainer->state.step);
}

static Status get_batch(Trainer *trainer, Loader *loader, int64_t step, Batch *batch,
                        double *waited, Error *error)
{
    const double begun = trainer_clock();
    const Status status = loader_get(loader, step, batch, error);
    *waited = trainer_clock() - begun;
    trainer->run_wait += *waited;
    return status;
}

/* clip and update every part; *norm is the main one's, before clipping */
static Status update(Trainer *trainer, double *norm, Error *error)
{
    const Stage *stage = trainer->stage;
    const TrainingConfig *config = &trainer->config;
    double norms[CHECKPOINT_PARTS_MAX] = { 0 };
    for (int i = 0; i < stage->part_count; i++) {
        norms[i] = gradient_norm(trainer->optimizers[i], trainer->gradients, trainer->pool);
        const Status status = replicas_check_gradients(trainer, norms[i], error);
        if (status) return status;
    }
    *norm = norms[0];
    for (int i = 0; i < stage->part_count; i++) {
        const double rate = stage->parts[i].scheduled ? trainer->state.schedule.rate : config->lr;
        if (stage->parts[i].clipped && config->gradient_clipping)
            gradient_clip(trainer->optimizers[i], trainer->gradients, norms[i],
                          config->clipping_max_value, trainer->pool);
        optimizer_step(trainer->optimizers[i], rate, trainer->gradients, trainer->pool);
    }
    return OK;
}

static Status train_step(Trainer *trainer, Error *error)
{
    TrainState *state = &trainer->state;
    StepTimes times = { .begun = trainer_clock() };
    Batch data;
    double norm = 0.0;
    Status status =
        get_batch(trainer, trainer->train_loader, state->step, &data, &times.waited, error);
    if (status) return status;
    const StageBatch batch = { .batch = &data, .split = SPLIT_TRAIN, .step = state->step };
    const Schedule before = state->schedule;
    schedule_begin_step(&state->schedule, state->step, state->epoch);
    status = replicas_run(trainer, &batch, error);
    if (!status) status = update(trainer, &norm, error);
    if (status) {
        state->schedule = before; /* the step was not made */
        return error_wrap(error, "step %lld", (long long)state->step);
    }
    if (trainer->stage->def->after_step)
        trainer->stage->def->after_step(trainer->stage, state->step);
    for (int i = 0; i < state->loss_count; i++)
        state->loss_sums[i] += trainer->losses[i];
    status = report_pictures(trainer, error);
    if (!status) status = report_step(trainer, norm, times, error);
    state->step++;
    state->it++;
    return status;
}

static Status validate(Trainer *trainer, Error *error)
{
    double sums[CHECKPOINT_LOSSES_MAX] = { 0 };
    const double begun = trainer_clock();
    slot_health_reset(&trainer->stage->health);
    for (int i = 0; i < trainer->valid_batches; i++) {
        Batch data;
        double waited = 0.0;
        if (interrupted(trainer)) return stop_here(trainer, error);
        Status status = get_batch(trainer, trainer->valid_loader, i, &data, &waited, error);
        const StageBatch batch = { .batch = &data, .split = SPLIT_VALID, .step = i };
        if (!status) status = replicas_run(trainer, &batch, error);
        if (status)
            return error_wrap(error, "validation before step %lld", (long long)trainer->state.step);
        for (int k = 0; k < trainer->state.loss_count; k++)
            sums[k] += trainer->losses[k] / trainer->valid_batches;
    }
    if (!trainer->valid_batches) return OK;
    return report_epoch(trainer, SPLIT_VALID, sums, begun, error);
}

static Status autosave(Trainer *trainer, Error *error)
{
    const double every = trainer->config.extras.autosave_seconds;
    if (every <= 0.0 || trainer_clock() - trainer->last_save < every) return OK;
    return trainer_save(trainer, CHECKPOINT_LAST, error);
}

static Status train_epoch(Trainer *trainer, Error *error)
{
    TrainState *state = &trainer->state;
    const double begun = trainer_clock();
    while (state->it < trainer->steps_per_epoch) {
        if (interrupted(trainer)) return stop_here(trainer, error);
        Status status = train_step(trainer, error);
        if (!status) status = autosave(trainer, error);
        if (status) return status;
    }
    double means[CHECKPOINT_LOSSES_MAX] = { 0 };
    for (int i = 0; i < state->loss_count; i++)
        means[i] = state->loss_sums[i] / (state->it ? state->it : 1);
    return report_epoch(trainer, SPLIT_TRAIN, means, begun, error);
}

static Status save_epoch(Trainer *trainer, int epoch, Error *error)
{
    Status status = trainer_save(trainer, CHECKPOINT_LAST, error);
    if (status || !epoch || epoch % trainer->config.save_frequency) return status;
    char name[64];
    snprintf(name, sizeof name, "checkpoint_epoch_%d.safetensors", epoch);
    return trainer_save(trainer, name, error);
}

static Status run_epoch(Trainer *trainer, Error *error)
{
    TrainState *state = &trainer->state;
    Status status = OK;
    if (!state->validated) status = validate(trainer, error);
    if (status) return status;
    state->validated = true;
    status = train_epoch(trainer, error);
    if (status) return status;
    const int epoch = state->epoch++;
    state->it = 0;
    state->validated = false;
    memset(state->loss_sums, 0, sizeof state->loss_sums);
    return save_epoch(trainer, epoch, error);
}

static bool parts_are_finite(const Trainer *trainer)
{
    const Stage *stage = trainer->stage;
    for (int i = 0; i < params_count(stage->store); i++) {
        const Param *param = params_at(stage->store, i);
        const real *values = params_value_const(stage->store, i);
        for (size_t k = 0; k < shape_count(param->shape); k++)
            if (!isfinite(values[k])) return false;
    }
    return true;
}

/* what was learned is not lost to the error that is on its way; a rescue that fails changes nothing about it */
static void rescue(Trainer *trainer)
{
    char name[64];
    Error ignored;
    if (!parts_are_finite(trainer)) return;
    snprintf(name, sizeof name, "emergency_checkpoint_epoch_%d.safetensors", trainer->state.epoch);
    const Status saved = trainer_save(trainer, name, &ignored);
    (void)saved;
}

static Status trainer_run(Trainer *trainer, Error *error)
{
    const int64_t first_step = trainer->state.step;
    trainer->started = trainer->last_save = trainer_clock();
    Status status = report_start(trainer, error);
    if (!status) status = report_schedule(trainer, error);
    while (!status && trainer->state.epoch < trainer->config.num_epochs)
        status = run_epoch(trainer, error);
    if (status && status != ERR_INTERRUPTED && trainer->state.step > first_step) rescue(trainer);
    return status ? status : trainer_save(trainer, CHECKPOINT_FINAL, error);
}

/* ---- rehearsal ---- */

static double seconds_worked(const Trainer *trainer)
{
    return trainer_clock() - trainer->run_wait;
}

/* `count` steps from `first` on, whatever was done before; mean seconds of one */
static Status time_steps(double *out, Trainer *trainer, int first, int count, Error *error)
{
    Status status = OK;
    trainer->state.step = first;
    const double begun = seconds_worked(trainer);
    for (int i = 0; i < count && !status; i++)
        status = interrupted(trainer) ? error_set(error, ERR_INTERRUPTED, "interrupted")
                                      : train_step(trainer, error);
    *out = (seconds_worked(trainer) - begun) / count;
    return status;
}

/* the first validation batch */
static Status time_validation(double *out, Trainer *trainer, Error *error)
{
    if (!trainer->valid_batches) return OK;
    trainer->valid_batches = 1;
    const double begun = seconds_worked(trainer);
    const Status status = validate(trainer, error);
    *out = seconds_worked(trainer) - begun;
    return status;
}

/* clips of frozen models are new all the time, or in the first pass only when whole episodes are kept */
static int64_t first_steps(const Trainer *trainer)
{
    const int64_t total = (int64_t)trainer->config.num_epochs * trainer->steps_per_epoch;
    const int pass = loader_steps(trainer->train_loader);
    if (!trainer->stage->def->prepare) return 0;
    return trainer->stage->whole_episodes && pass < total ? pass : total;
}

static Status rehearse(Trainer *trainer, Error *error)
{
    const TrainObserver *observer = &trainer->request->observer;
    TrainRehearsal rehearsal = { .steps = trainer->request->rehearsal_steps,
                                 .first_steps = first_steps(trainer) };
    trainer->started = trainer_clock();
    Status status = report_start(trainer, error);
    if (status || rehearsal.steps < 1) return status;
    double cold =
        0.0; /* step 0: all its episodes are new, and memory is touched for the first time */
    status = time_steps(&cold, trainer, 0, 1, error);
    const double waited = trainer->run_wait;
    if (!status) status = time_steps(&rehearsal.first, trainer, 1, rehearsal.steps, error);
    rehearsal.wait = (trainer->run_wait - waited) / rehearsal.steps;
    if (!status) status = time_steps(&rehearsal.step, trainer, 1, rehearsal.steps, error);
    if (trainer->stage->whole_episodes) rehearsal.first = cold;
    if (!status) status = time_validation(&rehearsal.valid_first, trainer, error);
    if (!status) status = time_validation(&rehearsal.valid, trainer, error);
    if (status || !observer->rehearsed) return status;
    return observer->rehearsed(observer->user, &rehearsal, error);
}

/* ---- the programs ---- */

static Status run_stage(const StageSetup *setup, const StageDef *stage, Error *error)
{
    Trainer trainer = { .request = setup->request, .config = setup->config };
    Status status = stage_create(&trainer.stage, stage, setup, error);
    if (!status) status = thread_pool_create(&trainer.pool, setup->workers, error);
    if (!status) status = trainer_init(&trainer, setup, error);
    if (!status)
        status =
            setup->request->rehearse ? rehearse(&trainer, error) : trainer_run(&trainer, error);
    trainer_release(&trainer);
    thread_pool_destroy(trainer.pool);
    if (trainer.stage) trainer.stage->def->destroy(trainer.stage);
    return status;
}

static Status train(const TrainRequest *request, const StageDef *stage, const char *policy,
                    Error *error)
{
    StageSetup setup = { .request = request };
    Dataset *dataset = NULL;
    setup.workers = request->workers > 0 ? request->workers : thread_count_available();
    Status status = training_config_load(&setup.config, request->params, error);
    if (!status) status = data_config_load(&setup.data, request->params, error);
    if (!status && !request->rehearse) status = directory_make(request->models_folder, error);
    if (!status && !request->rehearse)
        status = directory_check_writable(request->models_folder, error);
    if (!status) status = data_config_open(&dataset, &setup.data, policy, error);
    setup.dataset = dataset;
    if (!status) status = run_stage(&setup, stage, error);
    dataset_close(dataset);
    return status ? error_wrap(error, "train") : OK;
}

Status train_savi(const TrainRequest *request, Error *error)
{
    return train(request, &stage_savi, NULL, error);
}

Status train_predictor(const TrainRequest *request, Error *error)
{
    return train(request, &stage_predictor, NULL, error);
}

Status train_policy(const TrainRequest *request, Error *error)
{
    return train(request, &stage_policy, "expert|improved", error);
}

Status train_oracle(const TrainRequest *request, Error *error)
{
    return train(request, &stage_oracle, "expert|improved", error);
}
