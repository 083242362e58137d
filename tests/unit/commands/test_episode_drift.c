/* drift between made-up episodes; the stored table through a file and back; files that are not tables */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/episode_drift.h"
#include "envs/env.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"

/* ---- drift ---- */

static EpisodeFacts made_up_episode(uint64_t seed)
{
    static const int steps[HASH_SAMPLES] = { 1, 10, 50, 200, 500 };
    EpisodeFacts facts = { .success_step = 40, .reward_sum = 1234.5 };
    for (int i = 0; i < HASH_SAMPLES; i++) {
        facts.sample[i] = (EpisodeSample){ .step = steps[i], .hash = 100 * seed + (uint64_t)i + 1 };
        for (int k = 0; k < HASH_POSITION; k++)
            facts.sample[i].position[k] = 0.1 * k - 0.3;
    }
    return facts;
}

static EpisodeHashes made_up_task(void)
{
    EpisodeHashes row = { .present = true };
    for (uint64_t seed = 0; seed < HASH_SEEDS; seed++)
        row.episode[seed] = made_up_episode(seed);
    return row;
}

static void equal_episodes_have_no_drift(void **state)
{
    (void)state;
    const EpisodeFacts facts = made_up_episode(0);
    const EpisodeDrift drift = episode_drift(&facts, &facts);
    assert_true(drift.equal);
    assert_int_equal(drift.first_step, 0);
    assert_true(drift.largest == 0 && drift.at_first == 0);
}

static void the_first_changed_sample_counts(void **state)
{
    (void)state;
    const EpisodeFacts stored = made_up_episode(0);
    EpisodeFacts now = stored;
    for (int i = 1; i < HASH_SAMPLES; i++)
        now.sample[i].hash ^= 1;
    now.sample[2].position[4] += 2e-6; /* first object, y */
    now.sample[3].position[0] -= 0.25;
    now.sample[4].position[8] += 0.125;
    const EpisodeDrift drift = episode_drift(&now, &stored);
    assert_false(drift.equal);
    assert_int_equal(drift.first_step, 10);
    assert_true(drift.at_first == 0); /* the hash differs, the positions do not yet */
    assert_true(drift.at[2] == 2e-6 && drift.largest == 0.25 && drift.at[4] == 0.125);
}

static void a_diverged_episode_is_infinitely_far(void **state)
{
    (void)state;
    const EpisodeFacts stored = made_up_episode(0);
    EpisodeFacts now = stored;
    now.sample[4].hash = HASH_DIVERGED;
    EpisodeDrift drift = episode_drift(&now, &stored);
    assert_false(drift.equal);
    assert_int_equal(drift.first_step, 500);
    assert_true(isinf(drift.at[4]) && isinf(drift.largest) && drift.at[3] == 0);
    drift = episode_drift(&now, &now); /* it did so before */
    assert_true(drift.equal && drift.largest == 0);
}

static void a_task_sums_its_episodes_up(void **state)
{
    (void)state;
    const EpisodeHashes stored = made_up_task();
    EpisodeHashes now = stored;
    now.episode[1].sample[4].hash ^= 1;
    now.episode[1].sample[4].position[0] += 0.5;
    now.episode[1].success_step = 0;
    now.episode[2].sample[3].hash ^= 1;
    now.episode[2].sample[3].position[0] += 0.25;
    const TaskDrift drift = task_drift(&now, &stored);
    assert_int_equal(drift.equal, 1);
    assert_int_equal(drift.successes_now, 2);
    assert_int_equal(drift.successes_stored, 3);
    assert_int_equal(drift.first_step, 200); /* of seed 2, although seed 1 is looked at before */
    assert_true(drift.at_first == 0.25 && drift.largest == 0.5 && drift.at_end == 0.5);
    const EpisodeHashes nothing = { 0 };
    assert_int_equal(task_drift(&now, &nothing).equal, 0);
}

/* ---- JSON ---- */

static void json_says_null_for_what_is_not_there(void **state)
{
    (void)state;
    Error error;
    const EpisodeHashes stored = made_up_task(), nothing = { 0 };
    EpisodeHashes now = stored;
    now.episode[0].sample[4].hash = HASH_DIVERGED;
    now.episode[0].success_step = 0;
    TaskDrift drift = task_drift(&now, &stored);
    Json *list = json_array();
    assert_ok(task_drift_append(list, "reach", &drift, &now, &stored, &error), &error);
    drift = task_drift(&now, &nothing);
    assert_ok(task_drift_append(list, "push", &drift, &now, &nothing, &error), &error);
    const Json *known = json_at(list, 0), *unknown = json_at(list, 1);
    const Json *episode = json_at(json_get(known, "episodes"), 0);
    assert_true(json_is_number(json_get(known, "equal")));
    assert_non_null(json_get(episode, "success_step"));
    assert_true(json_is_null(json_get(episode, "success_step")));
    assert_true(json_is_null(json_path(episode, "distance_at_step.500")));
    assert_true(json_as_number(json_path(episode, "distance_at_step.200"), -1) == 0);
    assert_null(json_get(unknown, "equal"));
    assert_int_equal(json_count(json_get(unknown, "episodes")), HASH_SEEDS);
    json_destroy(list);
}

