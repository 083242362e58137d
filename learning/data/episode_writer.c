#include "data/episode.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "data/episode_internal.h"

/* one column of the file: `width` elements per row, rows appended as the episode goes on */
typedef struct Column {
    char name[COLUMN_NAME_MAX];
    DType dtype;
    int rank;         /* of one row */
    int64_t dims[3];  /* of one row */
    size_t row_bytes; /* 0: the column is absent */
    bool of_moments;  /* T + 1 rows, not T */
    unsigned char *data;
} Column;

enum {
    COLUMN_FRAMES,
    COLUMN_LABELS,
    COLUMN_OBS,
    COLUMN_STATE,
    COLUMN_ACTION,
    COLUMN_REWARD,
    COLUMN_SUCCESS,
    COLUMN_EXTRA, /* after the extra columns come the layers, see layer_column */
    COLUMNS_MAX = COLUMN_EXTRA + EPISODE_EXTRAS_MAX + LAYERS * EPISODE_VIEWS_MAX
};

struct EpisodeWriter {
    EpisodeShape shape;
    Column columns[COLUMNS_MAX];
    int column_count;
    int capacity; /* rows that fit into every column */
    int steps;
    bool begun;
};

/* frames and labels of the first view lie where they always did */
static int layer_column(const EpisodeShape *shape, int view, int layer)
{
    if (!view && layer <= LAYER_LABELS) return COLUMN_FRAMES + layer;
    return COLUMN_EXTRA + shape->extra_count + LAYERS * view + layer;
}

static void set_column(Column *column, const char *name, DType dtype, int rank, const int *dims)
{
    snprintf(column->name, sizeof column->name, "%s", name);
    column->dtype = dtype;
    column->rank = rank;
    column->row_bytes = dtype_size(dtype);
    for (int i = 0; i < rank; i++) {
        column->dims[i] = dims[i];
        column->row_bytes *= (size_t)dims[i];
    }
}

static Status check_name(const EpisodeShape *shape, int index, Error *error)
{
    const char *name = shape->extra_names[index];
    if (!name || !name[0] || strlen(name) >= EPISODE_NAME_MAX)
        return error_set(error, ERR_ARGUMENT,
                         "extra column %d: a name of 1 to %d letters is needed", index,
                         EPISODE_NAME_MAX - 1);
    for (int i = 0; i < index; i++)
        if (!strcmp(name, shape->extra_names[i]))
            return error_set(error, ERR_ARGUMENT, "extra column '%s' is named twice", name);
    return OK;
}

static Status check_extent(const char *what, int value, int low, Error *error)
{
    if (value >= low && value <= EPISODE_SIZE_MAX) return OK;
    return error_set(error, ERR_ARGUMENT, "%s: %d is outside [%d, %d]", what, value, low,
                     EPISODE_SIZE_MAX);
}

static Status check_views(const EpisodeShape *shape, Error *error)
{
    if (shape->further_count < 0 || shape->further_count >= EPISODE_VIEWS_MAX)
        return error_set(error, ERR_ARGUMENT, "further views: %d is outside [0, %d]",
                         shape->further_count, EPISODE_VIEWS_MAX - 1);
    if (shape->further_count && !shape->height)
        return error_set(error, ERR_ARGUMENT, "further views need frames");
    for (int i = 0; i < shape->further_count; i++) {
        const Status status = view_name_check(shape->further[i], error);
        if (status) return status;
        for (int other = 0; other < i; other++)
            if (!strcmp(shape->further[i], shape->further[other]))
                return error_set(error, ERR_ARGUMENT, "view '%s' is named twice",
                                 shape->further[i]);
    }
    return OK;
}

