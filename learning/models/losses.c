#include "models/losses.h"

#include <stdio.h>
#include <string.h>

#include "graph/ops.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* in the order of LossKind; NULL-terminated for config_load */
static const char *const kinds[] = {
    "mse",        "pred_img_mse", "pred_slot_mse", "latent_action_mse",
    "action_mse", "VQLoss",       "ActionDirKLD",  NULL,
};

const char *loss_kind_name(LossKind kind)
{
    return kinds[kind];
}

/* ---- configuration ---- */

typedef struct TermParams {
    char type[CONFIG_STRING_MAX];
    LossTerm term;
} TermParams;

static const Field term_fields[] = {
    { "type", FIELD_STRING, offsetof(TermParams, type), 0, 0, kinds, false },
    { "weight", FIELD_REAL, offsetof(TermParams, term.weight), 0, 1e9, NULL, false },
    { "beta", FIELD_REAL, offsetof(TermParams, term.beta), 0, 1e9, NULL, false },
    { "cov", FIELD_REAL, offsetof(TermParams, term.cov), 1e-9, 1e9, NULL, false },
};

static int kind_index(const char *type)
{
    for (int i = 0; kinds[i]; i++)
        if (!strcmp(kinds[i], type)) return i;
    return -1;
}

static Status load_term(LossTerm *out, const Json *object, const char *where, Error *error)
{
    TermParams params = { .type = "", .term = { .weight = 1 } };
    const Status status =
        config_load(&params, object, term_fields, COUNT(term_fields), where, error);
    if (status) return status;
    if (!params.type[0]) return error_set(error, ERR_FORMAT, "%s: type is missing", where);
    *out = params.term;
    out->kind = (LossKind)kind_index(params.type);
    if (out->kind == LOSS_VQ && !json_get(object, "beta"))
        return error_set(error, ERR_FORMAT, "%s: VQLoss needs beta", where);
    if (out->kind == LOSS_ACTION_DIR_KLD && !json_get(object, "cov"))
        return error_set(error, ERR_FORMAT, "%s: ActionDirKLD needs cov", where);
    return OK;
}

Status loss_list_load(LossList *out, const Json *list, const char *where, Error *error)
{
    LossList result = { .count = json_is_array(list) ? json_count(list) : 0 };
    if (!json_is_array(list) || result.count < 1 || result.count > LOSS_MAX_TERMS)
        return error_set(error, ERR_FORMAT, "%s: expected a list of 1 to %d losses", where,
                         LOSS_MAX_TERMS);
    for (int i = 0; i < result.count; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s[%d]", where, i);
        const Status status = load_term(&result.terms[i], json_at(list, i), path, error);
        if (status) return status;
    }
    *out = result;
    return OK;
}

static Status store_term(Json *list, const LossTerm *term, Error *error)
{
    Json *object = json_object();
    Status status = json_set(object, "type", json_string(kinds[term->kind]), error);
    if (!status) status = json_set(object, "weight", json_number(term->weight), error);
    if (!status && term->kind == LOSS_VQ)
        status = json_set(object, "beta", json_number(term->beta), error);
    if (!status && term->kind == LOSS_ACTION_DIR_KLD)
        status = json_set(object, "cov", json_number(term->cov), error);
    if (status) {
        json_destroy(object);
        return status;
    }
    return json_append(list, object, error);
}

Status loss_list_store(Json **out, const LossList *list, Error *error)
{
    *out = json_array();
    Status status = OK;
    for (int i = 0; i < list->count && !status; i++)
        status = store_term(*out, &list->terms[i], error);
    if (status) {
        json_destroy(*out);
        *out = NULL;
    }
    return status;
}

bool loss_list_add(LossList *list, const char *type, double weight)
{
    const int kind = kind_index(type);
    if (kind < 0 || list->count >= LOSS_MAX_TERMS) return false;
    list->terms[list->count++] =
        (LossTerm){ .kind = (LossKind)kind, .weight = weight, .beta = 0.25, .cov = 1 };
    return true;
}

