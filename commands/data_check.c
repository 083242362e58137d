/* data info, verify, stats: what is in folders of episodes, and whether it still is what it was */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "commands/data.h"

#define HASHES_FILE "SHA256SUMS"

enum { NAMES_MAX = 32 };

/* ---- hashes: a file that `sha256sum -c` reads as well ---- */

/* a line per episode of the folder with index `source`: "<hash>  <file>"; of all folders when negative */
static Status hash_lines(char **out, const Dataset *dataset, int source, Error *error)
{
    size_t size = 1, used = 0;
    Status status = OK;
    for (int i = 0; i < dataset_count(dataset); i++)
        size += SHA256_TEXT + 2 + strlen(path_base(dataset_at(dataset, i)->path)) + 1;
    status = memory_alloc(out, size, 1, error);
    for (int i = 0; !status && i < dataset_count(dataset); i++) {
        const DatasetEntry *entry = dataset_at(dataset, i);
        char hash[SHA256_TEXT];
        if (source >= 0 && entry->source != source) continue;
        status = sha256_file(hash, entry->path, error);
        if (!status)
            used += (size_t)snprintf(*out + used, size - used, "%s  %s\n", hash,
                                     path_base(entry->path));
    }
    return status;
}

/* ---- info ---- */

typedef struct Tally {
    char names[NAMES_MAX][EPISODE_FACTS_MAX];
    int counts[NAMES_MAX];
    int used;
    int others; /* beyond NAMES_MAX names */
} Tally;

static void tally_add(Tally *tally, const char *name)
{
    int i = 0;
    while (i < tally->used && strcmp(tally->names[i], name))
        i++;
    if (i == NAMES_MAX) {
        tally->others++;
        return;
    }
    if (i == tally->used) snprintf(tally->names[tally->used++], EPISODE_FACTS_MAX, "%s", name);
    tally->counts[i]++;
}

static void tally_print(const Tally *tally, const char *title)
{
    for (int i = 0; i < tally->used; i++)
        printf("%-15s %s (%d)\n", i ? "" : title, tally->names[i][0] ? tally->names[i] : "-",
               tally->counts[i]);
    if (tally->others) printf("%-15s further ones (%d)\n", "", tally->others);
}

/* what only the files tell */
typedef struct Insides {
    Tally tasks, facts, rewards, versions;
    int obs_size, state_size; /* of the last */
    bool has_ids, has_depth;
    size_t bytes;
} Insides;

static Status look_inside(Insides *insides, const DatasetEntry *entry, Error *error)
{
    Episode *episode = NULL;
    FileMap map;
    Status status = file_map(&map, entry->path, error);
    if (status) return status;
    insides->bytes += map.size;
    file_unmap(&map);
    status = episode_open(&episode, entry->path, error);
    if (status) return status;
    char versions[3 * EPISODE_NAME_MAX];
    snprintf(versions, sizeof versions, "playslot %s, MuJoCo %s", episode->info.playslot,
             episode->info.mujoco);
    tally_add(&insides->tasks, episode->info.task);
    tally_add(&insides->facts, episode->info.facts);
    tally_add(&insides->rewards, episode->info.reward_version);
    tally_add(&insides->versions, versions);
    insides->obs_size = episode->obs_size;
    insides->state_size = episode->state_size;
    insides->has_ids = episode->view_count && episode->views[0].ids;
    insides->has_depth = episode->view_count && episode->views[0].depth;
    episode_close(episode);
    return OK;
}

static void print_facts(const Dataset *dataset, const Insides *insides)
{
    const DatasetFacts *facts = dataset_facts(dataset);
    printf("%-15s %d x %d, camera %s%s%s, quality %s\n", "pictures", facts->width, facts->height,
           facts->camera[0] ? facts->camera : "none", facts->views[0] ? "," : "", facts->views,
           facts->quality[0] ? facts->quality : "none");
    printf("%-15s %s%s%s%s\n", "layers", facts->height ? "frames" : "none",
           facts->has_labels ? ", labels" : "", insides->has_ids ? ", ids" : "",
           insides->has_depth ? ", depth" : "");
    printf("%-15s action %d, observation %d, state %d\n", "sizes", facts->action_size,
           insides->obs_size, insides->state_size);
    printf("%-15s %d control steps per decision\n", "action repeat", facts->action_repeat);
}