static Status check_shape(const EpisodeShape *shape, Error *error)
{
    Status status = check_extent("frame height", shape->height, 0, error);
    if (!status) status = check_extent("frame width", shape->width, 0, error);
    if (!status) status = check_extent("action size", shape->action_size, 1, error);
    if (!status) status = check_extent("observation size", shape->obs_size, 0, error);
    if (!status) status = check_extent("state size", shape->state_size, 0, error);
    if (status) return status;
    if (!shape->height != !shape->width)
        return error_set(error, ERR_ARGUMENT, "frames of %d x %d pixels", shape->height,
                         shape->width);
    const char *layer = shape->has_labels ? "labels" : shape->has_ids ? "ids" : "depth";
    if ((shape->has_labels || shape->has_ids || shape->has_depth) && !shape->height)
        return error_set(error, ERR_ARGUMENT, "%s need%s frames", layer,
                         shape->has_labels || shape->has_ids ? "" : "s");
    status = check_views(shape, error);
    if (status) return status;
    if (shape->extra_count < 0 || shape->extra_count > EPISODE_EXTRAS_MAX)
        return error_set(error, ERR_ARGUMENT, "extra columns: %d is outside [0, %d]",
                         shape->extra_count, EPISODE_EXTRAS_MAX);
    for (int i = 0; !status && i < shape->extra_count; i++)
        status = check_name(shape, i, error);
    return status;
}

static void set_layer(EpisodeWriter *writer, int view, int layer)
{
    const EpisodeShape *shape = &writer->shape;
    const LayerDef *def = &layer_defs[layer];
    const int picture[] = { shape->height, shape->width, def->channels };
    const bool wanted[LAYERS] = { shape->height > 0, shape->has_labels, shape->has_ids,
                                  shape->has_depth };
    char name[COLUMN_NAME_MAX];
    if (!wanted[layer]) return;
    Column *column = &writer->columns[layer_column(shape, view, layer)];
    layer_name(name, view ? shape->further[view - 1] : NULL, layer);
    set_column(column, name, def->dtype, def->channels ? 3 : 2, picture);
    column->of_moments = true;
}

static void set_columns(EpisodeWriter *writer)
{
    const EpisodeShape *shape = &writer->shape;
    Column *columns = writer->columns;
    for (int i = 0; i < LAYERS * (1 + shape->further_count); i++)
        set_layer(writer, i / LAYERS, i % LAYERS);
    if (shape->obs_size) set_column(&columns[COLUMN_OBS], "obs", DTYPE_F64, 1, &shape->obs_size);
    if (shape->state_size)
        set_column(&columns[COLUMN_STATE], "state", DTYPE_F64, 1, &shape->state_size);
    columns[COLUMN_OBS].of_moments = columns[COLUMN_STATE].of_moments = true;
    set_column(&columns[COLUMN_ACTION], "action", DTYPE_F32, 1, &shape->action_size);
    set_column(&columns[COLUMN_REWARD], "reward", DTYPE_F64, 0, NULL);
    set_column(&columns[COLUMN_SUCCESS], "success", DTYPE_U8, 0, NULL);
    for (int i = 0; i < shape->extra_count; i++) {
        char name[COLUMN_NAME_MAX];
        snprintf(name, sizeof name, EXTRA_PREFIX "%s", shape->extra_names[i]);
        set_column(&columns[COLUMN_EXTRA + i], name, DTYPE_F64, 0, NULL);
    }
    writer->column_count = layer_column(shape, shape->further_count, LAYERS);
}

Status episode_writer_create(EpisodeWriter **out, const EpisodeShape *shape, Error *error)
{
    *out = NULL;
    Status status = check_shape(shape, error);
    if (status) return error_wrap(error, "episode writer");
    EpisodeWriter *writer = NULL;
    status = memory_new(&writer, error);
    if (status) return error_wrap(error, "episode writer");
    writer->shape = *shape;
    set_columns(writer);
    *out = writer;
    return OK;
}

void episode_writer_destroy(EpisodeWriter *writer)
{
    if (!writer) return;
    for (int i = 0; i < writer->column_count; i++)
        memory_free(writer->columns[i].data);
    memory_free(writer);
}

