/* LeRobot's columns: which there are, what they hold, how they are described */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "data/formats/clipped_actions.h"
#include "data/formats/lerobot_internal.h"

static const struct {
    const char *name;
    ParquetType type;
} usual[] = {
    [FEATURE_STATE] = { "observation.state", PARQUET_FLOAT },
    [FEATURE_PICTURE] = { "observation.images.", PARQUET_BYTES },
    [FEATURE_ACTION] = { "action", PARQUET_FLOAT },
    [FEATURE_REWARD] = { "next.reward", PARQUET_FLOAT },
    [FEATURE_DONE] = { "next.done", PARQUET_BOOL },
    [FEATURE_SUCCESS] = { "next.success", PARQUET_BOOL },
    [FEATURE_TIMESTAMP] = { "timestamp", PARQUET_FLOAT },
    [FEATURE_FRAME_INDEX] = { "frame_index", PARQUET_INT64 },
    [FEATURE_EPISODE_INDEX] = { "episode_index", PARQUET_INT64 },
    [FEATURE_INDEX] = { "index", PARQUET_INT64 },
    [FEATURE_TASK_INDEX] = { "task_index", PARQUET_INT64 },
};

/* ---- which ---- */

static Feature *add(FeatureTable *table, FeatureRole role, int size)
{
    Feature *feature = &table->at[table->count++];
    *feature = (Feature){ .role = role, .type = usual[role].type, .size = size };
    snprintf(feature->name, sizeof feature->name, "%s", usual[role].name);
    return feature;
}

static void add_picture(FeatureTable *table, const Episode *episode, int view)
{
    Feature *feature = add(table, FEATURE_PICTURE, 3);
    feature->view = view;
    snprintf(feature->name, sizeof feature->name, "%s%s", usual[FEATURE_PICTURE].name,
             episode->cameras[view]);
}

static Status check_pictures(const FeatureTable *table, const Episode *episode, Error *error)
{
    if (table->videos && (table->height % 2 || table->width % 2))
        return error_set(error, ERR_ARGUMENT,
                         "pictures of %dx%d: videos have an even width and height; pictures in the "
                         "tables may be odd",
                         table->width, table->height);
    for (int i = 0; i < table->views; i++)
        if (!episode->cameras[i][0] || strchr(episode->cameras[i], '/'))
            return error_set(error, ERR_ARGUMENT, "camera '%s': expected a name without '/'",
                             episode->cameras[i]);
    return OK;
}

Status features_init(FeatureTable *out, const Episode *episode, const LerobotOptions *options,
                     Error *error)
{
    *out = (FeatureTable){ .height = episode->height,
                           .width = episode->width,
                           .views = episode->view_count,
                           .videos = options->encoder && episode->view_count,
                           .fps = options->fps };
    if (!episode->obs_size && !episode->view_count)
        return error_set(error, ERR_SHAPE, "neither observations nor pictures");
    if (episode->obs_size) add(out, FEATURE_STATE, episode->obs_size);
    for (int i = 0; i < episode->view_count; i++)
        add_picture(out, episode, i);
    add(out, FEATURE_ACTION, episode->action_size);
    for (int role = FEATURE_REWARD; role <= FEATURE_TASK_INDEX; role++)
        add(out, (FeatureRole)role, 1);
    return check_pictures(out, episode, error);
}

static bool fits(const FeatureTable *table, const Feature *feature, const Episode *episode)
{
    if (feature->role == FEATURE_STATE) return feature->size == episode->obs_size;
    if (feature->role == FEATURE_ACTION) return feature->size == episode->action_size;
    if (feature->role != FEATURE_PICTURE) return true;
    return episode->height == table->height && episode->width == table->width &&
           !strcmp(feature->name + strlen(usual[FEATURE_PICTURE].name),
                   episode->cameras[feature->view]);
}

Status features_check(const FeatureTable *table, const Episode *episode, Error *error)
{
    bool same = episode->view_count == table->views &&
                (table->at[0].role == FEATURE_STATE) == (episode->obs_size > 0);
    for (int i = 0; same && i < table->count; i++)
        same = fits(table, &table->at[i], episode);
    return same ? OK : error_set(error, ERR_SHAPE, "observes other things than the first episode");
}

/* ---- what ---- */

static double value_at(const FeatureTable *table, FeatureRole role, const Episode *episode,
                       const EpisodePlace *place, int t)
{
    switch (role) {
    case FEATURE_REWARD:
        return (double)(float)episode->reward[t];
    case FEATURE_DONE:
        return t + 1 == episode->steps;
    case FEATURE_SUCCESS:
        return episode->success[t];
    case FEATURE_TIMESTAMP:
        return (double)((float)t / (float)table->fps);
    case FEATURE_FRAME_INDEX:
        return t;
    case FEATURE_EPISODE_INDEX:
        return (double)place->episode;
    case FEATURE_INDEX:
        return (double)(place->index + t);
    default:
        return place->task;
    }
}

static Status fill_actions(double *out, const Episode *episode, Error *error)
{
    float *actions = NULL;
    const Status status = clipped_actions(&actions, episode, error);
    const size_t count = (size_t)episode->steps * (size_t)episode->action_size;
    for (size_t i = 0; !status && i < count; i++)
        out[i] = (double)actions[i];
    memory_free(actions);
    return status;
}

