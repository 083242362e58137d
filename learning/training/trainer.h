/**
 * The training programs: SAVi, predictor, policy, oracle (spec models, section 13).
 *
 * A batch is cut into micro-batches fixed by the config. Each worker thread owns a replica (a plan and a
 * gradient block); gradients are summed in micro-batch order, so the result does not depend on how many
 * workers ran it. The batch, the noise and the rate of a step follow from seed and step alone.
 *
 * Files in the models folder: checkpoint_last_saved (each epoch, every autosave_seconds, on interruption),
 * checkpoint_epoch_<e> (every save_frequency epochs), checkpoint_epoch_final; after an error
 * emergency_checkpoint_epoch_<e>, from which training can be resumed once its cause is gone.
 *
 * Nothing is printed: an observer receives what there is to show.
 */
#ifndef PLAYSLOT_TRAINING_TRAINER_H
#define PLAYSLOT_TRAINING_TRAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/status.h"
#include "data/dataset.h"
#include "graph/params.h"
#include "tensor/tensor.h"
#include "training/slot_health.h"

#define CHECKPOINT_LAST  "checkpoint_last_saved.safetensors"
#define CHECKPOINT_FINAL "checkpoint_epoch_final.safetensors"

/** What is about to be trained; sent once. */
typedef struct TrainStart {
    const char *kind;   /* "SAVi", "predictor", "policy", "oracle" */
    int64_t first_step; /* above 0 when resumed */
    int64_t total_steps;
    int epochs, steps_per_epoch;
    int batch_size, micro_batch, workers;
    int clips;            /* training clips per pass */
    int valid_clips;      /* 0: no validation */
    size_t parameters;    /* trained ones */
    double flop_per_step; /* forward and backward, counted from the plan's operations */
    double flop_forward;  /* of flop_per_step */
    double flop_valid;    /* of a validation batch */
    int valid_batches;    /* per epoch */
    double
        flop_frozen; /* of frozen models, in the whole training, if nothing leaves their cache early */
    size_t frozen_bytes; /* of their plans and of the slots kept */
    size_t plan_bytes;   /* of all replicas */
    const ParamStore
        *store; /* every model that takes part, frozen ones included; lent for the call */
} TrainStart;

/** How long a rehearsal's parts took, in seconds without waiting for data; means. Sent once. */
typedef struct TrainRehearsal {
    int steps;    /* measured */
    double first; /* a step whose clips the frozen models have not seen */
    double step;  /* the same steps again: what is cached is found */
    double
        valid_first; /* a validation batch that frozen models have not seen; 0 without validation */
    double valid;    /* the same again */
    double wait;     /* waiting for data, per step */
    int64_t first_steps; /* steps of the whole training that will be of the first kind */
} TrainRehearsal;

/** After every training step. Losses of the batch, unweighted; the last one is the weighted total. */
typedef struct TrainStep {
    int64_t step;  /* 0-based, over all epochs */
    int epoch, it; /* it: 0-based, inside the epoch */
    int loss_count;
    const char *const *loss_names; /* "mse", ..., "_total" */
    const double *losses;
    double rate;         /* of the main optimiser */
    double grad_norm;    /* before clipping, of the main optimiser */
    double step_seconds; /* of this step, waiting included */
    double wait_seconds; /* of this step: waiting for data */
    double wait_share;   /* of this run so far */
    bool log;            /* log_frequency says so */
} TrainStep;

/** After a validation (split valid, before training) and after a training epoch (split train): means. */
typedef struct TrainEpoch {
    int epoch;
    Split split;
    int64_t step; /* steps done */
    int loss_count;
    const char *const *loss_names;
    const double *means;
    double seconds;
    const SlotHealth *slots; /* validation of SAVi: how slots share the pictures; else NULL */
} TrainEpoch;

/** Pictures of one validation clip, every image_log_frequency steps. Borrowed for the call. */
typedef struct TrainPictures {
    const char *name; /* "reconstruction", "prediction", "random_1" ..., "policy" */
    int64_t step;
    int clip;     /* 0, 1, ... */
    int num_seed; /* frames before this one were seen, the others predicted; T for reconstructions */
    int T, N, H, W;
    int first_frame;     /* number of the first one in its clip */
    int target_frames;   /* how many of the T have a true frame: they are the first ones */
    const float *target; /* (target_frames, H, W, 3) */
    const real *recons;  /* (T, H, W, 3), not clamped */
    const real *decoded; /* (T, N, H, W, 4): every slot's rgb and mask logit */
    const real *masks;   /* (T, N, H, W), sum 1 over slots */
} TrainPictures;

/** The code book of a PlaySlot predictor, whenever there are pictures. Borrowed for the call. */
typedef struct TrainCodes {
    int64_t step;
    int codes;             /* K */
    const real *distances; /* (K, K) mean squared differences */
    const double *usage;   /* (K) running share of the training batches' actions */
} TrainCodes;

/** Any member may be NULL. An error ends training and is passed on; an emergency checkpoint is written. */
typedef struct TrainObserver {
    void *user;
    Status (*start)(void *user, const TrainStart *start, Error *error);
    Status (*step)(void *user, const TrainStep *step, Error *error);
    Status (*epoch)(void *user, const TrainEpoch *epoch, Error *error);
    Status (*pictures)(void *user, const TrainPictures *pictures, Error *error);
    Status (*codes)(void *user, const TrainCodes *codes, Error *error);
    Status (*saved)(void *user, const char *path, int64_t step, Error *error);
    Status (*note)(void *user, const char *text, Error *error); /* a line worth showing */
    Status (*rehearsed)(void *user, const TrainRehearsal *rehearsal, Error *error);
} TrainObserver;

typedef struct TrainRequest {
    const Json *params;               /* the experiment, checked; lent */
    const char *models_folder;        /* made when missing */
    const char *savi_checkpoint;      /* predictor, policy, oracle: path of the frozen SAVi */
    const char *predictor_checkpoint; /* policy: path of the frozen predictor */
    const char *checkpoint;           /* path of weights to start from, or NULL */
    bool resume;                      /* go on from `checkpoint`: moments, counters and all */
    const char *version;              /* of the program, noted in checkpoints; may be NULL */
    int workers;                      /* 0: all processors */
    /*
     * Nothing is written and the training does not begin: it ends after `start` and, with rehearsal_steps, after
     * so many steps on weights in memory and `rehearsed`. Frozen models without a checkpoint are random then.
     */
    bool rehearse;
    int rehearsal_steps;
    const volatile int
        *interrupt; /* non-zero: end the step, save, return ERR_INTERRUPTED; or NULL */
    TrainObserver observer;
} TrainRequest;

/**
 * Train to the end of the last epoch. ERR_INTERRUPTED after saving; ERR_NUMERIC with step, loss and first bad
 * node when a loss or gradient is no number; otherwise errors of configuration, data and files, each in one
 * line. Whatever ends training after its first step, what is being trained is saved as it was after the last
 * whole step (emergency_checkpoint_epoch_<e>, if its values are numbers); only batch norm's running means may
 * have seen a part of the failed step.
 */
MUST_USE Status train_savi(const TrainRequest *request, Error *error);
/** Inverse dynamics and dynamics on the slots of a frozen SAVi. */
MUST_USE Status train_predictor(const TrainRequest *request, Error *error);
/** Policy and action decoder on the latent actions of a frozen predictor; expert episodes unless told. */
MUST_USE Status train_policy(const TrainRequest *request, Error *error);
/** The policy's network on the true actions, straight from slots (spec models, 13.6); data as for train_policy. */
MUST_USE Status train_oracle(const TrainRequest *request, Error *error);

#endif
