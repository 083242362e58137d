#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/files.h"
#include "base/memory.h"
#include "data/formats/hdf5_file.h"
#include "data/formats/hdf5_guard.h"
#include "data/formats/robomimic.h"

enum { COLUMNS_MAX = 64, PATH_LENGTH = 512, STEPS_MAX = 1000000, SIZE_MAX_PIXELS = 16384 };

typedef enum ColumnKind { COLUMN_VECTOR, COLUMN_IMAGE, COLUMN_LABELS, COLUMN_DEPTH } ColumnKind;

/* one array of obs, with its like of next_obs */
typedef struct ObsColumn {
    char name[EPISODE_NAME_MAX]; /* of pictures: the camera's */
    ColumnKind kind;
    int height, width;
    size_t row;          /* elements of one moment */
    size_t element;      /* bytes */
    void *before, *last; /* all of obs; all of next_obs or NULL */
} ObsColumn;

/* a demonstration in memory */
typedef struct Demo {
    Hdf5File *file;
    const char *group; /* "data/demo_7" */
    int samples;       /* actions stored */
    int steps;         /* actions whose result is known */
    ObsColumn columns[COLUMNS_MAX];
    int column_count;
    int cameras[EPISODE_VIEWS_MAX]; /* columns of images, the first view first */
    float *action;
    double *reward, *state, *final_state, *obs; /* obs: one moment */
    uint8_t *success;
    EpisodeShape shape;
    EpisodeInfo info;
} Demo;

static void demo_release(Demo *demo)
{
    for (int i = 0; i < demo->column_count; i++) {
        memory_free(demo->columns[i].before);
        memory_free(demo->columns[i].last);
    }
    memory_free(demo->action);
    memory_free(demo->reward);
    memory_free(demo->state);
    memory_free(demo->final_state);
    memory_free(demo->obs);
    memory_free(demo->success);
}

/* ---- arrays ---- */

static void path_in(char out[PATH_LENGTH], const Demo *demo, const char *name)
{
    snprintf(out, PATH_LENGTH, "%s/%s", demo->group, name);
}

/* an array of `rank` axes whose first has the demonstration's length */
static Status check_shape(const Hdf5Shape *shape, const char *path, int rank, int samples,
                          Error *error)
{
    if (shape->rank != rank)
        return error_set(error, ERR_SHAPE, "'%s': expected %d axes, found %d", path, rank,
                         shape->rank);
    if (samples && shape->extents[0] != samples)
        return error_set(error, ERR_SHAPE, "'%s': expected %d rows, found %lld", path, samples,
                         (long long)shape->extents[0]);
    for (int i = 0; i < rank; i++) {
        const int64_t high = i ? SIZE_MAX_PIXELS : STEPS_MAX;
        if (shape->extents[i] < 1 || shape->extents[i] > high)
            return error_set(error, ERR_SHAPE, "'%s': axis %d has extent %lld, outside [1, %lld]",
                             path, i, (long long)shape->extents[i], (long long)high);
    }
    return OK;
}

/* *width gets the second extent of rank 2 */
static Status read_array(void *out, int *width, const Demo *demo, const char *name, DType dtype,
                         int rank, Error *error)
{
    char path[PATH_LENGTH];
    Hdf5Shape shape;
    path_in(path, demo, name);
    Status status = hdf5_shape(&shape, demo->file, path, error);
    if (!status) status = check_shape(&shape, path, rank, demo->samples, error);
    if (!status) status = hdf5_read(out, demo->file, path, dtype, error);
    if (!status && width) *width = (int)shape.extents[1];
    return status;
}

static bool has(const Demo *demo, const char *name)
{
    char path[PATH_LENGTH];
    path_in(path, demo, name);
    return hdf5_has(demo->file, path);
}

static Status read_actions(Demo *demo, Error *error)
{
    char path[PATH_LENGTH];
    Hdf5Shape shape;
    path_in(path, demo, "actions");
    Status status = hdf5_shape(&shape, demo->file, path, error);
    if (!status) status = check_shape(&shape, path, 2, 0, error);
    if (status) return status;
    demo->samples = (int)shape.extents[0];
    demo->steps = has(demo, "next_obs") ? demo->samples : demo->samples - 1;
    if (demo->steps < 1)
        return error_set(error, ERR_FORMAT,
                         "'%s': one action, and no next_obs that shows its result", demo->group);
    return read_array(&demo->action, &demo->shape.action_size, demo, "actions", DTYPE_F32, 2,
                      error);
}