Status feature_values(double **out, const FeatureTable *table, const Feature *feature,
                      const Episode *episode, const EpisodePlace *place, Error *error)
{
    const size_t count = (size_t)episode->steps * (size_t)feature->size;
    Status status = memory_new_array(out, count, error);
    if (status) return status;
    if (feature->role == FEATURE_ACTION) {
        status = fill_actions(*out, episode, error);
    } else {
        for (size_t i = 0; i < count; i++)
            (*out)[i] = feature->role == FEATURE_STATE
                            ? (double)(float)episode->obs[i]
                            : value_at(table, feature->role, episode, place, (int)i);
    }
    if (status) {
        memory_free(*out);
        *out = NULL;
    }
    return status;
}

int features_columns(const FeatureTable *table, ParquetColumn *columns)
{
    int count = 0;
    for (int i = 0; i < table->count; i++) {
        const Feature *feature = &table->at[i];
        if (feature->role != FEATURE_PICTURE) {
            columns[count++] = (ParquetColumn){ .name = feature->name,
                                                .type = feature->type,
                                                .rank = feature->size > 1,
                                                .shape = { feature->size } };
        } else if (!table->videos) {
            columns[count++] = (ParquetColumn){ "bytes", PARQUET_BYTES, 0, { 0 }, feature->name };
            columns[count++] = (ParquetColumn){ "path", PARQUET_TEXT, 0, { 0 }, feature->name };
        }
    }
    return count;
}

/* ---- descriptions ---- */

static const char *type_name(ParquetType type)
{
    return type == PARQUET_FLOAT ? "float32" : type == PARQUET_BOOL ? "bool" : "int64";
}

static Status set_video(Json *feature, const FeatureTable *table, const char *codec, Error *error)
{
    Json *info = json_object();
    Status status = json_set(feature, "info", info, error);
    if (!status) status = json_set(info, "video.height", json_number(table->height), error);
    if (!status) status = json_set(info, "video.width", json_number(table->width), error);
    if (!status) status = json_set(info, "video.codec", json_string(codec), error);
    if (!status) status = json_set(info, "video.pix_fmt", json_string("yuv420p"), error);
    if (!status) status = json_set(info, "video.is_depth_map", json_bool(false), error);
    if (!status) status = json_set(info, "video.fps", json_number(table->fps), error);
    if (!status) status = json_set(info, "video.channels", json_number(3), error);
    if (!status) status = json_set(info, "has_audio", json_bool(false), error);
    return status;
}

static Status set_names(Json *feature, Error *error)
{
    static const char *const names[] = { "height", "width", "channels" };
    Json *list = json_array();
    Status status = json_set(feature, "names", list, error);
    for (int i = 0; !status && i < 3; i++)
        status = json_append(list, json_string(names[i]), error);
    return status;
}

static Status fill_picture(Json *json, const FeatureTable *table, const char *codec, Error *error)
{
    const int extents[] = { table->height, table->width, 3 };
    Json *shape = json_array();
    Status status = json_set(json, "shape", shape, error);
    for (int i = 0; !status && i < 3; i++)
        status = json_append(shape, json_number(extents[i]), error);
    if (!status)
        status = json_set(json, "dtype", json_string(table->videos ? "video" : "image"), error);
    if (!status) status = set_names(json, error);
    if (!status && table->videos) status = set_video(json, table, codec, error);
    return status;
}

static Status fill_numbers(Json *json, const Feature *feature, Error *error)
{
    Json *shape = json_array();
    Status status = json_set(json, "shape", shape, error);
    if (!status) status = json_append(shape, json_number(feature->size), error);
    if (!status) status = json_set(json, "dtype", json_string(type_name(feature->type)), error);
    if (!status) status = json_set(json, "names", json_null(), error);
    return status;
}

Status features_json(Json **out, const FeatureTable *table, const char *codec, Error *error)
{
    *out = json_object();
    Status status = OK;
    for (int i = 0; !status && i < table->count; i++) {
        const Feature *feature = &table->at[i];
        Json *json = json_object();
        status = json_set(*out, feature->name, json, error);
        if (status) break;
        status = feature->role == FEATURE_PICTURE ? fill_picture(json, table, codec, error)
                                                  : fill_numbers(json, feature, error);
    }
    if (!status) return OK;
    json_destroy(*out);
    *out = NULL;
    return status;
}

/* {"_type": "Value", "dtype": "float32"}, in a list of fixed length when there are several */
static Status note_numbers(Json *json, const Feature *feature, Error *error)
{
    Json *value = json;
    Status status = OK;
    if (feature->size > 1) {
        value = json_object();
        status = json_set(json, "feature", value, error);
        if (!status) status = json_set(json, "length", json_number(feature->size), error);
        if (!status) status = json_set(json, "_type", json_string("List"), error);
    }
    if (!status) status = json_set(value, "dtype", json_string(type_name(feature->type)), error);
    if (!status) status = json_set(value, "_type", json_string("Value"), error);
    return status;
}

static Status note_features(Json *features, const FeatureTable *table, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < table->count; i++) {
        const Feature *feature = &table->at[i];
        const bool picture = feature->role == FEATURE_PICTURE;
        if (picture && table->videos) continue;
        Json *json = json_object();
        status = json_set(features, feature->name, json, error);
        if (!status)
            status = picture ? json_set(json, "_type", json_string("Image"), error)
                             : note_numbers(json, feature, error);
    }
    return status;
}

Status features_note(char **out, const FeatureTable *table, Error *error)
{
    Json *root = json_object(), *info = json_object(), *features = NULL;
    *out = NULL;
    Status status = json_set(root, "info", info, error);
    if (!status) {
        features = json_object();
        status = json_set(info, "features", features, error);
    }
    if (!status) status = note_features(features, table, error);
    if (!status) status = json_print_compact(out, root, error);
    json_destroy(root);
    return status;
}