static void print_counts(const Dataset *dataset, const Insides *insides)
{
    const DatasetEntry *first = dataset_at(dataset, 0);
    const DatasetEntry *last = dataset_at(dataset, dataset_count(dataset) - 1);
    Tally policies = { 0 };
    for (int i = 0; i < dataset_count(dataset); i++)
        tally_add(&policies, dataset_at(dataset, i)->policy);
    printf("%-15s %d (%d train, %d valid, %d test), %.1f MiB\n", "episodes", dataset_count(dataset),
           dataset_split_count(dataset, SPLIT_TRAIN), dataset_split_count(dataset, SPLIT_VALID),
           dataset_split_count(dataset, SPLIT_TEST), (double)insides->bytes / (1024.0 * 1024.0));
    tally_print(&policies, "policy");
    tally_print(&insides->facts, "policy's facts");
    printf("%-15s first %" PRIu64 ", last %" PRIu64 "\n", "seeds", first->seed, last->seed);
}

static Status print_info(const Dataset *dataset, Error *error)
{
    Insides insides = { 0 };
    char *lines = NULL, hash[SHA256_TEXT];
    Status status = OK;
    for (int i = 0; !status && i < dataset_count(dataset); i++)
        status = look_inside(&insides, dataset_at(dataset, i), error);
    if (!status) status = hash_lines(&lines, dataset, -1, error);
    if (!status) {
        sha256_text(hash, lines, strlen(lines));
        tally_print(&insides.tasks, "task");
        print_counts(dataset, &insides);
        print_facts(dataset, &insides);
        tally_print(&insides.rewards, "reward version");
        tally_print(&insides.versions, "made by");
        printf("%-15s %s (of the list that verify --write_hashes writes)\n", "sha256", hash);
    }
    memory_free(lines);
    return status;
}

Status data_info(const DataOptions *options, Error *error)
{
    Dataset *dataset = NULL;
    Status status = data_open(&dataset, options, error);
    if (!status) status = print_info(dataset, error);
    dataset_close(dataset);
    return status;
}

/* ---- verify ---- */

static Status check_finite(const double *values, size_t rows, int size, const char *name,
                           Error *error)
{
    for (size_t i = 0; values && i < rows * (size_t)size; i++)
        if (!isfinite(values[i]))
            return error_set(error, ERR_NUMERIC, "'%s': %g at moment %zu", name, values[i],
                             i / (size_t)size);
    return OK;
}

/* dataset.json tells of the file what the file holds */
static Status check_listed(const DatasetEntry *entry, const Episode *episode, Error *error)
{
    if (entry->steps != episode->steps)
        return error_set(error, ERR_FORMAT, "%d steps, " DATASET_FILE " lists %d", episode->steps,
                         entry->steps);
    if (entry->seed != episode->info.seed)
        return error_set(error, ERR_FORMAT, "seed %" PRIu64 ", " DATASET_FILE " lists %" PRIu64,
                         episode->info.seed, entry->seed);
    if (entry->success != episode->succeeded || strcmp(entry->policy, episode->info.policy))
        return error_set(error, ERR_FORMAT, "success or policy differ from " DATASET_FILE);
    if (!(fabs(entry->total_reward - episode->total_reward) <= 1e-9))
        return error_set(error, ERR_FORMAT, "return %.17g, " DATASET_FILE " lists %.17g",
                         episode->total_reward, entry->total_reward);
    return OK;
}

static Status check_shared(const DatasetFacts *facts, const Episode *episode, Error *error)
{
    if (episode->height == facts->height && episode->width == facts->width &&
        episode->action_size == facts->action_size &&
        !strcmp(episode->info.camera, facts->camera) &&
        !strcmp(episode->info.reward_version, facts->reward_version))
        return OK;
    return error_set(error, ERR_FORMAT,
                     "%d x %d pictures of '%s', %d actions, reward %s; " DATASET_FILE
                     " has %d x %d, '%s', %d, %s",
                     episode->width, episode->height, episode->info.camera, episode->action_size,
                     episode->info.reward_version, facts->width, facts->height, facts->camera,
                     facts->action_size, facts->reward_version);
}

