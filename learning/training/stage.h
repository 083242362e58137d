/*
 * Stage: what one training program adds to the common loop: its graphs, how inputs are filled, what happens
 * after a step. Private to the room.
 */
#ifndef PLAYSLOT_TRAINING_STAGE_H
#define PLAYSLOT_TRAINING_STAGE_H

#include "base/rng.h"
#include "base/threads.h"
#include "data/loader.h"
#include "graph/plan.h"
#include "models/losses.h"
#include "models/model.h"
#include "training/checkpoint.h"
#include "training/clip_encoder.h"
#include "training/experiment.h"
#include "training/slot_health.h"
#include "training/trainer.h"
#include "training/training_config.h"

typedef struct Stage Stage;
typedef struct StageSetup StageSetup;

/* one batch on its way through the micro-batches */
typedef struct StageBatch {
    const Batch *batch;
    Split split;
    int64_t step; /* training step, or number of the validation batch */
} StageBatch;

typedef struct StageDef {
    const char *kind; /* of its checkpoints and in errors */
    size_t size;      /* bytes of its struct, whose first member is a Stage */
    /* everything behind stage_create's own work: parts, models, graphs */
    Status (*create)(Stage *stage, const StageSetup *setup, Error *error);
    /* once per batch, before the first micro-batch; may be NULL */
    Status (*prepare)(Stage *stage, const StageBatch *batch, ThreadPool *pool, Error *error);
    /* inputs of a plan of the split's graph for clips micro*m .. micro*m + m - 1; any thread */
    void (*fill)(const Stage *stage, Plan *plan, const StageBatch *batch, int micro);
    /* after the plan ran, in micro-batch order, training only; may be NULL */
    void (*collect)(Stage *stage, const Plan *plan, int micro);
    /* likewise, validation only; may be NULL */
    void (*inspect)(Stage *stage, const Plan *plan, int micro);
    /* after the optimisers; may be NULL */
    void (*after_step)(Stage *stage, int64_t step);
    /* pictures of the first clips of a validation batch; may be NULL */
    Status (*pictures)(Stage *stage, const StageBatch *batch, const TrainObserver *observer,
                       Error *error);
    /* what encodes clips with frozen models; may be NULL */
    const ClipEncoder *(*encoder)(const Stage *stage);
    void (*destroy)(Stage *stage);
} StageDef;

/* a recorded computation with its losses */
typedef struct StageGraph {
    Graph *graph;
    LossNodes losses;
} StageGraph;

/* a group of parameters with an optimiser of its own */
typedef struct StagePart {
    CheckpointPart names;
    bool scheduled; /* warm-up and schedule; otherwise the constant rate lr */
    bool clipped;
} StagePart;

struct Stage {
    const StageDef *def;
    ParamStore *store;
    TrainingConfig config;
    const Dataset *dataset; /* lent */
    StageGraph train, valid;
    StagePart parts[CHECKPOINT_PARTS_MAX];
    int part_count;
    int micro_batch, micro_count;
    int num_frames, sample_rate; /* of a clip */
    bool whole_episodes;         /* frozen SAVi runs over episodes, see clip_encoder.h */
    bool rehearse;               /* frozen models may stay random */
    int height, width;
    SlotHealthSums
        health; /* of the validation in hand; slots 0: the stage does not look at masks */
};

/* what a stage is made from */
struct StageSetup {
    const TrainRequest *request;
    TrainingConfig config;
    DataConfig data;
    const Dataset *dataset;
    int workers;
};

extern const StageDef stage_savi, stage_predictor, stage_policy, stage_oracle;

/* errors begin with the stage's kind; end with stage->def->destroy */
MUST_USE Status stage_create(Stage **out, const StageDef *def, const StageSetup *setup,
                             Error *error);

/* ---- shared by the stages ---- */

/* the only trained part: all parameters below `store` ("savi."), scheduled and clipped */
void stage_train_all(Stage *stage, const char *store);
/* releases what stage_create and the graphs made */
void stage_release(Stage *stage);
/* declare a model of the experiment under its prefix */
MUST_USE Status stage_declare(Model *out, Stage *stage, ModelKind kind, const char *section,
                              ModelContext context, const char *prefix, const Json *params,
                              Error *error);
/* load a frozen model ("savi." ...) and freeze it; in a rehearsal `path` may be NULL */
MUST_USE Status stage_load_frozen(Stage *stage, const Model *model, const char *path,
                                  const char *kind, const char *prefix, Error *error);
/* how a frozen SAVi encodes the stage's clips; `latents` may be NULL */
ClipEncoderOptions stage_encoder_options(const Stage *stage, const Savi *savi,
                                         const LatentAction *latents, int workers);
/* the losses of an experiment without those of weight 0 */
MUST_USE Status stage_losses(LossList *out, const Json *params, const char *section, Error *error);
/* values of a float array as `real` */
void copy_reals(real *out, const float *from, size_t count);
/* standard normal values */
void fill_normal(Rng *rng, real *out, size_t count);
/* "train" and "valid" noise of micro-batch `micro`: never the same stream twice */
Rng stage_noise(const Stage *stage, const char *name, const StageBatch *batch, int micro);

#endif
