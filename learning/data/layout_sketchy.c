/* Sketchy: which clips of which camera streams (PlaySlot's rules) */
#include "base/memory.h"
#include "data/layout_internal.h"

/* PlaySlot looks for clips as if they had so many frames when the wish is outside these limits */
enum { TRAIN_LOW = 10, TRAIN_HIGH = 100, HELD_OUT_LOW = 30, HELD_OUT_HIGH = 60 };

static int searched_frames(int wanted, int low, int high)
{
    return wanted >= low && wanted <= high ? wanted : low;
}

/* the search over all training episodes, frames counted from the first one's first */
typedef struct Search {
    int span;     /* frames that a clip covers */
    double apart; /* least distance of two starts */
    double next;  /* first start that is far enough from the last */
    int begin;    /* of this episode */
} Search;

static Search search_begin(const LayoutOptions *o)
{
    const int frames = searched_frames(o->num_frames, TRAIN_LOW, TRAIN_HIGH);
    const int covered = (frames - 1) * o->seq_step + 1;
    const double apart = covered * (1.0 - o->max_overlap);
    return (Search){ .span = frames * o->seq_step, .apart = apart, .next = apart - covered };
}

static bool is_used(int stream, SketchyMode mode)
{
    if (mode == SKETCHY_ALL) return true;
    return (stream < 2) == (mode == SKETCHY_FULL_ONLY);
}

static Status add_clip(LayoutScan *scan, const char *path, int first, int stream, Split split,
                       Error *error)
{
    return layout_scan_add(scan,
                           (DatasetEntry){ .path = path,
                                           .steps = scan->options->num_frames - 1,
                                           .split = split,
                                           .policy = "demonstration",
                                           .first = first,
                                           .stream = stream },
                           error);
}

static Status add_streams(LayoutScan *scan, const char *path, int first, Error *error)
{
    Status status = OK;
    for (int stream = 0; !status && stream < SKETCHY_STREAMS; stream++)
        if (is_used(stream, scan->options->mode))
            status = add_clip(scan, path, first, stream, SPLIT_TRAIN, error);
    return status;
}

static Status scan_train(LayoutScan *scan, Search *search, const char *path, int pictures,
                         Error *error)
{
    Status status = OK;
    for (int first = 0; !status && first + search->span <= pictures; first++) {
        const int index = search->begin + first;
        if (index < search->next) continue;
        search->next = index + search->apart;
        status = add_streams(scan, path, first, error);
    }
    search->begin += pictures;
    return status;
}

/* one clip of each episode that is not for training: left camera, full picture, from the start */
static Status scan_held_out(LayoutScan *scan, const char *path, int pictures, Split split,
                            Error *error)
{
    const LayoutOptions *o = scan->options;
    const int frames = searched_frames(o->num_frames, HELD_OUT_LOW, HELD_OUT_HIGH);
    if (frames * o->seq_step > pictures) return OK;
    return add_clip(scan, path, 0, 0, split, error);
}

/* pictures of the right camera, which PlaySlot counts; actions must reach as far */
static Status inspect(int *pictures, LayoutScan *scan, const char *path, Error *error)
{
    NameList names = { 0 };
    int rows = 0, columns = 0;
    Status status = picture_list(&names, path, LAYOUT_SKETCHY, 1, error);
    if (!status) status = action_extents(&rows, &columns, path, error);
    *pictures = names.count;
    name_list_release(&names);
    if (status) return status;
    if (rows + 1 < *pictures)
        return error_set(error, ERR_FORMAT, "%d rows in actions.npy for %d pictures", rows,
                         *pictures);
    if (scan->facts.action_size && scan->facts.action_size != columns)
        return error_set(error, ERR_FORMAT, "actions of %d numbers, the others have %d", columns,
                         scan->facts.action_size);
    scan->facts.action_size = columns;
    return OK;
}

static Status scan_episode(LayoutScan *scan, Search *search, const char *path, int rank,
                           Error *error)
{
    const LayoutOptions *o = scan->options;
    int pictures = 0;
    Status status = inspect(&pictures, scan, path, error);
    if (status) return error_wrap(error, "'%s'", path);
    if (rank < o->train_episodes) return scan_train(scan, search, path, pictures, error);
    if (rank >= o->train_episodes + o->valid_episodes)
        return o->test_is_valid ? OK : scan_held_out(scan, path, pictures, SPLIT_TEST, error);
    status = scan_held_out(scan, path, pictures, SPLIT_VALID, error);
    if (status || !o->test_is_valid) return status;
    return scan_held_out(scan, path, pictures, SPLIT_TEST, error);
}

Status sketchy_scan(LayoutScan *scan, const char *folder, Error *error)
{
    NameList episodes = { 0 };
    Search search = search_begin(scan->options);
    Status status = folder_list(&episodes, folder, false, error);
    for (int i = 0; !status && i < episodes.count; i++) {
        char *path = NULL;
        status = path_join(&path, folder, episodes.names[i], error);
        if (!status) status = scan_episode(scan, &search, path, i, error);
        memory_free(path);
    }
    name_list_release(&episodes);
    return status;
}