/* the line of `hashes` for this file says the same; NULL: nothing to compare with */
static Status check_hash(const DatasetEntry *entry, const char *hashes, Error *error)
{
    char hash[SHA256_TEXT], line[SHA256_TEXT + 300];
    if (!hashes) return OK;
    Status status = sha256_file(hash, entry->path, error);
    if (status) return status;
    snprintf(line, sizeof line, "%s  %s\n", hash, path_base(entry->path));
    if (strstr(hashes, line)) return OK;
    return error_set(error, ERR_FORMAT, "sha256 %s is not what " HASHES_FILE " lists", hash);
}

static Status check_entry(const DatasetFacts *facts, const DatasetEntry *entry, const char *hashes,
                          Error *error)
{
    Episode *episode = NULL;
    Status status = check_hash(entry, hashes, error);
    if (!status) status = episode_open(&episode, entry->path, error);
    if (status) return status;
    const size_t moments = (size_t)episode->steps + 1;
    status = check_shared(facts, episode, error);
    if (!status) status = check_listed(entry, episode, error);
    if (!status) status = check_finite(episode->obs, moments, episode->obs_size, "obs", error);
    if (!status)
        status = check_finite(episode->state, moments, episode->state_size, "state", error);
    episode_close(episode);
    return status;
}

/* NULL without that file */
static Status read_hashes(char **out, const char *folder, Error *error)
{
    char *path = NULL;
    *out = NULL;
    Status status = path_join(&path, folder, HASHES_FILE, error);
    if (!status && file_exists(path)) status = file_read(out, NULL, path, error);
    memory_free(path);
    return status;
}

static Status check_folder(const Dataset *dataset, int source, const char *folder, int *damaged,
                           Error *error)
{
    char *hashes = NULL;
    int count = 0;
    Status status = read_hashes(&hashes, folder, error);
    for (int i = 0; !status && i < dataset_count(dataset); i++) {
        const DatasetEntry *entry = dataset_at(dataset, i);
        Error found = { 0 };
        if (entry->source != source) continue;
        count++;
        if (!check_entry(dataset_facts(dataset), entry, hashes, &found)) continue;
        printf("%s: %s\n", entry->path, found.text);
        ++*damaged;
    }
    if (!status)
        printf("%s: %d episodes checked, hashes %s\n", folder, count,
               hashes ? "compared with " HASHES_FILE : "not compared: there is no " HASHES_FILE);
    memory_free(hashes);
    return status;
}

static Status write_hashes(const Dataset *dataset, int source, const char *folder, Error *error)
{
    char *path = NULL, *lines = NULL;
    Status status = path_join(&path, folder, HASHES_FILE, error);
    if (!status) status = hash_lines(&lines, dataset, source, error);
    if (!status) status = file_write(path, lines, strlen(lines), error);
    if (!status) printf("wrote %s\n", path);
    memory_free(lines);
    memory_free(path);
    return status;
}

Status data_verify(const DataOptions *options, Error *error)
{
    Dataset *dataset = NULL;
    int damaged = 0;
    Status status = data_open(&dataset, options, error);
    for (int i = 0; !status && i < options->inputs.count; i++)
        if (!options->write_hashes)
            status = check_folder(dataset, i, options->inputs.values[i], &damaged, error);
    for (int i = 0; !status && i < options->inputs.count; i++)
        if (options->write_hashes)
            status = write_hashes(dataset, i, options->inputs.values[i], error);
    if (!status && damaged)
        status = error_set(error, ERR_FORMAT, "%d of %d episodes are not what they should be",
                           damaged, dataset_count(dataset));
    dataset_close(dataset);
    return status;
}

/* ---- stats ---- */

typedef struct Spread {
    double low, high, sum, squares;
    size_t count;
} Spread;

static void spread_add(Spread *spread, double value)
{
    if (!spread->count || value < spread->low) spread->low = value;
    if (!spread->count || value > spread->high) spread->high = value;
    spread->sum += value;
    spread->squares += value * value;
    spread->count++;
}