int episode_writer_steps(const EpisodeWriter *writer)
{
    return writer->steps;
}

/* room for `rows` rows in every column; doubling keeps appends cheap */
static Status reserve(EpisodeWriter *writer, int rows, Error *error)
{
    if (rows <= writer->capacity) return OK;
    if (rows > EPISODE_STEPS_MAX)
        return error_set(error, ERR_MEMORY, "an episode of more than %d steps", EPISODE_STEPS_MAX);
    int wanted = writer->capacity ? writer->capacity : 32;
    while (wanted < rows)
        wanted *= 2;
    for (int i = 0; i < writer->column_count; i++) {
        Column *column = &writer->columns[i];
        if (!column->row_bytes) continue;
        const Status status = memory_grow(&column->data, (size_t)writer->capacity, (size_t)wanted,
                                          column->row_bytes, error);
        if (status) return status;
    }
    writer->capacity = wanted;
    return OK;
}

static Status put(EpisodeWriter *writer, int which, int row, const void *data, Error *error)
{
    Column *column = &writer->columns[which];
    if (!column->row_bytes) return OK;
    if (!data) return error_set(error, ERR_ARGUMENT, "'%s' is missing", column->name);
    memcpy(column->data + (size_t)row * column->row_bytes, data, column->row_bytes);
    return OK;
}

static Status put_view(EpisodeWriter *writer, int row, int view, const EpisodeView *pictures,
                       Error *error)
{
    const void *const data[LAYERS] = { pictures->frames, pictures->labels, pictures->ids,
                                       pictures->depth };
    Status status = OK;
    for (int layer = 0; !status && layer < LAYERS; layer++)
        status = put(writer, layer_column(&writer->shape, view, layer), row, data[layer], error);
    return status;
}

static Status put_moment(EpisodeWriter *writer, int row, const EpisodeMoment *moment, Error *error)
{
    const int further = writer->shape.further_count;
    const EpisodeView first = { moment->pixels, moment->labels, moment->ids, moment->depth };
    if (further && !moment->further)
        return error_set(error, ERR_ARGUMENT, "the further views are missing");
    Status status = put_view(writer, row, 0, &first, error);
    for (int i = 0; !status && i < further; i++)
        status = put_view(writer, row, i + 1, &moment->further[i], error);
    if (!status) status = put(writer, COLUMN_OBS, row, moment->obs, error);
    if (!status) status = put(writer, COLUMN_STATE, row, moment->state, error);
    return status;
}

Status episode_writer_begin(EpisodeWriter *writer, const EpisodeMoment *first, Error *error)
{
    writer->steps = 0;
    writer->begun = false;
    Status status = reserve(writer, 1, error);
    if (!status) status = put_moment(writer, 0, first, error);
    if (status) return error_wrap(error, "begin episode");
    writer->begun = true;
    return OK;
}

static Status check_step(const EpisodeWriter *writer, const EpisodeStep *step, Error *error)
{
    if (!writer->begun) return error_set(error, ERR_ARGUMENT, "no episode was begun");
    if (!step->action) return error_set(error, ERR_ARGUMENT, "'action' is missing");
    for (int i = 0; i < writer->shape.action_size; i++)
        if (!isfinite(step->action[i]))
            return error_set(error, ERR_NUMERIC, "action[%d] is %g", i, (double)step->action[i]);
    if (!isfinite(step->reward))
        return error_set(error, ERR_NUMERIC, "the reward is %g", step->reward);
    if (writer->shape.extra_count && !step->extras)
        return error_set(error, ERR_ARGUMENT, "the extra columns are missing");
    return OK;
}