static Status read_outcome(Demo *demo, Error *error)
{
    const char *success = has(demo, "success") ? "success" : "dones";
    Status status = OK;
    if (has(demo, "rewards"))
        status = read_array(&demo->reward, NULL, demo, "rewards", DTYPE_F64, 1, error);
    if (!status && has(demo, success))
        status = read_array(&demo->success, NULL, demo, success, DTYPE_U8, 1, error);
    return status;
}

static Status read_states(Demo *demo, Error *error)
{
    Hdf5Shape shape;
    char path[PATH_LENGTH];
    if (!has(demo, "states") || !has(demo, "final_state") || demo->steps != demo->samples)
        return OK;
    path_in(path, demo, "final_state");
    Status status =
        read_array(&demo->state, &demo->shape.state_size, demo, "states", DTYPE_F64, 2, error);
    if (!status) status = hdf5_shape(&shape, demo->file, path, error);
    if (!status) status = check_shape(&shape, path, 1, demo->shape.state_size, error);
    if (!status) status = hdf5_read(&demo->final_state, demo->file, path, DTYPE_F64, error);
    return status;
}

/* ---- observations ---- */

/* "agentview_image" is an image of agentview; others are vectors */
static ColumnKind kind_of(char camera[EPISODE_NAME_MAX], const char *name, const Hdf5Shape *shape)
{
    static const struct {
        const char *ending;
        ColumnKind kind;
    } endings[] = { { "_image", COLUMN_IMAGE },
                    { "_labels", COLUMN_LABELS },
                    { "_depth", COLUMN_DEPTH } };
    const size_t length = strlen(name);
    snprintf(camera, EPISODE_NAME_MAX, "%s", name);
    for (size_t i = 0; shape->rank == 4 && i < sizeof endings / sizeof endings[0]; i++) {
        const size_t end = strlen(endings[i].ending);
        if (length <= end || strcmp(name + length - end, endings[i].ending)) continue;
        camera[length - end] = '\0';
        return endings[i].kind;
    }
    return COLUMN_VECTOR;
}

static DType dtype_of(ColumnKind kind)
{
    return kind == COLUMN_VECTOR ? DTYPE_F64 : kind == COLUMN_DEPTH ? DTYPE_F32 : DTYPE_U8;
}

static Status describe(ObsColumn *column, const char *path, const char *name,
                       const Hdf5Shape *shape, int samples, Error *error)
{
    if (strlen(name) >= EPISODE_NAME_MAX)
        return error_set(error, ERR_FORMAT, "'%s': a name of more than %d letters", path,
                         EPISODE_NAME_MAX - 1);
    column->kind = kind_of(column->name, name, shape);
    column->element = dtype_size(dtype_of(column->kind));
    const bool vector = column->kind == COLUMN_VECTOR;
    if (vector && shape->rank != 1 && shape->rank != 2)
        return error_set(error, ERR_UNSUPPORTED,
                         "'%s': %d axes; expected a vector per step, or pictures that are called "
                         "<camera>_image, _depth or _labels",
                         path, shape->rank);
    Status status = check_shape(shape, path, vector ? shape->rank : 4, samples, error);
    if (status) return status;
    const int channels = column->kind == COLUMN_IMAGE ? 3 : 1;
    if (!vector && shape->extents[3] != channels)
        return error_set(error, ERR_SHAPE, "'%s': expected %d channels, found %lld", path, channels,
                         (long long)shape->extents[3]);
    if (!vector && shape->kind == HDF5_REAL && column->kind != COLUMN_DEPTH)
        return error_set(error, ERR_FORMAT, "'%s': expected bytes, found floats", path);
    column->height = vector ? 0 : (int)shape->extents[1];
    column->width = vector ? 0 : (int)shape->extents[2];
    column->row = (size_t)(shape->count / shape->extents[0]);
    return OK;
}

static Status read_next(ObsColumn *column, const Demo *demo, const char *name,
                        const Hdf5Shape *before, Error *error)
{
    char path[PATH_LENGTH];
    Hdf5Shape shape;
    if (demo->steps != demo->samples) return OK;
    snprintf(path, sizeof path, "%s/next_obs/%s", demo->group, name);
    Status status = hdf5_shape(&shape, demo->file, path, error);
    if (!status && (shape.rank != before->rank ||
                    memcmp(shape.extents, before->extents, sizeof shape.extents)))
        status = error_set(error, ERR_SHAPE, "'%s' differs from obs/%s in its extents", path, name);
    if (status) return status;
    return hdf5_read(&column->last, demo->file, path, dtype_of(column->kind), error);
}