static void spread_print(const Spread *spread, const char *name)
{
    if (!spread->count) return;
    const double n = (double)spread->count, mean = spread->sum / n;
    const double variance = spread->squares / n - mean * mean;
    printf("%-15s %12.6g %12.6g %12.6g %12.6g\n", name, mean, sqrt(variance > 0 ? variance : 0),
           spread->low, spread->high);
}

typedef struct Stats {
    Spread steps, returns, pictures[3]; /* pictures of the first view: R, G, B in 0 .. 255 */
    Spread *actions;
    int successes, clipped; /* clipped: numbers of actions outside [-1, 1] */
} Stats;

/* a histogram is exact and quicker than pixel by pixel */
static void add_pictures(Stats *stats, const Episode *episode)
{
    const size_t pixels =
        (size_t)(episode->steps + 1) * (size_t)episode->height * (size_t)episode->width;
    for (int c = 0; episode->frames && c < 3; c++) {
        Spread *spread = &stats->pictures[c];
        size_t histogram[256] = { 0 };
        for (size_t i = 0; i < pixels; i++)
            histogram[episode->frames[3 * i + (size_t)c]]++;
        for (int value = 0; value < 256; value++) {
            if (!histogram[value]) continue;
            const double count = (double)histogram[value];
            if (!spread->count || value < spread->low) spread->low = value;
            if (!spread->count || value > spread->high) spread->high = value;
            spread->sum += count * value;
            spread->squares += count * value * value;
            spread->count += histogram[value];
        }
    }
}

static Status add_entry(Stats *stats, const DatasetEntry *entry, int action_size, Error *error)
{
    Episode *episode = NULL;
    Status status = episode_open(&episode, entry->path, error);
    if (status) return status;
    if (episode->action_size != action_size)
        status = error_set(error, ERR_FORMAT, "'%s': %d actions, the others have %d", entry->path,
                           episode->action_size, action_size);
    const size_t count = status ? 0 : (size_t)episode->steps * (size_t)action_size;
    for (size_t i = 0; i < count; i++) {
        const double value = (double)episode->action[i];
        spread_add(&stats->actions[i % (size_t)action_size], value);
        stats->clipped += fabs(value) > 1.0;
    }
    spread_add(&stats->steps, episode->steps);
    spread_add(&stats->returns, episode->total_reward);
    stats->successes += episode->succeeded;
    if (!status) add_pictures(stats, episode);
    episode_close(episode);
    return status;
}

static void print_stats(const Stats *stats, int action_size)
{
    static const char *const channels[] = { "red", "green", "blue" };
    char name[32];
    const size_t episodes = stats->steps.count;
    printf("%-15s %zu\n%-15s %d (%.1f %%)\n", "episodes", episodes, "successful", stats->successes,
           100.0 * stats->successes / (double)episodes);
    printf("%-15s %.0f\n%-15s %d\n\n", "decisions", stats->steps.sum, "beyond [-1, 1]",
           stats->clipped);
    printf("%-15s %12s %12s %12s %12s\n", "", "mean", "deviation", "least", "most");
    spread_print(&stats->steps, "length");
    spread_print(&stats->returns, "return");
    for (int i = 0; i < action_size; i++) {
        snprintf(name, sizeof name, "action[%d]", i);
        spread_print(&stats->actions[i], name);
    }
    for (int c = 0; c < 3; c++)
        spread_print(&stats->pictures[c], channels[c]);
}

Status data_stats(const DataOptions *options, Error *error)
{
    Dataset *dataset = NULL;
    Stats stats = { 0 };
    Status status = data_open(&dataset, options, error);
    const int size = status ? 0 : dataset_facts(dataset)->action_size;
    if (!status) status = memory_new_array(&stats.actions, (size_t)size, error);
    for (int i = 0; !status && i < dataset_count(dataset); i++)
        status = add_entry(&stats, dataset_at(dataset, i), size, error);
    if (!status) print_stats(&stats, size);
    memory_free(stats.actions);
    dataset_close(dataset);
    return status;
}
