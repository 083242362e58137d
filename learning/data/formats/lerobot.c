#include "data/formats/lerobot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/png.h"
#include "data/formats/lerobot_internal.h"

#define VERSION  "v3.0"
#define MEGABYTE ((int64_t)1 << 20)
#define TABLES   "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
#define VIDEOS   "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"

typedef struct VideoFile {
    void *video; /* NULL before the first frame */
    FilePlace place;
} VideoFile;

typedef struct Export {
    const Dataset *dataset;
    const char *folder;
    const LerobotOptions *options;
    FeatureTable features;
    ParquetColumn columns[2 * FEATURES_MAX];
    int column_count;
    char *note; /* "huggingface" in the footers */
    ParquetNote notes[1];
    ParquetWriter *writer; /* NULL before the first row */
    FilePlace place;
    VideoFile videos[EPISODE_VIEWS_MAX];
    char codec[32];
    EpisodeTable *episodes;
    NameList tasks; /* sentences by index */
    EpisodeRow row; /* the episode being written */
    int counts[SPLIT_COUNT];
} Export;

LerobotOptions lerobot_options_default(void)
{
    return (LerobotOptions){ .data_bytes = 100 * MEGABYTE, .video_bytes = 200 * MEGABYTE };
}

/* ---- files ---- */

bool file_is_full(const FilePlace *place, int64_t size, int64_t more, int64_t limit)
{
    return place->frames && size + size / place->frames * more >= limit;
}

void file_next(FilePlace *place)
{
    const bool next_chunk = place->file + 1 == CHUNK_FILES;
    *place =
        (FilePlace){ .chunk = place->chunk + next_chunk, .file = next_chunk ? 0 : place->file + 1 };
}

Status file_place_path(char **out, const char *folder, const char *part, const FilePlace *place,
                       const char *suffix, Error *error)
{
    char *chunk = NULL;
    *out = NULL;
    Status status = string_format(&chunk, error, "%s/%s/chunk-%03d", folder, part, place->chunk);
    if (!status) status = directory_make(chunk, error);
    if (!status) status = string_format(out, error, "%s/file-%03d%s", chunk, place->file, suffix);
    memory_free(chunk);
    return status;
}

/* ---- tables ---- */

static Status end_table(Export *export, Error *error)
{
    const Status status = parquet_commit(export->writer, error);
    export->writer = NULL;
    return status;
}

/* a file that `length` rows may go into */
static Status ready_table(Export *export, int length, Error *error)
{
    char *path = NULL;
    if (export->writer) {
        if (!file_is_full(&export->place, parquet_size(export->writer), length,
                          export->options->data_bytes))
            return OK;
        const Status status = end_table(export, error);
        if (status) return status;
        file_next(&export->place);
    }
    Status status =
        file_place_path(&path, export->folder, "data", &export->place, ".parquet", error);
    if (!status)
        status = parquet_create(&export->writer, path, export->columns, export->column_count,
                                export->notes, 1, error);
    memory_free(path);
    return status;
}

static Status put_numbers(Export *export, int feature, int column, const Episode *episode,
                          Error *error)
{
    double *values = NULL;
    const Feature *described = &export->features.at[feature];
    const size_t count = (size_t)episode->steps * (size_t)described->size;
    Status status =
        feature_values(&values, &export->features, described, episode, &export->row.place, error);
    if (!status)
        status = episode_table_numbers(export->episodes, feature, values, episode->steps, error);
    if (!status) parquet_put_numbers(export->writer, column, values, count);
    memory_free(values);
    return status;
}

/* moment t as an Image, which is only read */
static Image picture_at(const Episode *episode, int view, int t)
{
    return (Image){ .width = episode->width,
                    .height = episode->height,
                    .pixels = (uint8_t *)(uintptr_t)episode_view(episode, view, t).frames };
}

static Status put_picture(Export *export, int column, const Image *picture, int t, Error *error)
{
    char name[32];
    unsigned char *data = NULL;
    size_t size = 0;
    const Status status = image_encode_png(&data, &size, picture, error);
    if (status) return status;
    snprintf(name, sizeof name, "frame-%06d.png", t);
    parquet_put_bytes(export->writer, column, data, size);
    parquet_put_text(export->writer, column + 1, name);
    memory_free(data);
    return OK;
}

static Status put_pictures(Export *export, const Feature *feature, int column,
                           const Episode *episode, Error *error)
{
    Status status = OK;
    for (int t = 0; !status && t < episode->steps; t++) {
        const Image picture = picture_at(episode, feature->view, t);
        status = put_picture(export, column, &picture, t, error);
    }
    return status;
}

/* ---- videos ---- */

static Status end_video(Export *export, VideoFile *file, Error *error)
{
    const Status status = export->options->encoder->close(file->video, error);
    file->video = NULL;
    return status;
}