/* ---- graph ---- */

LossInputs loss_inputs_none(void)
{
    return (LossInputs){ NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE,
                         NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE };
}

static bool available(Graph *graph, const LossTerm *term, Node a, Node b)
{
    if (a.id >= 0 && b.id >= 0) return true;
    graph_fail(graph, ERR_ARGUMENT, "loss '%s' does not fit what is trained here",
               kinds[term->kind]);
    return false;
}

/* mean of ln(s / cov) + (cov + m^2) / (2 s) - 1/2 with m, s the halves of axis 2 (20.1 no. 12) */
static Node action_dir_kld(Graph *graph, Node dist, double cov)
{
    const Node m = op_slice(graph, dist, 2, 0, 1);
    const Node s = op_slice(graph, dist, 2, 1, 1);
    const Node ratio =
        op_div(graph, op_affine(graph, op_square(graph, m), 1, cov), op_affine(graph, s, 2, 0));
    const Node log = op_log(graph, op_affine(graph, s, 1 / cov, 0));
    return op_mean_all(graph, op_affine(graph, op_add(graph, log, ratio), 1, -0.5));
}

static void add_value(Graph *graph, LossNodes *nodes, const char *name, Node value, double weight)
{
    char output[64];
    snprintf(output, sizeof output, "loss.%s", name);
    graph_output(graph, output, value);
    nodes->names[nodes->count] = name;
    nodes->values[nodes->count++] = value;
    const Node weighted = op_affine(graph, value, weight, 0);
    nodes->total = nodes->count == 1 ? weighted : op_add(graph, nodes->total, weighted);
}

static void add_mse(Graph *graph, LossNodes *nodes, const LossTerm *term, Node pred, Node target)
{
    if (available(graph, term, pred, target))
        add_value(graph, nodes, kinds[term->kind], op_mse(graph, pred, target), term->weight);
}

static void add_vq(Graph *graph, LossNodes *nodes, const LossTerm *term, const LossInputs *inputs)
{
    if (!available(graph, term, inputs->quant_loss, inputs->commit_loss)) return;
    add_value(graph, nodes, "vq_quant_loss", op_mean_all(graph, inputs->quant_loss), term->weight);
    const Node commit = op_affine(graph, op_mean_all(graph, inputs->commit_loss), term->beta, 0);
    add_value(graph, nodes, "vq_commit_loss", commit, term->weight);
}

static void add_term(Graph *graph, LossNodes *nodes, const LossTerm *term, const LossInputs *inputs)
{
    switch (term->kind) {
    case LOSS_MSE:
    case LOSS_PRED_IMG_MSE:
        add_mse(graph, nodes, term, inputs->pred_images, inputs->target_images);
        break;
    case LOSS_PRED_SLOT_MSE:
        add_mse(graph, nodes, term, inputs->pred_slots, inputs->target_slots);
        break;
    case LOSS_LATENT_ACTION_MSE:
        add_mse(graph, nodes, term, inputs->pred_latents, inputs->target_latents);
        break;
    case LOSS_ACTION_MSE:
        add_mse(graph, nodes, term, inputs->pred_actions, inputs->target_actions);
        break;
    case LOSS_VQ:
        add_vq(graph, nodes, term, inputs);
        break;
    case LOSS_ACTION_DIR_KLD:
        if (available(graph, term, inputs->action_dist, inputs->action_dist))
            add_value(graph, nodes, kinds[term->kind],
                      action_dir_kld(graph, inputs->action_dist, term->cov), term->weight);
    }
}

LossNodes losses_build(Graph *graph, const LossList *list, const LossInputs *inputs)
{
    LossNodes nodes = { .total = NODE_NONE };
    graph_push_scope(graph, "losses");
    for (int i = 0; i < list->count; i++)
        add_term(graph, &nodes, &list->terms[i], inputs);
    graph_output(graph, "loss", nodes.total);
    graph_pop_scope(graph);
    return nodes;
}
