/*
 * Every task: what a reset leaves depends on the vectors alone. An Env whose hand phase is kept from another
 * reset equals, bit for bit, one that has never been used and makes every simulator step.
 */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "envs/task.h"

enum { SEEDS = 3, STEPS = 20 };

typedef struct Pair {
    Env *used, *fresh;
    double *used_state, *fresh_state;
    Error error;
} Pair;

static int set_up(void **state)
{
    static Pair pair;
    *state = &pair;
    return 0;
}

static void open_task(Pair *pair, const char *task)
{
    EnvOptions options = env_options_default();
    options.task = task;
    assert_ok(env_create(&pair->used, &options, &pair->error), &pair->error);
    const size_t size = (size_t)env_state_size(pair->used);
    assert_ok(memory_new_array(&pair->used_state, size, &pair->error), &pair->error);
    assert_ok(memory_new_array(&pair->fresh_state, size, &pair->error), &pair->error);
}

static void close_task(Pair *pair)
{
    memory_free(pair->used_state);
    memory_free(pair->fresh_state);
    env_destroy(pair->used);
    *pair = (Pair){ 0 };
}

/* everything that later steps and pictures read */
static void assert_same_world(Pair *pair)
{
    const SimView *a = sim_view(env_sim(pair->used)), *b = sim_view(env_sim(pair->fresh));
    env_state_get(pair->used, pair->used_state);
    env_state_get(pair->fresh, pair->fresh_state);
    assert_memory_equal(pair->used_state, pair->fresh_state,
                        (size_t)env_state_size(pair->used) * sizeof(double));
    assert_memory_equal(a->xpos, b->xpos, 3 * (size_t)a->nbody * sizeof(double));
    assert_memory_equal(a->xmat, b->xmat, 9 * (size_t)a->nbody * sizeof(double));
    assert_memory_equal(a->geom_xpos, b->geom_xpos, 3 * (size_t)a->ngeom * sizeof(double));
    assert_memory_equal(a->geom_xmat, b->geom_xmat, 9 * (size_t)a->ngeom * sizeof(double));
    assert_memory_equal(a->site_xpos, b->site_xpos, 3 * (size_t)a->nsite * sizeof(double));
    assert_memory_equal(a->site_xmat, b->site_xmat, 9 * (size_t)a->nsite * sizeof(double));
}

static void assert_same_steps(Pair *pair, uint64_t seed)
{
    Rng rng = rng_stream(seed, "test-actions", 0);
    StepResult a, b;
    for (int i = 0; i < STEPS; i++) {
        float action[ENV_ACTION];
        for (int k = 0; k < ENV_ACTION; k++)
            action[k] = (float)rng_range(&rng, -1, 1);
        assert_ok(env_step(pair->used, action, &a, &pair->error), &pair->error);
        assert_ok(env_step(pair->fresh, action, &b, &pair->error), &pair->error);
        assert_memory_equal(a.obs, b.obs, sizeof a.obs);
        assert_memory_equal(&a.info, &b.info, sizeof a.info);
        assert_true(a.reward == b.reward && a.success == b.success);
        assert_true(a.reward >= 0 && a.reward <= 10 && a.info.unscaled_reward == a.reward);
        for (int k = 0; k < ENV_OBS; k++)
            assert_true(isfinite(a.obs[k]));
    }
}

/* reset both with the same vectors, one of them having done other things */
static void assert_same_reset(Pair *pair, const double *pass1, const double *pass2, uint64_t seed)
{
    double used[ENV_OBS], fresh[ENV_OBS];
    assert_ok(env_create_like(&pair->fresh, pair->used, &pair->error), &pair->error);
    assert_ok(env_reset_vectors(pair->used, pass1, pass2, used, &pair->error), &pair->error);
    assert_ok(env_reset_vectors(pair->fresh, pass1, pass2, fresh, &pair->error), &pair->error);
    assert_memory_equal(used, fresh, sizeof used);
    assert_memory_equal(used, used + 18, 18 * sizeof *used); /* stacked on itself */
    assert_same_world(pair);
    assert_same_steps(pair, seed);
    assert_same_world(pair);
    env_destroy(pair->fresh);
}

static void a_kept_hand_phase_gives_the_same_bits(void **state)
{
    Pair *pair = *state;
    for (int i = 0; i < task_count(); i++) {
        const TaskDef *task = task_at(i);
        if (task->hooks) continue; /* no hand phase */
        open_task(pair, task_name(task));
        assert_ok(env_reset(pair->used, 99, NULL, &pair->error), &pair->error);
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            assert_ok(env_reset(pair->used, seed, NULL, &pair->error), &pair->error);
            const ResetInfo info = *env_reset_info(pair->used);
            assert_same_reset(pair, info.pass1, info.pass2, seed);
        }
        assert_same_reset(pair, task->vector_low, task->vector_high, SEEDS);
        assert_same_reset(pair, task->vector_high, task->vector_high, SEEDS); /* like the last */
        close_task(pair);
    }
}

/* a button box in the hand's way: what was kept without it does not count, nor the other way round */
static void vectors_beyond_the_ranges_are_stepped(void **state)
{
    Pair *pair = *state;
    open_task(pair, "button-press");
    const double middle[3] = { 0, 0.87, 0.115 }, in_the_way[3] = { 0, 0.4, 0.2 };
    double clear[ENV_OBS], blocked[ENV_OBS];
    assert_ok(env_reset_vectors(pair->used, middle, middle, clear, &pair->error), &pair->error);
    assert_same_reset(pair, in_the_way, middle, 1);
    assert_same_reset(pair, middle, middle, 1);
    assert_ok(env_reset_vectors(pair->used, in_the_way, middle, blocked, &pair->error),
              &pair->error);
    assert_memory_not_equal(clear, blocked, sizeof clear); /* the hand is elsewhere */
    close_task(pair);
}

/* recipes without a forward pass at their end leave stale poses in the first picture: the same ones */
static void the_first_picture_is_the_same(void **state)
{
    Pair *pair = *state;
    Renderer *renderer = NULL;
    Camera camera;
    Image used = { 0 }, fresh = { 0 };
    const RenderOptions options = render_options_default();
    open_task(pair, "window-open");
    assert_ok(env_create_like(&pair->fresh, pair->used, &pair->error), &pair->error);
    assert_ok(env_reset(pair->used, 7, NULL, &pair->error), &pair->error);
    assert_ok(env_reset(pair->used, 8, NULL, &pair->error), &pair->error);
    assert_ok(env_reset(pair->fresh, 8, NULL, &pair->error), &pair->error);
    assert_ok(env_camera(&camera, pair->used, "corner2", &pair->error), &pair->error);
    assert_ok(renderer_create(&renderer, env_sim(pair->used), &options, &pair->error),
              &pair->error);
    assert_ok(image_init(&used, 64, 64, &pair->error), &pair->error);
    assert_ok(image_init(&fresh, 64, 64, &pair->error), &pair->error);
    assert_ok(renderer_draw(renderer, env_sim(pair->used), &camera, &used, &pair->error),
              &pair->error);
    assert_ok(renderer_draw(renderer, env_sim(pair->fresh), &camera, &fresh, &pair->error),
              &pair->error);
    assert_memory_equal(used.pixels, fresh.pixels, (size_t)64 * 64 * 3);
    image_release(&fresh);
    image_release(&used);
    renderer_destroy(renderer);
    env_destroy(pair->fresh);
    close_task(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kept_hand_phase_gives_the_same_bits),
        cmocka_unit_test(the_first_picture_is_the_same),
        cmocka_unit_test(vectors_beyond_the_ranges_are_stepped),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