static Status append_once(void *user, Error *error)
{
    const EpisodeHashes *row = user;
    const TaskDrift drift = task_drift(row, row);
    Json *list = json_array();
    const Status status = list ? task_drift_append(list, "reach", &drift, row, row, error)
                               : error_set(error, ERR_MEMORY, "no list");
    json_destroy(list);
    return status;
}

static void json_survives_failing_allocations(void **state)
{
    (void)state;
    EpisodeHashes row = made_up_task();
    assert_true(fail_each_allocation(append_once, &row, 1) > 10);
}

/* ---- files ---- */

static void the_stored_table_goes_through_a_file(void **state)
{
    Error error;
    const size_t size = (size_t)task_count() * sizeof(EpisodeHashes);
    EpisodeHashes *stored = calloc(1, size), *read = malloc(size);
    const char *path = temp_path(*state, "table.def");
    assert_true(stored && read);
    episode_hashes_stored(stored);
    assert_ok(episode_hashes_write(stored, path, &error), &error);
    assert_ok(episode_hashes_read(read, path, &error), &error);
    int fetch = 0;
    for (int i = 0; i < task_count(); i++) {
        const bool own = task_suite(task_at(i)) == SUITE_FETCH; /* some of many alike */
        assert_int_equal(read[i].present, stored[i].present);
        assert_true(own || stored[i].present);
        fetch += own && stored[i].present;
        for (int seed = 0; seed < HASH_SEEDS; seed++) {
            const EpisodeFacts *a = &stored[i].episode[seed], *b = &read[i].episode[seed];
            const EpisodeDrift drift = episode_drift(a, b);
            assert_true(episode_hash(a) == episode_hash(b) && drift.equal && drift.largest == 0);
            assert_int_equal(a->success_step, b->success_step);
            assert_true(a->reward_sum == b->reward_sum);
        }
    }
    assert_int_equal(fetch, 16);
    free(read);
    free(stored);
}

/* the table with its first occurrence of `old` replaced */
static void refuse(const char *path, const char *text, const char *old, const char *new,
                   Status wanted, const char *part)
{
    Error error;
    const char *at = strstr(text, old);
    char *changed = malloc(strlen(text) + strlen(new) + 1);
    EpisodeHashes *rows = malloc((size_t)task_count() * sizeof *rows);
    assert_true(at && changed && rows);
    sprintf(changed, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    test_write_text(path, changed);
    assert_error(episode_hashes_read(rows, path, &error), &error, wanted, part);
    free(rows);
    free(changed);
}

static void what_is_no_table_is_refused(void **state)
{
    Error error;
    char *text = NULL;
    const char *path = temp_path(*state, "table.def");
    EpisodeHashes *rows = calloc((size_t)task_count(), sizeof *rows);
    assert_non_null(rows);
    episode_hashes_stored(rows);
    assert_ok(episode_hashes_write(rows, path, &error), &error);
    assert_ok(file_read(&text, NULL, path, &error), &error);
    refuse(path, text, "\"assembly\"", "\"asembly\"", ERR_ARGUMENT,
           "line 5: unknown task 'asembly'");
    refuse(path, text, "EPISODES(", "EPISODE(", ERR_FORMAT, "line 5: expected EPISODES(");
    refuse(path, text, "EPISODE(1", "EPISODE(2", ERR_FORMAT, "line 12: expected EPISODE(seed");
    refuse(path, text, "AT(10,", "AT(11,", ERR_FORMAT, "line 8: expected AT(step, hash");
    refuse(path, text, "AT(500", "BE(500", ERR_FORMAT, "line 11: expected AT(");
    refuse(path, text, ", 0, 0, 0)", ", 0, 0)", ERR_FORMAT, "line 7: expected AT(");
    refuse(path, text, ")))", "))", ERR_FORMAT, "expected ')', found 'EPISODES(");
    memory_free(text);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_episodes_have_no_drift),
        cmocka_unit_test(the_first_changed_sample_counts),
        cmocka_unit_test(a_diverged_episode_is_infinitely_far),
        cmocka_unit_test(a_task_sums_its_episodes_up),
        cmocka_unit_test(json_says_null_for_what_is_not_there),
        cmocka_unit_test(json_survives_failing_allocations),
        cmocka_unit_test_setup_teardown(the_stored_table_goes_through_a_file, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_table_is_refused, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
