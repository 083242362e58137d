/**
 * Evaluation of predictors on unseen clips, the part that does not depend on the kind of predictor: SAVi encodes
 * the clip, a method predicts the slots after the seed, SAVi decodes them, and every predicted frame is measured
 * against the true one (spec models, 15.2).
 */
#ifndef PLAYSLOT_COMMANDS_EVALUATE_PREDICTION_H
#define PLAYSLOT_COMMANDS_EVALUATE_PREDICTION_H

#include "commands/clip_loop.h"
#include "commands/evaluate.h"
#include "commands/trained_models.h"
#include "graph/plan.h"

typedef struct PredictionEvaluation PredictionEvaluation;

/** How a kind of predictor is asked. */
typedef struct PredictionMethod {
    const char *command;  /* for the progress bar */
    const char *sheets;   /* first part of the name of the contact sheets' folder */
    const char *instead;  /* the command for predictors of the other kind */
    const char *prefix;   /* of the results' name: "Post_" */
    const char *headline; /* of the table: what the frames were predicted from */
    bool latents;         /* for predictors with latent actions, or those without */
    /** Add the inputs it needs to run->graph; slots (1, n+m, N, D) -> the m frames after the seed (1, m, N, D). */
    Node (*record)(PredictionEvaluation *run, Node slots);
    /** Fill those inputs for one clip; may be called from worker threads. ERR_SHAPE if the clip does not fit. */
    Status (*fill)(const PredictionEvaluation *run, Plan *plan, const ClipView *clip, Error *error);
} PredictionMethod;

typedef struct RandomActions RandomActions;

/** One graph, recorded once; a plan and scratch per worker. */
typedef struct PredictionWorker {
    Plan *plan;
    FrameMeter meter;
} PredictionWorker;

struct PredictionEvaluation {
    const EvaluatePredictionOptions *options;
    const PredictionMethod *method;
    PredictionConfig prediction;
    TrainedModels models;
    Lpips *lpips;
    Graph *graph;
    Node video, initial, slots;
    Node extra;                  /* the method's input, or NODE_NONE */
    SaviPicture predicted, seen; /* of m predicted frames, of all n + m true ones */
    ClipLoop *loop;
    PredictionWorker *workers;
    MetricTable table;
    RandomActions *random; /* more roll-outs, or NULL */
    int n, m, H, W, N, D;  /* seed and predicted frames, picture, slots */
    char *name, *sheets;   /* of the results without prefix; folder of contact sheets or NULL */
};

/** The whole evaluation with one method. Frees everything again. */
MUST_USE Status evaluate_prediction(PredictionScores *scores, const PredictionMethod *method,
                                    const EvaluatePredictionOptions *options, Error *error);

#endif
