/* The trainer's parts: replicas and a batch (trainer_batch.c), the loop (trainer.c), files (trainer_save.c). */
#ifndef PLAYSLOT_TRAINING_TRAINER_INTERNAL_H
#define PLAYSLOT_TRAINING_TRAINER_INTERNAL_H

#include "training/stage.h"

/* one worker's plans and its gradient */
typedef struct Replica {
    Plan *train, *valid;
    real *gradients;
} Replica;

typedef struct Trainer {
    const TrainRequest *request;
    Stage *stage;
    TrainingConfig config;
    char *params_text;                   /* experiment as stored in checkpoints */
    Loader *train_loader, *valid_loader; /* valid: NULL without such episodes */
    bool validates;
    int valid_batches, steps_per_epoch;
    ThreadPool *pool;
    Replica *replicas;
    int replica_count;
    real *gradients; /* sum over the micro-batches */
    Optimizer *optimizers[CHECKPOINT_PARTS_MAX];
    TrainState state;
    const char *loss_names[CHECKPOINT_LOSSES_MAX]; /* the losses, then _total */
    double losses[CHECKPOINT_LOSSES_MAX];          /* of the batch in hand */
    double started, last_save;                     /* monotonic seconds */
    double run_wait;                               /* seconds waited for data in this run */
} Trainer;

/* monotonic seconds, for reports and autosave only */
double trainer_clock(void);

/* plans, gradient blocks; after the stage's parameters are loaded and frozen */
MUST_USE Status replicas_create(Trainer *trainer, Error *error);
void replicas_destroy(Trainer *trainer);
/*
 * Run all micro-batches of a batch: trainer->losses, and for the training split the mean gradient in
 * trainer->gradients. ERR_NUMERIC names loss and node.
 */
MUST_USE Status replicas_run(Trainer *trainer, const StageBatch *batch, Error *error);
/* ERR_NUMERIC naming the first parameter whose gradient is no number */
MUST_USE Status replicas_check_gradients(const Trainer *trainer, double norm, Error *error);

/* write models/<name> and tell the observer */
MUST_USE Status trainer_save(Trainer *trainer, const char *name, Error *error);
/* weights, or everything, from request->checkpoint */
MUST_USE Status trainer_load(Trainer *trainer, Error *error);

#endif