static Status read_column(Demo *demo, const char *name, Error *error)
{
    char path[PATH_LENGTH];
    Hdf5Shape shape;
    if (demo->column_count == COLUMNS_MAX)
        return error_set(error, ERR_UNSUPPORTED, "'%s/obs': more than %d arrays", demo->group,
                         COLUMNS_MAX);
    ObsColumn *column = &demo->columns[demo->column_count++];
    snprintf(path, sizeof path, "%s/obs/%s", demo->group, name);
    Status status = hdf5_shape(&shape, demo->file, path, error);
    if (!status) status = describe(column, path, name, &shape, demo->samples, error);
    if (!status)
        status = hdf5_read(&column->before, demo->file, path, dtype_of(column->kind), error);
    return status ? status : read_next(column, demo, name, &shape, error);
}

static Status read_observations(Demo *demo, Error *error)
{
    NameList names = { 0 };
    char path[PATH_LENGTH];
    Status status = OK;
    if (!has(demo, "obs")) return OK;
    path_in(path, demo, "obs");
    status = hdf5_list(&names, demo->file, path, error);
    for (int i = 0; !status && i < names.count; i++)
        status = read_column(demo, names.names[i], error);
    name_list_release(&names);
    return status;
}

/* ---- views ---- */

static const ObsColumn *find(const Demo *demo, ColumnKind kind, const char *name)
{
    for (int i = 0; i < demo->column_count; i++)
        if (demo->columns[i].kind == kind && !strcmp(demo->columns[i].name, name))
            return &demo->columns[i];
    return NULL;
}

/* place of a camera in "playslot,corner", or after all of them */
static size_t place_of(const char *order, const char *camera)
{
    const size_t length = strlen(camera);
    for (const char *at = order; at && *at; at = strchr(at, ',')) {
        at += *at == ',';
        if (!strncmp(at, camera, length) && (!at[length] || at[length] == ','))
            return (size_t)(at - order);
    }
    return strlen(order) + 1;
}

static Status add_camera(Demo *demo, int *count, int column, const char *order, Error *error)
{
    if (*count == EPISODE_VIEWS_MAX)
        return error_set(error, ERR_UNSUPPORTED, "'%s': more than %d cameras", demo->group,
                         EPISODE_VIEWS_MAX);
    int at = (*count)++;
    const size_t place = place_of(order, demo->columns[column].name);
    for (; at && place_of(order, demo->columns[demo->cameras[at - 1]].name) > place; at--)
        demo->cameras[at] = demo->cameras[at - 1];
    demo->cameras[at] = column;
    return OK;
}

static Status check_sizes(Demo *demo, int cameras, Error *error)
{
    int layers[2] = { 0, 0 };
    for (int i = 0; i < demo->column_count; i++) {
        const ObsColumn *column = &demo->columns[i];
        if (column->kind == COLUMN_VECTOR) continue;
        if (column->height != demo->shape.height || column->width != demo->shape.width)
            return error_set(error, ERR_SHAPE,
                             "'%s': pictures of '%s' are %d x %d, those of '%s' %d x %d; expected "
                             "one size",
                             demo->group, column->name, column->height, column->width,
                             demo->columns[demo->cameras[0]].name, demo->shape.height,
                             demo->shape.width);
        if (column->kind == COLUMN_IMAGE) continue;
        if (!find(demo, COLUMN_IMAGE, column->name))
            return error_set(error, ERR_FORMAT, "'%s': camera '%s' has no image", demo->group,
                             column->name);
        layers[column->kind == COLUMN_DEPTH]++;
    }
    for (int i = 0; i < 2; i++)
        if (layers[i] && layers[i] != cameras)
            return error_set(error, ERR_FORMAT, "'%s': %d of %d cameras have %s", demo->group,
                             layers[i], cameras, i ? "depth" : "labels");
    demo->shape.has_labels = layers[0] > 0;
    demo->shape.has_depth = layers[1] > 0;
    return OK;
}

static Status arrange_views(Demo *demo, const char *order, Error *error)
{
    int count = 0;
    Status status = OK;
    for (int i = 0; !status && i < demo->column_count; i++)
        if (demo->columns[i].kind == COLUMN_IMAGE)
            status = add_camera(demo, &count, i, order, error);
    if (status) return status;
    if (count) {
        const ObsColumn *first = &demo->columns[demo->cameras[0]];
        demo->shape.height = first->height;
        demo->shape.width = first->width;
        snprintf(demo->info.camera, sizeof demo->info.camera, "%s", first->name);
    }
    demo->shape.further_count = count ? count - 1 : 0;
    for (int i = 1; i < count; i++)
        demo->shape.further[i - 1] = demo->columns[demo->cameras[i]].name;
    return check_sizes(demo, count, error);
}

