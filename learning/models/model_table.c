#include "models/model.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* ---- definitions ---- */

static Status load_savi(Model *model, const Json *params, ModelContext context, const char *where,
                        Error *error)
{
    (void)context;
    return savi_config_load(&model->config.savi, params, where, error);
}

static void declare_savi(Model *model, ParamStore *store, const char *prefix)
{
    savi_declare(&model->parts.savi, store, &model->config.savi, prefix);
}

static const ModelDef model_savi = {
    .name = "SAVi",
    .kind = MODEL_SLOT_ENCODER,
    .summary = "slots from video by recurrent slot attention",
    .load = load_savi,
    .declare = declare_savi,
};

static Status check_slot_dim(int slot_dim, ModelContext context, const char *where, Error *error)
{
    if (!context.slot_dim || slot_dim == context.slot_dim) return OK;
    return error_set(error, ERR_FORMAT, "%s.slot_dim: %d, but SAVi's slots have %d", where,
                     slot_dim, context.slot_dim);
}

static Status load_playslot(Model *model, const Json *params, ModelContext context,
                            const char *where, Error *error)
{
    PlaySlotConfig *config = &model->config.playslot;
    const Status status = playslot_config_load(config, model->def->name, params, where, error);
    return status ? status : check_slot_dim(config->slot_dim, context, where, error);
}

static void declare_playslot(Model *model, ParamStore *store, const char *prefix)
{
    playslot_declare(&model->parts.playslot, store, &model->config.playslot, prefix);
}

static void fill_playslot(const Model *model, ParamStore *store)
{
    playslot_fill_tables(&model->parts.playslot, store);
}

static const ModelDef model_slot_single_action = {
    .name = "SlotSingleAction",
    .kind = MODEL_PREDICTOR,
    .summary = "PlaySlot with one latent action per step",
    .load = load_playslot,
    .declare = declare_playslot,
    .fill_tables = fill_playslot,
};

static const ModelDef model_slot_latent_predictor = {
    .name = "SlotLatentPredictor",
    .kind = MODEL_PREDICTOR,
    .summary = "PlaySlot with one latent action per slot",
    .load = load_playslot,
    .declare = declare_playslot,
    .fill_tables = fill_playslot,
};

static Status load_ocvp_kind(Model *model, OcvpKind kind, const Json *params, ModelContext context,
                             const char *where, Error *error)
{
    const int slot_dim = context.slot_dim ? context.slot_dim : 128;
    return ocvp_config_load(&model->config.ocvp, kind, slot_dim, params, where, error);
}

static Status load_vanilla(Model *model, const Json *params, ModelContext context,
                           const char *where, Error *error)
{
    return load_ocvp_kind(model, OCVP_VANILLA, params, context, where, error);
}

static Status load_seq(Model *model, const Json *params, ModelContext context, const char *where,
                       Error *error)
{
    return load_ocvp_kind(model, OCVP_SEQ, params, context, where, error);
}

static Status load_par(Model *model, const Json *params, ModelContext context, const char *where,
                       Error *error)
{
    return load_ocvp_kind(model, OCVP_PAR, params, context, where, error);
}

/* the reference keeps these inside a wrapper, whose member "predictor" shows in the keys */
static void declare_ocvp(Model *model, ParamStore *store, const char *prefix)
{
    const Scope wrapper = scope_root(store, prefix, INIT_RULE_LIBRARY);
    const Scope scope = scope_child(&wrapper, "predictor");
    ocvp_declare(&model->parts.ocvp, &scope, &model->config.ocvp);
}

static void fill_ocvp(const Model *model, ParamStore *store)
{
    ocvp_fill_tables(&model->parts.ocvp, store);
}

static Node predict_ocvp(Graph *graph, const Model *model, Node slots, Node actions, ClipPass pass)
{
    (void)actions;
    pass.pred_only = false;
    return ocvp_rollout(graph, &model->parts.ocvp, slots, pass);
}

static const ModelDef model_vanilla_transformer = {
    .name = "VanillaTransformer",
    .kind = MODEL_PREDICTOR,
    .summary = "next slots from past slots, every slot seeing every other",
    .load = load_vanilla,
    .declare = declare_ocvp,
    .fill_tables = fill_ocvp,
    .predict = predict_ocvp,
};

static const ModelDef model_ocvp_seq = {
    .name = "OCVPSeq",
    .kind = MODEL_PREDICTOR,
    .summary = "next slots from past slots, attention over slots and then over time",
    .load = load_seq,
    .declare = declare_ocvp,
    .fill_tables = fill_ocvp,
    .predict = predict_ocvp,
};

static const ModelDef model_ocvp_par = {
    .name = "OCVPPar",
    .kind = MODEL_PREDICTOR,
    .summary = "next slots from past slots, attention over slots and over time in parallel",
    .load = load_par,
    .declare = declare_ocvp,
    .fill_tables = fill_ocvp,
    .predict = predict_ocvp,
};

