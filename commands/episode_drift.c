#include "commands/episode_drift.h"

#include <math.h>
#include <stdio.h>

/* ---- measures ---- */

/* the stored positions are rounded to 1e-9, hence so is their distance */
static double distance(const EpisodeSample *a, const EpisodeSample *b)
{
    double largest = 0;
    if (a->hash == HASH_DIVERGED || b->hash == HASH_DIVERGED)
        return a->hash == b->hash ? 0 : (double)INFINITY;
    for (int i = 0; i < HASH_POSITION; i++)
        largest = fmax(largest, fabs(a->position[i] - b->position[i]));
    return round(1e9 * largest) / 1e9;
}

EpisodeDrift episode_drift(const EpisodeFacts *now, const EpisodeFacts *stored)
{
    EpisodeDrift drift = { .equal = true };
    for (int i = 0; i < HASH_SAMPLES; i++) {
        drift.at[i] = distance(&now->sample[i], &stored->sample[i]);
        drift.largest = fmax(drift.largest, drift.at[i]);
        if (now->sample[i].hash == stored->sample[i].hash || !drift.equal) continue;
        drift.equal = false;
        drift.first_step = now->sample[i].step;
        drift.at_first = drift.at[i];
    }
    return drift;
}

static void add_first(TaskDrift *total, const EpisodeDrift *drift)
{
    const bool earlier = !total->first_step || drift->first_step < total->first_step;
    if (drift->equal || (!earlier && drift->first_step > total->first_step)) return;
    total->at_first = earlier ? drift->at_first : fmax(total->at_first, drift->at_first);
    total->first_step = drift->first_step;
}

TaskDrift task_drift(const EpisodeHashes *now, const EpisodeHashes *stored)
{
    TaskDrift total = { 0 };
    for (int seed = 0; seed < HASH_SEEDS; seed++) {
        const EpisodeFacts *a = &now->episode[seed], *b = &stored->episode[seed];
        EpisodeDrift *drift = &total.episode[seed];
        *drift = episode_drift(a, b);
        total.equal += stored->present && drift->equal;
        total.successes_now += a->success_step > 0;
        total.successes_stored += b->success_step > 0;
        total.largest = fmax(total.largest, drift->largest);
        total.at_end = fmax(total.at_end, drift->at[HASH_SAMPLES - 1]);
        add_first(&total, drift);
    }
    return total;
}

/* ---- text ---- */

typedef struct Words {
    char text[32];
} Words;

static Words distance_words(double metres)
{
    Words words;
    if (isinf(metres))
        snprintf(words.text, sizeof words.text, "diverged");
    else
        snprintf(words.text, sizeof words.text, metres > 0 ? "%.1e" : "<1e-09", metres);
    return words;
}

static Words success_words(int step)
{
    Words words;
    snprintf(words.text, sizeof words.text, step ? "step %d" : "never", step);
    return words;
}

void task_drift_print_episodes(const char *task, const TaskDrift *drift, const EpisodeHashes *now,
                               const EpisodeHashes *stored)
{
    for (int seed = 0; seed < HASH_SEEDS; seed++) {
        const EpisodeDrift *episode = &drift->episode[seed];
        const EpisodeFacts *a = &now->episode[seed], *b = &stored->episode[seed];
        if (!stored->present)
            printf("%-28s seed %d is not stored\n", task, seed);
        else if (!episode->equal)
            printf("%-28s seed %d differs from step %d: %s m there, %s m at the end; success: "
                   "%s (stored: %s), rewards: %.6g (stored: %.6g)\n",
                   task, seed, episode->first_step, distance_words(episode->at_first).text,
                   distance_words(episode->at[HASH_SAMPLES - 1]).text,
                   success_words(a->success_step).text, success_words(b->success_step).text,
                   a->reward_sum, b->reward_sum);
    }
}

void task_drift_print_head(void)
{
    printf("\n%-28s %10s %9s %10s %10s %10s %8s %8s\n", "task", "bits equal", "from step",
           "there, m", "largest, m", "at end, m", "success", "stored");
}

