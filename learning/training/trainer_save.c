#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "training/trainer_internal.h"

static CheckpointView view_of(const Trainer *trainer, CheckpointPart *parts)
{
    const Stage *stage = trainer->stage;
    for (int i = 0; i < stage->part_count; i++)
        parts[i] = stage->parts[i].names;
    return (CheckpointView){ .kind = stage->def->kind,
                             .store = stage->store,
                             .parts = parts,
                             .part_count = stage->part_count,
                             .optimizers = trainer->optimizers,
                             .state = &trainer->state,
                             .config = trainer->params_text,
                             .version = trainer->request->version };
}

Status trainer_save(Trainer *trainer, const char *name, Error *error)
{
    const TrainObserver *observer = &trainer->request->observer;
    CheckpointPart parts[CHECKPOINT_PARTS_MAX];
    const CheckpointView view = view_of(trainer, parts);
    char *path = NULL;
    Status status = path_join(&path, trainer->request->models_folder, name, error);
    if (!status) status = checkpoint_save(path, &view, error);
    if (!status && observer->saved)
        status = observer->saved(observer->user, path, trainer->state.step, error);
    memory_free(path);
    trainer->last_save = trainer_clock();
    return status;
}

/* a schedule that was changed in between could not go on where it was */
static Status check_schedule(const ScheduleOptions *now, const ScheduleOptions *then, Error *error)
{
    const char *key = NULL;
    if (now->kind != then->kind) key = "scheduler";
    if (now->lr != then->lr) key = "lr";
    if (now->kind == SCHEDULE_COSINE && now->period != then->period) key = "scheduler_steps";
    if (now->warmup != then->warmup) key = "lr_warmup";
    if (now->warmup && now->warmup_steps != then->warmup_steps) key = "warmup_steps";
    if (now->warmup_epochs != then->warmup_epochs) key = "playslot.warmup_epochs";
    if (now->clamp != then->clamp) key = "playslot.clamp_schedule";
    if (!key) return OK;
    return error_set(
        error, ERR_ARGUMENT,
        "training.%s is not what the checkpoint was trained with: resume with the same, "
        "or start from its weights without resuming",
        key);
}

static Status resume(Trainer *trainer, const char *path, Error *error)
{
    CheckpointPart parts[CHECKPOINT_PARTS_MAX];
    const CheckpointView view = view_of(trainer, parts);
    const ScheduleOptions options = trainer->state.schedule.options;
    const int loss_count = trainer->state.loss_count;
    TrainState state;
    Status status = checkpoint_resume(path, &view, &state, error);
    if (!status) status = check_schedule(&options, &state.schedule.options, error);
    if (!status && state.loss_count != loss_count) {
        /* other losses: the running means begin again */
        state.loss_count = loss_count;
        memset(state.loss_sums, 0, sizeof state.loss_sums);
    }
    if (!status) trainer->state = state;
    return status;
}

Status trainer_load(Trainer *trainer, Error *error)
{
    const TrainRequest *request = trainer->request;
    const Stage *stage = trainer->stage;
    if (!request->checkpoint && request->resume)
        return error_set(error, ERR_ARGUMENT, "resume: no checkpoint is named");
    if (!request->checkpoint) return OK;
    if (request->resume) return resume(trainer, request->checkpoint, error);
    CheckpointPart parts[CHECKPOINT_PARTS_MAX];
    const CheckpointView view = view_of(trainer, parts);
    return checkpoint_load(request->checkpoint, stage->def->kind, stage->store, view.parts,
                           view.part_count, error);
}