static Status arrange(Demo *demo, Error *error)
{
    char *order = NULL;
    size_t size = 0;
    Status status = hdf5_get_text(&order, demo->file, demo->group, "cameras", error);
    if (!status) status = arrange_views(demo, order ? order : "", error);
    memory_free(order);
    for (int i = 0; i < demo->column_count; i++)
        if (demo->columns[i].kind == COLUMN_VECTOR) size += demo->columns[i].row;
    demo->shape.obs_size =
        size <= SIZE_MAX_PIXELS ? (int)size : -1; /* the writer names the limit */
    if (!status) status = memory_new_array(&demo->obs, size, error);
    return status;
}

/* ---- facts ---- */

static Status get_text(char *out, size_t size, const Demo *demo, const char *name,
                       const char *fallback, Error *error)
{
    char *text = NULL;
    Status status = hdf5_get_text(&text, demo->file, demo->group, name, error);
    if (status) return status;
    if (snprintf(out, size, "%s", text ? text : fallback) >= (int)size)
        status = error_set(error, ERR_FORMAT, "'%s': attribute '%s' is longer than %zu letters",
                           demo->group, name, size - 1);
    memory_free(text);
    return status;
}

static int get_count(const Demo *demo, const char *name, int low)
{
    const int64_t value = hdf5_get_int(demo->file, demo->group, name, low);
    return value < low || value > STEPS_MAX ? low : (int)value;
}

static Status read_seed(Demo *demo, int index, Error *error)
{
    char text[32], *end = NULL;
    demo->info.seed = (uint64_t)index;
    Status status = get_text(text, sizeof text, demo, "seed", "", error);
    if (status || !text[0]) return status;
    errno = 0;
    demo->info.seed = strtoull(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && !*end && !errno) return OK;
    return error_set(error, ERR_FORMAT, "'%s': attribute 'seed': '%s' is no number", demo->group,
                     text);
}

static Status read_info(Demo *demo, const char *task, int index, Error *error)
{
    EpisodeInfo *info = &demo->info;
    const struct {
        char *out;
        size_t size;
        const char *name, *fallback;
    } texts[] = { { info->task, sizeof info->task, "task", task },
                  { info->quality, sizeof info->quality, "quality", "imported" },
                  { info->policy, sizeof info->policy, "policy", "demonstration" },
                  { info->facts, sizeof info->facts, "facts", "" },
                  { info->reward_version, sizeof info->reward_version, "reward_version",
                    "unknown" },
                  { info->playslot, sizeof info->playslot, "playslot", "" },
                  { info->mujoco, sizeof info->mujoco, "mujoco", "" } };
    Status status = read_seed(demo, index, error);
    for (size_t i = 0; !status && i < sizeof texts / sizeof texts[0]; i++)
        status =
            get_text(texts[i].out, texts[i].size, demo, texts[i].name, texts[i].fallback, error);
    info->action_repeat = get_count(demo, "action_repeat", 1);
    info->random_start = get_count(demo, "random_start", 0);
    return status;
}

/* ---- writing the episode ---- */

/* row of moment t: of obs, or the last of next_obs */
static const void *row_of(const Demo *demo, const ObsColumn *column, int t)
{
    const size_t bytes = column->row * column->element;
    if (t < demo->samples) return (const char *)column->before + (size_t)t * bytes;
    return (const char *)column->last + (size_t)(t - 1) * bytes;
}

static const void *picture_of(const Demo *demo, ColumnKind kind, const char *camera, int t)
{
    const ObsColumn *column = find(demo, kind, camera);
    return column ? row_of(demo, column, t) : NULL;
}

static void gather_obs(Demo *demo, int t)
{
    double *out = demo->obs;
    for (int i = 0; i < demo->column_count; i++) {
        const ObsColumn *column = &demo->columns[i];
        if (column->kind != COLUMN_VECTOR) continue;
        memcpy(out, row_of(demo, column, t), column->row * sizeof *out);
        out += column->row;
    }
}

/* `views` has EPISODE_VIEWS_MAX entries */
static EpisodeMoment moment_at(Demo *demo, EpisodeView *views, int t)
{
    EpisodeMoment moment = { .obs = demo->obs, .further = views + 1 };
    gather_obs(demo, t);
    for (int i = 0; demo->shape.height && i <= demo->shape.further_count; i++) {
        const char *camera = demo->columns[demo->cameras[i]].name;
        views[i].frames = picture_of(demo, COLUMN_IMAGE, camera, t);
        views[i].labels = picture_of(demo, COLUMN_LABELS, camera, t);
        views[i].depth = picture_of(demo, COLUMN_DEPTH, camera, t);
    }
    moment.pixels = views[0].frames;
    moment.labels = views[0].labels;
    moment.depth = views[0].depth;
    if (demo->state)
        moment.state = t < demo->samples ? demo->state + (int64_t)t * demo->shape.state_size
                                         : demo->final_state;
    return moment;
}