void task_drift_print_row(const char *task, const TaskDrift *drift, bool stored)
{
    printf("%-28s", task);
    if (!stored) {
        printf(" %10s %9s %10s %10s %10s %8d %8s\n", "not stored", "", "", "", "",
               drift->successes_now, "");
        return;
    }
    printf(" %5d of %d", drift->equal, HASH_SEEDS);
    if (drift->equal == HASH_SEEDS)
        printf(" %9s %10s %10s %10s", "-", "0", "0", "0");
    else
        printf(" %9d %10s %10s %10s", drift->first_step, distance_words(drift->at_first).text,
               distance_words(drift->largest).text, distance_words(drift->at_end).text);
    printf(" %8d %8d\n", drift->successes_now, drift->successes_stored);
}

/* ---- JSON: a child is handed over to its parent before it is filled, so nothing is left behind ---- */

static Json *distance_json(double metres)
{
    return isinf(metres) ? json_null() : json_number(metres);
}

static Json *step_json(int step)
{
    return step ? json_number(step) : json_null();
}

static Status set_distances(Json *entry, const EpisodeDrift *drift, const EpisodeFacts *now,
                            Error *error)
{
    Json *object = json_object();
    Status status = json_set(entry, "distance_at_step", object, error);
    for (int i = 0; i < HASH_SAMPLES && !status; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", now->sample[i].step);
        status = json_set(object, key, distance_json(drift->at[i]), error);
    }
    return status;
}

static Status set_comparison(Json *entry, const EpisodeDrift *drift, const EpisodeFacts *now,
                             const EpisodeFacts *stored, Error *error)
{
    Status status = json_set(entry, "equal", json_bool(drift->equal), error);
    if (!status)
        status = json_set(entry, "stored_success_step", step_json(stored->success_step), error);
    if (!status)
        status = json_set(entry, "stored_reward_sum", json_number(stored->reward_sum), error);
    if (!status) status = json_set(entry, "first_step", step_json(drift->first_step), error);
    return status ? status : set_distances(entry, drift, now, error);
}

static Status append_episode(Json *list, int seed, const EpisodeDrift *drift,
                             const EpisodeFacts *now, const EpisodeFacts *stored, Error *error)
{
    Json *entry = json_object();
    Status status = json_append(list, entry, error);
    if (!status) status = json_set(entry, "seed", json_number(seed), error);
    if (!status) status = json_set(entry, "success_step", step_json(now->success_step), error);
    if (!status) status = json_set(entry, "reward_sum", json_number(now->reward_sum), error);
    if (!status && stored) status = set_comparison(entry, drift, now, stored, error);
    return status;
}

static Status set_totals(Json *entry, const TaskDrift *drift, Error *error)
{
    Status status = json_set(entry, "equal", json_number(drift->equal), error);
    if (!status)
        status = json_set(entry, "stored_successes", json_number(drift->successes_stored), error);
    if (!status) status = json_set(entry, "first_step", step_json(drift->first_step), error);
    if (!status)
        status = json_set(entry, "distance_at_first_step", distance_json(drift->at_first), error);
    if (!status) status = json_set(entry, "largest_distance", distance_json(drift->largest), error);
    if (!status) status = json_set(entry, "distance_at_end", distance_json(drift->at_end), error);
    return status;
}

static Status set_episodes(Json *entry, const TaskDrift *drift, const EpisodeHashes *now,
                           const EpisodeHashes *stored, Error *error)
{
    Json *list = json_array();
    Status status = json_set(entry, "episodes", list, error);
    for (int seed = 0; seed < HASH_SEEDS && !status; seed++)
        status = append_episode(list, seed, &drift->episode[seed], &now->episode[seed],
                                stored->present ? &stored->episode[seed] : NULL, error);
    return status;
}

Status task_drift_append(Json *list, const char *task, const TaskDrift *drift,
                         const EpisodeHashes *now, const EpisodeHashes *stored, Error *error)
{
    Json *entry = json_object();
    Status status = json_append(list, entry, error);
    if (!status) status = json_set(entry, "task", json_string(task), error);
    if (!status) status = json_set(entry, "stored", json_bool(stored->present), error);
    if (!status) status = json_set(entry, "successes", json_number(drift->successes_now), error);
    if (!status && stored->present) status = set_totals(entry, drift, error);
    return status ? status : set_episodes(entry, drift, now, stored, error);
}