static Status ready_video(Export *export, const Feature *feature, int length, Error *error)
{
    const FrameEncoder *encoder = export->options->encoder;
    VideoFile *file = &export->videos[feature->view];
    char *part = NULL, *path = NULL;
    if (file->video) {
        if (!file_is_full(&file->place, encoder->size(file->video), length,
                          export->options->video_bytes))
            return OK;
        const Status status = end_video(export, file, error);
        if (status) return status;
        file_next(&file->place);
    }
    Status status = path_join(&part, "videos", feature->name, error);
    if (!status) status = file_place_path(&path, export->folder, part, &file->place, ".mp4", error);
    if (!status)
        status = encoder->open(&file->video, encoder->user, path, export->features.height,
                               export->features.width, export->features.fps, error);
    if (!status) snprintf(export->codec, sizeof export->codec, "%s", encoder->codec(file->video));
    memory_free(part);
    memory_free(path);
    return status;
}

static Status push_frames(Export *export, const Feature *feature, const Episode *episode,
                          Error *error)
{
    VideoFile *file = &export->videos[feature->view];
    Status status = ready_video(export, feature, episode->steps, error);
    export->row.videos[feature->view] = file->place;
    for (int t = 0; !status && t < episode->steps; t++) {
        const Image picture = picture_at(episode, feature->view, t);
        status = export->options->encoder->push(file->video, &picture, error);
    }
    file->place.frames += episode->steps;
    return status;
}

/* ---- episodes ---- */

static const char *sentence_of(const Export *export, const Episode *episode)
{
    const char *task = episode->info.task;
    return export->options->sentence ? export->options->sentence(task) : task;
}

/* the number of a sentence, a new one when it is new */
static Status find_task(int *out, NameList *tasks, const char *sentence, Error *error)
{
    const size_t count = (size_t)tasks->count;
    for (*out = 0; *out < tasks->count; ++*out)
        if (!strcmp(tasks->names[*out], sentence)) return OK;
    Status status = memory_grow(&tasks->names, count, count + 1, sizeof *tasks->names, error);
    if (!status) status = string_copy(&tasks->names[count], sentence, error);
    if (!status) tasks->count++;
    return status;
}

static Status put_feature(Export *export, int i, int *column, const Episode *episode, Error *error)
{
    const Feature *feature = &export->features.at[i];
    if (feature->role != FEATURE_PICTURE)
        return put_numbers(export, i, (*column)++, episode, error);
    episode_table_pictures(export->episodes, i, episode_view(episode, feature->view, 0).frames,
                           episode->steps);
    if (export->features.videos) return push_frames(export, feature, episode, error);
    *column += 2;
    return put_pictures(export, feature, *column - 2, episode, error);
}

static Status put_episode(Export *export, const Episode *episode, Error *error)
{
    EpisodeRow *row = &export->row;
    int column = 0;
    row->length = episode->steps;
    row->sentence = sentence_of(export, episode);
    Status status = features_check(&export->features, episode, error);
    if (!status) status = find_task(&row->place.task, &export->tasks, row->sentence, error);
    if (!status) status = ready_table(export, episode->steps, error);
    row->data = export->place;
    for (int i = 0; !status && i < export->features.count; i++)
        status = put_feature(export, i, &column, episode, error);
    if (!status) status = parquet_end_group(export->writer, episode->steps, error);
    if (!status) status = episode_table_put(export->episodes, row, error);
    export->place.frames += episode->steps;
    row->place.index += episode->steps;
    row->place.episode++;
    return status;
}

static Status write_split(Export *export, Split split, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < dataset_count(export->dataset); i++) {
        Episode *episode = NULL;
        if (dataset_at(export->dataset, i)->split != split) continue;
        status = dataset_episode(&episode, export->dataset, i, error);
        if (!status) {
            status = put_episode(export, episode, error);
            if (status) error_wrap(error, "'%s'", dataset_at(export->dataset, i)->path);
        }
        export->counts[split]++;
        episode_close(episode);
    }
    return status;
}

/* ---- metadata ---- */

/* the sentence is the index of a pandas frame */
static Status write_tasks(const Export *export, Error *error)
{
    static const ParquetNote note = {
        "pandas",
        "{\"index_columns\": [\"task\"], \"column_indexes\": [{\"name\": null, \"field_name\": "
        "null, "
        "\"pandas_type\": \"unicode\", \"numpy_type\": \"object\", \"metadata\": {\"encoding\": "
        "\"UTF-8\"}}], \"columns\": [{\"name\": \"task_index\", \"field_name\": \"task_index\", "
        "\"pandas_type\": \"int64\", \"numpy_type\": \"int64\", \"metadata\": null}, {\"name\": "
        "\"task\", \"field_name\": \"task\", \"pandas_type\": \"unicode\", \"numpy_type\": "
        "\"object\", \"metadata\": null}], \"pandas_version\": \"2.2.3\"}"
    };
    static const ParquetColumn columns[] = {
        { .name = "task_index", .type = PARQUET_INT64 },
        { .name = "task", .type = PARQUET_TEXT },
    };
    ParquetWriter *writer = NULL;
    char *path = NULL;
    Status status = path_join(&path, export->folder, "meta/tasks.parquet", error);
    if (!status) status = parquet_create(&writer, path, columns, 2, &note, 1, error);
    for (int i = 0; !status && i < export->tasks.count; i++) {
        const double index = i;
        parquet_put_numbers(writer, 0, &index, 1);
        parquet_put_text(writer, 1, export->tasks.names[i]);
    }
    if (!status) status = parquet_end_group(writer, export->tasks.count, error);
    memory_free(path);
    if (!status) return parquet_commit(writer, error);
    parquet_abort(writer);
    return status;
}

