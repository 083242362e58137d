#include "commands/loss_history.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "recordings/plot.h"

static const char *const split_keys[] = { "train", "valid" };

static bool is_history(const Json *losses)
{
    if (!json_is_object(losses)) return false;
    for (const Json *loss = json_first(losses); loss; loss = json_next(loss)) {
        for (int k = 0; k < 2; k++) {
            if (!json_is_array(json_get(loss, split_keys[k]))) return false;
        }
    }
    return true;
}

/* the first `epochs` entries of a list, as a fresh list */
static Status cut_list(Json **out, const Json *list, int epochs, Error *error)
{
    *out = json_array();
    Status status = OK;
    int index = 0;
    for (const Json *value = json_first(list); !status && value && index < epochs;
         value = json_next(value), index++)
        status = json_append(*out, json_copy(value), error);
    return status;
}

static Status cut_history(Json *losses, int epochs, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < json_count(losses); i++) {
        Json *loss = json_at(losses, i);
        for (int k = 0; !status && k < 2; k++) {
            Json *cut = NULL;
            status = cut_list(&cut, json_get(loss, split_keys[k]), epochs, error);
            if (status) {
                json_destroy(cut);
            } else {
                status = json_set(loss, split_keys[k], cut, error);
            }
        }
    }
    return status;
}

Status loss_history_open(LossHistory *out, const char *path, int epochs, Error *error)
{
    *out = (LossHistory){ 0 };
    if (epochs == 0 || !file_exists(path)) {
        out->losses = json_object();
        return out->losses ? OK : error_set(error, ERR_MEMORY, "no memory for the losses");
    }
    Status status = json_read(&out->losses, path, error);
    if (!status && !is_history(out->losses)) {
        status = error_set(error, ERR_FORMAT,
                           "'%s': expected {loss: {\"train\": [...], \"valid\": [...]}}", path);
    }
    if (!status) status = cut_history(out->losses, epochs, error);
    if (status) loss_history_release(out);
    return status;
}

void loss_history_release(LossHistory *history)
{
    json_destroy(history->losses);
    history->losses = NULL;
}

static Status get_loss(Json **out, Json *losses, const char *name, Error *error)
{
    *out = json_get(losses, name);
    if (*out) return OK;
    Status status = json_set(losses, name, json_object(), error);
    *out = json_get(losses, name);
    for (int k = 0; !status && k < 2; k++)
        status = json_set(*out, split_keys[k], json_array(), error);
    return status;
}

static Status put_mean(Json *list, int epoch, double mean, Error *error)
{
    Status status = OK;
    while (!status && json_count(list) < epoch)
        status = json_append(list, json_null(), error);
    if (status) return status;
    return json_append(list, isfinite(mean) ? json_number(mean) : json_null(), error);
}

Status loss_history_add(LossHistory *history, const TrainEpoch *epoch, Error *error)
{
    const char *split = split_keys[epoch->split == SPLIT_TRAIN ? 0 : 1];
    Status status = OK;
    for (int i = 0; !status && i < epoch->loss_count; i++) {
        Json *loss = NULL;
        status = get_loss(&loss, history->losses, epoch->loss_names[i], error);
        if (status) return status;
        Json *list = json_get(loss, split);
        if (json_count(list) > epoch->epoch) { /* this epoch again, after a resumption inside it */
            Json *cut = NULL;
            status = cut_list(&cut, list, epoch->epoch, error);
            if (!status) status = json_set(loss, split, cut, error);
            list = json_get(loss, split);
        }
        if (!status) status = put_mean(list, epoch->epoch, epoch->means[i], error);
    }
    return status;
}

static Status copy_values(double **out, int *count, const Json *list, Error *error)
{
    *count = json_count(list);
    const Status status = memory_new_array(out, (size_t)*count, error);
    int i = 0;
    for (const Json *value = json_first(list); !status && value; value = json_next(value))
        (*out)[i++] = json_as_number(value, (double)NAN);
    return status;
}

static Status plot_loss(const Json *loss, const char *folder, bool log_y, Error *error)
{
    PlotCurve curves[2] = { { .label = "train" }, { .label = "valid" } };
    double *values[2] = { NULL, NULL };
    PlotOptions options = plot_options_default();
    char path[1024];
    Status status = OK;
    for (int k = 0; !status && k < 2; k++) {
        status = copy_values(&values[k], &curves[k].count, json_get(loss, split_keys[k]), error);
        curves[k].y = values[k];
    }
    options.title = json_key(loss);
    options.x_label = "epoch";
    options.log_y = log_y;
    snprintf(path, sizeof path, "%s/%s%s.png", folder, json_key(loss), log_y ? "_log" : "");
    if (!status) status = plot_write(path, curves, 2, &options, error);
    memory_free(values[0]);
    memory_free(values[1]);
    return status;
}

Status loss_history_plot(const LossHistory *history, const char *folder, Error *error)
{
    Status status = directory_make(folder, error);
    for (const Json *loss = json_first(history->losses); !status && loss; loss = json_next(loss)) {
        status = plot_loss(loss, folder, false, error);
        if (!status) status = plot_loss(loss, folder, true, error);
    }
    return status;
}
