/* many episodes at once: results, seeds, stopping, errors */
#include "support/test.h"

#include <stdatomic.h>
#include <string.h>

#include "unit/policies/rollout_fixture.h"

enum { EPISODES = 7, MAX_WORKERS = 8 };

typedef struct Crowd {
    Kept kept[EPISODES];
    int begun[EPISODES];
    atomic_int ended, policies, abandoned;
    int stop_after; /* 0: never */
    int fail_episode;
} Crowd;

static Status make_policy(void *user, int worker, Policy **out, Error *error)
{
    (void)worker;
    Crowd *crowd = user;
    const PolicyOptions options = policy_options_default();
    atomic_fetch_add(&crowd->policies, 1);
    return policy_create(out, "explore", &options, error);
}

static Status begin(void *user, int worker, int episode, uint64_t seed, FrameSink *sink,
                    Error *error)
{
    (void)worker;
    Crowd *crowd = user;
    const int i = episode - 10;
    if (seed != episode_seed(77, episode)) return error_set(error, ERR_ARGUMENT, "seed");
    crowd->begun[i]++;
    crowd->kept[i].fail_at = crowd->fail_episode == episode ? 2 : 0;
    *sink = (FrameSink){ keep, &crowd->kept[i] };
    return OK;
}

static Status end(void *user, int worker, const EpisodeResult *result, Error *error)
{
    (void)worker;
    Crowd *crowd = user;
    atomic_fetch_add(&crowd->ended, 1);
    const Kept *kept = &crowd->kept[result->episode - 10];
    return kept->frames == result->decisions + 1 ? OK : error_set(error, ERR_FORMAT, "frames");
}

static void abandon(void *user, int worker, int episode)
{
    (void)worker;
    (void)episode;
    atomic_fetch_add(&((Crowd *)user)->abandoned, 1);
}

static bool stop(void *user)
{
    Crowd *crowd = user;
    return crowd->stop_after && atomic_load(&crowd->ended) >= crowd->stop_after;
}

static RolloutHooks hooks_of(Crowd *crowd)
{
    return (RolloutHooks){ .user = crowd,
                           .make_policy = make_policy,
                           .begin = begin,
                           .end = end,
                           .abandon = abandon,
                           .stop = stop };
}

static void results_do_not_depend_on_threads(void **state)
{
    (void)state;
    static Crowd crowds[3];
    EpisodeResult results[3][EPISODES];
    const int threads[3] = { 1, 2, 7 };
    RolloutOptions options = rollout_options_default();
    options.max_decisions = 4;
    for (int i = 0; i < 3; i++) {
        Error error = { 0 };
        const RolloutHooks hooks = hooks_of(&crowds[i]);
        memset(results[i], 0, sizeof results[i]);
        assert_ok(rollout_many(results[i], 10, EPISODES, 77, threads[i], &options, &hooks, &error),
                  &error);
        assert_int_equal(atomic_load(&crowds[i].ended), EPISODES);
        assert_true(atomic_load(&crowds[i].policies) <= threads[i]);
        for (int k = 0; k < EPISODES; k++) {
            assert_int_equal(crowds[i].begun[k], 1);
            assert_int_equal(results[i][k].episode, 10 + k);
            assert_true(crowds[i].kept[k].hash == crowds[0].kept[k].hash);
            assert_true(results[i][k].reward_sum == results[0][k].reward_sum);
            assert_true(results[i][k].seed == results[0][k].seed);
        }
    }
    assert_true(crowds[0].kept[0].hash != crowds[0].kept[1].hash);
}

static void runs_can_be_stopped(void **state)
{
    (void)state;
    static Crowd crowd;
    Error error = { 0 };
    crowd = (Crowd){ .stop_after = 2 };
    RolloutOptions options = unseen();
    options.max_decisions = 2;
    const RolloutHooks hooks = hooks_of(&crowd);
    assert_error(rollout_many(NULL, 10, EPISODES, 77, 1, &options, &hooks, &error), &error,
                 ERR_INTERRUPTED, "interrupted");
    assert_int_equal(atomic_load(&crowd.ended), 2);
}

static void the_first_error_ends_a_run(void **state)
{
    (void)state;
    static Crowd crowd;
    Error error = { 0 };
    crowd = (Crowd){ .fail_episode = 12 };
    RolloutOptions options = unseen();
    options.max_decisions = 2;
    const RolloutHooks hooks = hooks_of(&crowd);
    assert_error(rollout_many(NULL, 10, EPISODES, 77, 1, &options, &hooks, &error), &error, ERR_IO,
                 "episode 12: episode of seed");
    assert_int_equal(atomic_load(&crowd.abandoned), 1);
    assert_int_equal(atomic_load(&crowd.ended), 2);
    assert_error(rollout_many(NULL, -1, 2, 77, 1, &options, &hooks, &error), &error, ERR_ARGUMENT,
                 "whole numbers");
    assert_ok(rollout_many(NULL, 10, 0, 77, 2, &options, &hooks, &error), &error);
}

static void seeds_of_runs_do_not_overlap(void **state)
{
    (void)state;
    for (int a = 0; a < 40; a++)
        for (int b = 0; b < 40; b++) {
            assert_true(episode_seed(1, a) != episode_seed(2, b));
            if (a != b) assert_true(episode_seed(1, a) != episode_seed(1, b));
            assert_true(episode_seed(1, a) < UINT64_C(1) << 53);
        }
}

static void starts_depend_on_the_seeding(void **state)
{
    (void)state;
    const EpisodeStart seeded = episode_start_of(SEEDING_SEEDED, 7, 53);
    assert_true(seeded.seed == episode_seed(7, 53) && seeded.task_index == -1);
    const EpisodeStart frozen = episode_start_of(SEEDING_FROZEN, 1000, 53);
    assert_true(frozen.seed == 1053 && frozen.task_index == -1);
    const EpisodeStart listed = episode_start_of(SEEDING_ML10_TEST, 7, 53);
    assert_true(listed.seed == episode_seed(7, 53) && listed.scene_seed == 7);
    assert_int_equal(listed.task_index, 3);
}

static Status scripted(void *user, int worker, Policy **out, Error *error)
{
    (void)user, (void)worker;
    const PolicyOptions options = policy_options_default();
    return policy_create(out, "random", &options, error);
}

static void a_run_goes_through_a_benchmarks_list(void **state)
{
    (void)state;
    Error error = { 0 };
    EpisodeResult results[2];
    const RolloutHooks hooks = { .make_policy = scripted };
    RolloutOptions options = unseen();
    options.env.seeding = SEEDING_ML25_TEST;
    options.max_decisions = 1;
    assert_ok(rollout_many(results, 49, 2, 7, 2, &options, &hooks, &error), &error);
    assert_int_equal(results[0].task_index, 49);
    assert_int_equal(results[1].task_index, 0);
    assert_true(results[1].seed == episode_seed(7, 50));
    options.env.seeding = SEEDING_SEEDED;
    assert_ok(rollout_many(results, 0, 1, 7, 1, &options, &hooks, &error), &error);
    assert_int_equal(results[0].task_index, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_do_not_depend_on_threads),
        cmocka_unit_test(runs_can_be_stopped),
        cmocka_unit_test(the_first_error_ends_a_run),
        cmocka_unit_test(seeds_of_runs_do_not_overlap),
        cmocka_unit_test(starts_depend_on_the_seeding),
        cmocka_unit_test(a_run_goes_through_a_benchmarks_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