static Status load_action_cond(Model *model, const Json *params, ModelContext context,
                               const char *where, Error *error)
{
    ActionCondConfig *config = &model->config.action_cond;
    const Status status = action_cond_config_load(config, params, where, error);
    if (status) return status;
    model->raw_action_dim = config->raw_action_dim;
    return check_slot_dim(config->slot_dim, context, where, error);
}

static void declare_action_cond(Model *model, ParamStore *store, const char *prefix)
{
    const Scope scope = scope_root(store, prefix, INIT_RULE_LIBRARY);
    action_cond_declare(&model->parts.action_cond, &scope, &model->config.action_cond);
}

static void fill_action_cond(const Model *model, ParamStore *store)
{
    action_cond_fill_tables(&model->parts.action_cond, store);
}

static Node predict_action_cond(Graph *graph, const Model *model, Node slots, Node actions,
                                ClipPass pass)
{
    return action_cond_forward(graph, &model->parts.action_cond, slots, actions, pass);
}

static const ModelDef model_action_cond_ocvp = {
    .name = "ActionCondOCVP",
    .kind = MODEL_PREDICTOR,
    .summary = "next slots from past slots and the robot's actions",
    .load = load_action_cond,
    .declare = declare_action_cond,
    .fill_tables = fill_action_cond,
    .predict = predict_action_cond,
};

static Status load_behavior(Model *model, const Json *params, ModelContext context,
                            const char *where, Error *error)
{
    model->config.behavior = behavior_config_default(context.slot_dim, context.action_dim);
    return behavior_config_load(&model->config.behavior, params, where, error);
}

static void declare_behavior(Model *model, ParamStore *store, const char *prefix)
{
    behavior_declare(&model->parts.behavior, store, &model->config.behavior, prefix);
}

static const ModelDef model_markov_behavior_cloner = {
    .name = "MarkovBehaviorCloner",
    .kind = MODEL_BEHAVIOR,
    .summary = "latent action from the slots of one frame",
    .load = load_behavior,
    .declare = declare_behavior,
};

static Status load_decoder(Model *model, const Json *params, ModelContext context,
                           const char *where, Error *error)
{
    ActionDecoderConfig *config = &model->config.action_decoder;
    const Status status = action_decoder_config_load(config, params, where, error);
    if (!status && context.action_dim && config->in_dim != context.action_dim)
        return error_set(error, ERR_FORMAT, "%s.in_dim: %d, but latent actions have %d", where,
                         config->in_dim, context.action_dim);
    return status;
}

static void declare_decoder(Model *model, ParamStore *store, const char *prefix)
{
    action_decoder_declare(&model->parts.action_decoder, store, &model->config.action_decoder,
                           prefix);
}

static const ModelDef model_mlp_decoder = {
    .name = "MLPDecoder",
    .kind = MODEL_ACTION_DECODER,
    .summary = "robot action from a latent action",
    .load = load_decoder,
    .declare = declare_decoder,
};

/* ---- table ---- */

#define MODEL(definition) &definition,
static const ModelDef *const models[] = {
#include "models/models.def"
};
#undef MODEL

int model_count(void)
{
    return COUNT(models);
}

const ModelDef *model_at(int index)
{
    return models[index];
}

const ModelDef *model_find(ModelKind kind, const char *name)
{
    for (int i = 0; i < COUNT(models); i++)
        if (models[i]->kind == kind && !strcmp(models[i]->name, name)) return models[i];
    return NULL;
}

static Status unknown_model(ModelKind kind, const char *name, const char *where,
                            const char *name_key, Error *error)
{
    const char *names[COUNT(models)];
    int count = 0;
    for (int i = 0; i < COUNT(models); i++)
        if (models[i]->kind == kind) names[count++] = models[i]->name;
    const char *near = nearest_name(name, names, count);
    return error_set(error, ERR_FORMAT, "%s.%s: unknown model '%s' (%s'%s'%s)", where, name_key,
                     name, near ? "did you mean " : "known: ", near ? near : names[0],
                     near        ? "?"
                     : count > 1 ? ", ..."
                                 : "");
}

Status model_load(Model *out, ModelKind kind, const Json *object, ModelContext context,
                  const char *where, Error *error)
{
    struct Named {
        char name[CONFIG_STRING_MAX];
    } named = { "" };
    const bool predictor = kind == MODEL_PREDICTOR;
    const char *name_key = predictor ? "predictor_name" : "model_name";
    const char *params_key = predictor ? "predictor_params" : "model_params";
    const Field fields[] = {
        { name_key, FIELD_STRING, offsetof(struct Named, name), 0, 0, NULL, false },
        { params_key, FIELD_IGNORED, 0, 0, 0, NULL, false },
    };
    char path[SCOPE_PATH_MAX];
    const Status status = config_load(&named, object, fields, COUNT(fields), where, error);
    if (status) return status;
    *out = (Model){ .def = model_find(kind, named.name) };
    if (!out->def) return unknown_model(kind, named.name, where, name_key, error);
    snprintf(path, sizeof path, "%s.%s", where, params_key);
    return out->def->load(out, json_get(object, params_key), context, path, error);
}