/* "train": "0:40" */
static Status set_splits(Json *root, const Export *export, Error *error)
{
    Json *splits = json_object();
    int first = 0;
    Status status = json_set(root, "splits", splits, error);
    for (int split = 0; !status && split < SPLIT_COUNT; split++) {
        char range[32];
        const int end = first + export->counts[split];
        snprintf(range, sizeof range, "%d:%d", first, end);
        if (end > first)
            status = json_set(splits, split_name((Split)split), json_string(range), error);
        first = end;
    }
    return status;
}

static Status set_counts(Json *root, const Export *export, Error *error)
{
    const struct {
        const char *key;
        int64_t value;
    } counts[] = {
        { "total_episodes", export->row.place.episode },
        { "total_frames", export->row.place.index },
        { "total_tasks", export->tasks.count },
        { "chunks_size", CHUNK_FILES },
        { "data_files_size_in_mb", (export->options->data_bytes + MEGABYTE - 1) / MEGABYTE },
        { "video_files_size_in_mb", (export->options->video_bytes + MEGABYTE - 1) / MEGABYTE },
        { "fps", export->features.fps },
    };
    Status status = OK;
    for (size_t i = 0; !status && i < sizeof counts / sizeof counts[0]; i++)
        status = json_set(root, counts[i].key, json_number((double)counts[i].value), error);
    return status;
}

static Status write_info(const Export *export, Error *error)
{
    Json *root = json_object(), *features = NULL;
    char *path = NULL;
    Json *videos = export->features.videos ? json_string(VIDEOS) : json_null();
    Status status = json_set(root, "video_path", videos, error);
    if (!status) status = json_set(root, "data_path", json_string(TABLES), error);
    if (!status) status = json_set(root, "codebase_version", json_string(VERSION), error);
    if (!status) status = json_set(root, "robot_type", json_null(), error);
    if (!status) status = set_counts(root, export, error);
    if (!status) status = set_splits(root, export, error);
    if (!status) status = features_json(&features, &export->features, export->codec, error);
    if (!status) status = json_set(root, "features", features, error);
    if (!status) status = path_join(&path, export->folder, "meta/info.json", error);
    if (!status) status = json_write(root, path, error);
    json_destroy(root);
    memory_free(path);
    return status;
}

/* ---- all ---- */

static Status check_options(const LerobotOptions *options, Error *error)
{
    if (options->fps < 1) return error_set(error, ERR_ARGUMENT, "fps: %d is below 1", options->fps);
    return OK;
}

static Status prepare(Export *export, Error *error)
{
    Episode *first = NULL;
    Status status = dataset_episode(&first, export->dataset, 0, error);
    if (!status) status = features_init(&export->features, first, export->options, error);
    episode_close(first);
    if (!status) status = features_note(&export->note, &export->features, error);
    if (!status) status = directory_make_new(export->folder, error);
    if (status) return status;
    export->notes[0] = (ParquetNote){ "huggingface", export->note };
    export->column_count = features_columns(&export->features, export->columns);
    return episode_table_create(&export->episodes, &export->features, export->folder,
                                export->options->data_bytes, error);
}

static Status finish(Export *export, Error *error)
{
    Status status = end_table(export, error);
    for (int i = 0; !status && i < EPISODE_VIEWS_MAX; i++)
        if (export->videos[i].video) status = end_video(export, &export->videos[i], error);
    if (!status) status = episode_table_finish(export->episodes, error);
    if (!status) status = write_tasks(export, error);
    return status ? status : write_info(export, error);
}

static void release(Export *export)
{
    parquet_abort(export->writer);
    for (int i = 0; i < EPISODE_VIEWS_MAX; i++)
        if (export->videos[i].video) export->options->encoder->abort(export->videos[i].video);
    episode_table_destroy(export->episodes);
    name_list_release(&export->tasks);
    memory_free(export->note);
}

Status lerobot_write(const Dataset *dataset, const char *folder, const LerobotOptions *options,
                     Error *error)
{
    Export *export = NULL;
    Status status = check_options(options, error);
    if (!status) status = memory_new(&export, error);
    if (status) return error_wrap(error, "write LeRobot data set");
    *export = (Export){ .dataset = dataset, .folder = folder, .options = options };
    status = prepare(export, error);
    for (int split = 0; !status && split < SPLIT_COUNT; split++)
        status = write_split(export, (Split)split, error);
    if (!status) status = finish(export, error);
    release(export);
    memory_free(export);
    return status ? error_wrap(error, "write LeRobot data set") : OK;
}