Status episode_writer_append(EpisodeWriter *writer, const EpisodeStep *step, Error *error)
{
    const int row = writer->steps;
    const uint8_t success = step->success;
    Status status = check_step(writer, step, error);
    if (!status) status = reserve(writer, row + 2, error);
    if (!status) status = put_moment(writer, row + 1, &step->after, error);
    if (!status) status = put(writer, COLUMN_ACTION, row, step->action, error);
    if (!status) status = put(writer, COLUMN_REWARD, row, &step->reward, error);
    if (!status) status = put(writer, COLUMN_SUCCESS, row, &success, error);
    for (int i = 0; !status && i < writer->shape.extra_count; i++)
        status = put(writer, COLUMN_EXTRA + i, row, &step->extras[i], error);
    if (status) return error_wrap(error, "append step %d", row);
    writer->steps++;
    return OK;
}

/* ---- the file ---- */

static Status add_columns(SafetensorsWriter *file, const EpisodeWriter *writer, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < writer->column_count; i++) {
        const Column *column = &writer->columns[i];
        if (!column->row_bytes) continue;
        int64_t shape[4] = { writer->steps + column->of_moments };
        for (int d = 0; d < column->rank; d++)
            shape[d + 1] = column->dims[d];
        status = safetensors_add(file, column->name, column->dtype, column->rank + 1, shape,
                                 column->data, error);
    }
    return status;
}

static Status add_number(SafetensorsWriter *file, const char *key, uint64_t value, Error *error)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return safetensors_add_metadata(file, key, text, error);
}

static Status add_info(SafetensorsWriter *file, const EpisodeInfo *info, Error *error)
{
    const char *const texts[][2] = {
        { "format", EPISODE_FORMAT },
        { "task", info->task },
        { "camera", info->camera },
        { "quality", info->quality },
        { "policy", info->policy },
        { "facts", info->facts },
        { "mujoco", info->mujoco },
        { "playslot", info->playslot },
        { "reward_version", info->reward_version },
    };
    Status status = OK;
    for (size_t i = 0; !status && i < sizeof texts / sizeof *texts; i++)
        status = safetensors_add_metadata(file, texts[i][0], texts[i][1], error);
    if (!status) status = add_number(file, "seed", info->seed, error);
    if (!status) status = add_number(file, "action_repeat", (uint64_t)info->action_repeat, error);
    if (!status) status = add_number(file, "random_start", (uint64_t)info->random_start, error);
    return status;
}

static Status add_views(SafetensorsWriter *file, const EpisodeShape *shape, Error *error)
{
    char text[EPISODE_VIEWS_TEXT] = "";
    size_t length = 0;
    if (!shape->further_count) return OK;
    for (int i = 0; i < shape->further_count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", i ? "," : "",
                                   shape->further[i]);
    return safetensors_add_metadata(file, VIEWS_KEY, text, error);
}

static Status check_finish(const EpisodeWriter *writer, const EpisodeInfo *info, Error *error)
{
    if (!writer->steps) return error_set(error, ERR_ARGUMENT, "the episode has no step");
    if (!info->task[0]) return error_set(error, ERR_ARGUMENT, "the episode's task is not named");
    for (int i = 0; i < writer->shape.further_count; i++)
        if (!strcmp(writer->shape.further[i], info->camera))
            return error_set(error, ERR_ARGUMENT, "view '%s' is that of 'frames' too",
                             info->camera);
    if (info->action_repeat < 1 || info->random_start < 0)
        return error_set(error, ERR_ARGUMENT, "action repeat %d, random start %d",
                         info->action_repeat, info->random_start);
    return OK;
}

Status episode_writer_finish(EpisodeWriter *writer, const EpisodeInfo *info, const char *path,
                             Error *error)
{
    SafetensorsWriter *file = NULL;
    Status status = check_finish(writer, info, error);
    if (!status) status = safetensors_writer_create(&file, error);
    if (!status) status = add_columns(file, writer, error);
    if (!status) status = add_info(file, info, error);
    if (!status) status = add_views(file, &writer->shape, error);
    if (!status) status = safetensors_write(file, path, error);
    safetensors_writer_destroy(file);
    if (status) return error_wrap(error, "write episode '%s'", path);
    writer->steps = 0;
    writer->begun = false;
    return OK;
}