static Status append_steps(EpisodeWriter *writer, Demo *demo, Error *error)
{
    EpisodeView views[EPISODE_VIEWS_MAX] = { { 0 } };
    EpisodeMoment moment = moment_at(demo, views, 0);
    Status status = episode_writer_begin(writer, &moment, error);
    for (int t = 0; !status && t < demo->steps; t++) {
        const EpisodeStep step = { .action = demo->action + (int64_t)t * demo->shape.action_size,
                                   .reward = demo->reward ? demo->reward[t] : 0.0,
                                   .success = demo->success && demo->success[t],
                                   .after = moment_at(demo, views, t + 1) };
        status = episode_writer_append(writer, &step, error);
    }
    return status;
}

static Status write_episode(Demo *demo, const char *folder, int index, Error *error)
{
    EpisodeWriter *writer = NULL;
    char name[48], *path = NULL;
    snprintf(name, sizeof name, "%06d" EPISODE_SUFFIX, index);
    Status status = path_join(&path, folder, name, error);
    if (!status) status = episode_writer_create(&writer, &demo->shape, error);
    if (!status) status = append_steps(writer, demo, error);
    if (!status) status = episode_writer_finish(writer, &demo->info, path, error);
    episode_writer_destroy(writer);
    memory_free(path);
    return status ? error_wrap(error, "'%s'", demo->group) : OK;
}

/* ---- the file ---- */

static Status read_demo(Hdf5File *file, const char *group, const char *task, const char *folder,
                        int index, Error *error)
{
    Demo *demo = NULL;
    hdf5_guard_alive();
    Status status = memory_new(&demo, error);
    if (status) return status;
    demo->file = file;
    demo->group = group;
    status = read_actions(demo, error);
    if (!status) status = read_outcome(demo, error);
    if (!status) status = read_states(demo, error);
    if (!status) status = read_observations(demo, error);
    if (!status) status = read_info(demo, task, index, error);
    if (!status) status = arrange(demo, error);
    if (!status) status = write_episode(demo, folder, index, error);
    demo_release(demo);
    memory_free(demo);
    return status;
}

/* env_name of data's env_args, or "unknown" */
static Status read_task(char out[EPISODE_NAME_MAX], Hdf5File *file, Error *error)
{
    char *text = NULL;
    Json *env = NULL;
    snprintf(out, EPISODE_NAME_MAX, "unknown");
    Status status = hdf5_get_text(&text, file, "data", "env_args", error);
    if (!status && text) status = json_parse(&env, text, "data: env_args", error);
    const char *name = json_as_string(json_get(env, "env_name"), "");
    if (name[0]) snprintf(out, EPISODE_NAME_MAX, "%s", name);
    json_destroy(env);
    memory_free(text);
    return status;
}

/* "demo_10" comes after "demo_9" */
static int by_number(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    const size_t x = strlen(*left), y = strlen(*right);
    return x != y ? (x > y) - (x < y) : strcmp(*left, *right);
}

static Status read_demos(Hdf5File *file, const char *folder, int *count, Error *error)
{
    NameList names = { 0 };
    char task[EPISODE_NAME_MAX];
    Status status = hdf5_list(&names, file, "data", error);
    if (!status && !names.count)
        status = error_set(error, ERR_FORMAT, "group 'data' holds no demonstration");
    if (!status) status = read_task(task, file, error);
    if (!status) qsort(names.names, (size_t)names.count, sizeof *names.names, by_number);
    for (int i = 0; !status && i < names.count; i++) {
        char group[PATH_LENGTH / 2];
        if (snprintf(group, sizeof group, "data/%s", names.names[i]) >= (int)sizeof group)
            status =
                error_set(error, ERR_FORMAT, "'data/%.40s...': too long a name", names.names[i]);
        if (!status) status = read_demo(file, group, task, folder, i, error);
    }
    *count = status ? 0 : names.count;
    name_list_release(&names);
    return status;
}

Status robomimic_read(const char *path, const char *folder, int *count, Error *error)
{
    Hdf5File *file = NULL;
    *count = 0;
    Status status = hdf5_open(&file, path, error);
    if (!status) status = directory_make(folder, error);
    if (!status) status = read_demos(file, folder, count, error);
    hdf5_close(file);
    if (!status) status = dataset_rebuild(folder, error);
    return status ? error_wrap(error, "read '%s'", path) : OK;
}
