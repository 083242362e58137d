#include "commands/trained_models.h"

#include "training/checkpoint.h"

static void declare(TrainedModels *models)
{
    savi_declare(&models->savi, models->store, &models->config.savi, "savi");
    if (!models->has_predictor) return;
    Model *predictor = &models->predictor_model;
    *predictor = models->config.predictor_model;
    predictor->def->declare(predictor, models->store, "predictor");
    if (!predictor->def->predict) models->predictor = predictor->parts.playslot;
}

static Status load(TrainedModels *models, const char *savi_checkpoint,
                   const char *predictor_checkpoint, Error *error)
{
    static const CheckpointPart savi = { "savi.", "" }, predictor = { "predictor.", "" };
    Status status = checkpoint_load(savi_checkpoint, "SAVi", models->store, &savi, 1, error);
    if (status || !models->has_predictor) return status;
    const Model *model = &models->predictor_model;
    if (model->def->fill_tables) model->def->fill_tables(model, models->store);
    return checkpoint_load(predictor_checkpoint, "predictor", models->store, &predictor, 1, error);
}

Status trained_models_open(TrainedModels *out, const Json *params, const char *savi_checkpoint,
                           const char *predictor_checkpoint, Error *error)
{
    *out = (TrainedModels){ .has_predictor = predictor_checkpoint != NULL };
    const ExperimentKind kind = out->has_predictor ? EXPERIMENT_PREDICTOR : EXPERIMENT_SAVI;
    Status status = experiment_models(&out->config, params, kind, error);
    if (!status) status = params_create(&out->store, error);
    if (!status) {
        declare(out);
        status = params_allocate(out->store, error);
    }
    if (!status) status = load(out, savi_checkpoint, predictor_checkpoint, error);
    if (status) trained_models_release(out);
    return status;
}

void trained_models_release(TrainedModels *models)
{
    params_destroy(models->store);
    *models = (TrainedModels){ 0 };
}
