#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "policies/learned/slot_policy.h"
#include "support/small_models.h"

#define STEPS 6
#define SIZE  SMALL_MODELS_SIZE
#define SEED  7

static SlotModels *create_models_of(SlotModelsConfig config)
{
    Error error = { OK, "" };
    SlotModels *models = NULL;
    if (slot_models_create(&models, &config, &error)) fail_msg("%s", error.text);
    params_initialize(models->store, 3);
    playslot_fill_tables(&models->predictor, models->store);
    return models;
}

static SlotModels *create_models(void)
{
    return create_models_of(small_models_config());
}

static Policy *create_policy(const SlotModels *models, SlotProtocol protocol)
{
    Error error = { OK, "" };
    Policy *policy = NULL;
    const SlotPolicyOptions options = { .protocol = protocol, .pictures = true };
    if (slot_policy_create(&policy, models, options, &error)) fail_msg("%s", error.text);
    return policy;
}

/* frame `t` of an episode that changes from frame to frame */
static void draw_frame(Image *frame, int t)
{
    for (int i = 0; i < frame->width * frame->height * 3; i++)
        frame->pixels[i] = (uint8_t)((i * 37 + t * 11 + (i / 7) * (t + 3)) % 256);
}

/* actions (STEPS, 4), slots (STEPS, N * D) and expected pictures of one episode */
typedef struct Episode {
    float actions[STEPS][ENV_ACTION];
    real slots[STEPS][36];
    real recons[STEPS][SIZE * SIZE * 3];
    real predicted[STEPS][SIZE * SIZE * 3];
} Episode;

static void record_view(Episode *out, const Policy *policy, int t)
{
    SlotView view;
    assert_true(slot_policy_view(&view, policy));
    memcpy(out->slots[t], view.slots, sizeof out->slots[t]);
    memcpy(out->recons[t], view.recons, sizeof out->recons[t]);
    assert_true((view.predicted == NULL) == (t == 0));
    if (view.predicted) memcpy(out->predicted[t], view.predicted, sizeof out->predicted[t]);
    for (int p = 0; p < view.H * view.W; p++) {
        double sum = 0;
        for (int s = 0; s < view.N; s++)
            sum += (double)view.masks[s * view.H * view.W + p];
        assert_true(fabs(sum - 1) < 1e-5);
    }
}

static void run_episode(Episode *out, Policy *policy)
{
    Error error = { OK, "" };
    Image frame;
    assert_int_equal(image_init(&frame, SIZE, SIZE, &error), OK);
    assert_int_equal(policy_reset(policy, SEED, &error), OK);
    for (int t = 0; t < STEPS; t++) {
        draw_frame(&frame, t);
        const PolicyInput input = { .decision = t, .frame = &frame };
        if (policy_act(policy, &input, out->actions[t], &error)) fail_msg("%s", error.text);
        record_view(out, policy, t);
    }
    image_release(&frame);
}

static void fill_video(real *video)
{
    Error error = { OK, "" };
    Image frame;
    assert_int_equal(image_init(&frame, SIZE, SIZE, &error), OK);
    for (int t = 0; t < STEPS; t++) {
        draw_frame(&frame, t);
        for (int i = 0; i < SIZE * SIZE * 3; i++)
            *video++ = (real)frame.pixels[i] / (real)255;
    }
    image_release(&frame);
}

static void fill_noise(real *noise, int count)
{
    Rng rng = rng_stream(SEED, "slot-noise", 0);
    for (int i = 0; i < count; i++)
        noise[i] = (real)rng_normal(&rng);
}

static void assert_close(const real *a, const real *b, int count)
{
    for (int i = 0; i < count; i++)
        if (!(fabs((double)a[i] - (double)b[i]) < 2e-5)) /* other order of additions */
            fail_msg("value %d: %g and %g", i, (double)a[i], (double)b[i]);
}

/* the whole clip in one graph gives the same slots and actions as frame by frame */
static void test_closed_loop_follows_the_recurrence(void **state)
{
    (void)state;
    static Episode episode;
    Error error = { OK, "" };
    SlotModels *models = create_models();
    Policy *policy = create_policy(models, SLOT_CLOSED_LOOP);
    run_episode(&episode, policy);

    Graph *graph = NULL;
    Plan *plan = NULL;
    assert_int_equal(graph_create(&graph, models->store, &error), OK);
    const Node video = graph_input(graph, "video", SHAPE(1, STEPS, SIZE, SIZE, 3));
    const Node noise = savi_initial_input(graph, &models->savi, "", 1);
    const SaviClip clip = savi_clip(graph, &models->savi, video, noise, true, NULL);
    const Node latent = behavior_forward(graph, &models->policy, clip.slots);
    const Node action = action_decoder_forward(graph, &models->action_decoder, latent);
    graph_output(graph, "slots", clip.slots);
    graph_output(graph, "action", action);
    graph_output(graph, "recons", clip.recons);
    if (graph_finish(graph, &error)) fail_msg("%s", error.text);
    const PlanOptions options = { .loss = NODE_NONE };
    assert_int_equal(plan_create(&plan, graph, options, &error), OK);
    fill_video(plan_input(plan, video));
    fill_noise(plan_input(plan, noise), 36);
    plan_run(plan);
    assert_close(&episode.slots[0][0], plan_value(plan, clip.slots), STEPS * 36);
    assert_close(&episode.recons[0][0], plan_value(plan, clip.recons), STEPS * SIZE * SIZE * 3);
    for (int i = 0; i < STEPS * ENV_ACTION; i++)
        assert_true(
            fabs((double)(&episode.actions[0][0])[i] - (double)plan_value(plan, action)[i]) < 2e-5);
    plan_destroy(plan);
    graph_destroy(graph);
    policy_destroy(policy);
    slot_models_destroy(models);
}

/* after the first frame imagination acts on what it predicted, whatever the frames show */
static void test_imagination_acts_on_predictions(void **state)
{
    (void)state;
    static Episode seen, imagined;
    SlotModels *models = create_models();
    Policy *closed = create_policy(models, SLOT_CLOSED_LOOP);
    Policy *open = create_policy(models, SLOT_IMAGINATION);
    run_episode(&seen, closed);
    run_episode(&imagined, open);
    assert_memory_equal(seen.slots[0], imagined.slots[0], sizeof seen.slots[0]);
    assert_memory_equal(seen.actions[0], imagined.actions[0], sizeof seen.actions[0]);
    /* the same expectation of frame 1; imagination then takes it for the frame */
    assert_memory_equal(seen.predicted[1], imagined.predicted[1], sizeof seen.predicted[1]);
    for (int t = 1; t < STEPS; t++)
        assert_memory_equal(imagined.recons[t], imagined.predicted[t], sizeof seen.recons[t]);
    assert_true(memcmp(seen.slots[1], imagined.slots[1], sizeof seen.slots[1]) != 0);
    policy_destroy(closed);
    policy_destroy(open);
    slot_models_destroy(models);
}

/* slots of all steps (1, STEPS, N, D), each predicted from the one before alone */
static Node record_markov(Graph *graph, const SlotModels *models, Node first)
{
    Node slots[STEPS] = { first };
    for (int t = 0; t + 1 < STEPS; t++) {
        const Node latent = behavior_forward(graph, &models->policy, slots[t]);
        const LatentParts parts = latent_action_decompose(graph, &models->predictor.latent_action,
                                                          op_reshape(graph, latent, SHAPE(1, 5)));
        const Node next = playslot_next(graph, &models->predictor, slots[t],
                                        op_reshape(graph, parts.proto, SHAPE(1, 1, 5)), NODE_NONE);
        slots[t + 1] = op_reshape(graph, next, SHAPE(1, 1, 3, 12));
    }
    return op_concat(graph, slots, STEPS, 1);
}

/* Markov dynamics look at one frame, in imagination too (spec models, 20.3 no. 28) */
static void test_markov_dynamics_imagine_from_one_frame(void **state)
{
    (void)state;
    static Episode imagined;
    Error error = { OK, "" };
    SlotModelsConfig config = small_models_config();
    config.predictor.dynamics.markov = true;
    SlotModels *models = create_models_of(config);
    Policy *open = create_policy(models, SLOT_IMAGINATION);
    run_episode(&imagined, open);
    Graph *graph = NULL;
    Plan *plan = NULL;
    assert_int_equal(graph_create(&graph, models->store, &error), OK);
    const Node first = graph_input(graph, "slots", SHAPE(1, 1, 3, 12));
    const Node slots = record_markov(graph, models, first);
    graph_output(graph, "slots", slots);
    if (graph_finish(graph, &error)) fail_msg("%s", error.text);
    const PlanOptions options = { .loss = NODE_NONE };
    assert_int_equal(plan_create(&plan, graph, options, &error), OK);
    memcpy(plan_input(plan, first), imagined.slots[0], sizeof imagined.slots[0]);
    plan_run(plan);
    assert_close(&imagined.slots[0][0], plan_value(plan, slots), STEPS * 36);
    plan_destroy(plan);
    graph_destroy(graph);
    policy_destroy(open);
    slot_models_destroy(models);
}

static void test_reset_starts_over(void **state)
{
    (void)state;
    static Episode first, second;
    SlotModels *models = create_models();
    for (int protocol = 0; protocol < 3; protocol++) {
        Policy *policy = create_policy(models, (SlotProtocol)protocol);
        SlotView view;
        assert_false(slot_policy_view(&view, policy));
        run_episode(&first, policy);
        run_episode(&second, policy);
        assert_memory_equal(&first, &second, sizeof first);
        policy_destroy(policy);
    }
    slot_models_destroy(models);
}

/* ---- the oracle: slots to actions, nothing between ---- */

static SlotModels *create_oracle(void)
{
    Error error = { OK, "" };
    SlotModelsConfig config = small_models_config();
    SlotModels *models = NULL;
    config.oracle = true;
    config.behavior.action_dim = ENV_ACTION;
    if (slot_models_create(&models, &config, &error)) fail_msg("%s", error.text);
    params_initialize(models->store, 3);
    return models;
}

typedef struct Acts {
    float actions[STEPS][ENV_ACTION];
    real slots[STEPS][36];
} Acts;

static void act_episode(Acts *out, const SlotModels *models, SlotPolicyOptions options)
{
    Error error = { OK, "" };
    Image frame;
    Policy *policy = NULL;
    if (slot_policy_create(&policy, models, options, &error)) fail_msg("%s", error.text);
    assert_int_equal(image_init(&frame, SIZE, SIZE, &error), OK);
    assert_int_equal(policy_reset(policy, SEED, &error), OK);
    for (int t = 0; t < STEPS; t++) {
        SlotView view;
        draw_frame(&frame, t);
        const PolicyInput input = { .decision = t, .frame = &frame };
        if (policy_act(policy, &input, out->actions[t], &error)) fail_msg("%s", error.text);
        assert_true(slot_policy_view(&view, policy));
        assert_null(view.latent);
        assert_null(view.predicted);
        assert_true((view.recons != NULL) == options.pictures);
        memcpy(out->slots[t], view.slots, sizeof out->slots[t]);
    }
    image_release(&frame);
    policy_destroy(policy);
}

/* slots and actions of the whole clip in one graph: (STEPS, N, D) and (STEPS, 4) */
static void whole_clip(real *slots, real *actions, const SlotModels *models)
{
    Error error = { OK, "" };
    Graph *graph = NULL;
    Plan *plan = NULL;
    assert_int_equal(graph_create(&graph, models->store, &error), OK);
    const Node video = graph_input(graph, "video", SHAPE(1, STEPS, SIZE, SIZE, 3));
    const Node noise = savi_initial_input(graph, &models->savi, "", 1);
    const SaviClip clip = savi_clip(graph, &models->savi, video, noise, false, NULL);
    const Node acts = behavior_forward(graph, &models->policy, clip.slots);
    graph_output(graph, "slots", clip.slots);
    graph_output(graph, "actions", acts);
    if (graph_finish(graph, &error)) fail_msg("%s", error.text);
    assert_int_equal(plan_create(&plan, graph, (PlanOptions){ .loss = NODE_NONE }, &error), OK);
    fill_video(plan_input(plan, video));
    fill_noise(plan_input(plan, noise), 36);
    plan_run_forward(plan);
    memcpy(slots, plan_value(plan, clip.slots), (size_t)(STEPS * 36) * sizeof *slots);
    memcpy(actions, plan_value(plan, acts), (size_t)(STEPS * ENV_ACTION) * sizeof *actions);
    plan_destroy(plan);
    graph_destroy(graph);
}

static void test_the_oracle_acts_on_slots_carried_over(void **state)
{
    (void)state;
    static Acts acts;
    real slots[STEPS * 36], actions[STEPS * ENV_ACTION];
    SlotModels *models = create_oracle();
    act_episode(&acts, models, (SlotPolicyOptions){ .protocol = SLOT_CLOSED_LOOP });
    whole_clip(slots, actions, models);
    for (int t = 0; t < STEPS; t++)
        assert_close(acts.slots[t], slots + (size_t)t * 36, 36);
    for (int i = 0; i < STEPS * ENV_ACTION; i++)
        assert_true(
            fabs((double)acts.actions[i / ENV_ACTION][i % ENV_ACTION] - (double)actions[i]) < 2e-5);
    slot_models_destroy(models);
}

/* fresh slots: the first frame as in closed loop, later ones without memory of it; pictures change nothing */
static void test_the_oracle_on_fresh_slots(void **state)
{
    (void)state;
    static Acts carried, fresh, drawn;
    SlotModels *models = create_oracle();
    act_episode(&carried, models, (SlotPolicyOptions){ .protocol = SLOT_CLOSED_LOOP });
    act_episode(&fresh, models, (SlotPolicyOptions){ .protocol = SLOT_FRESH });
    act_episode(&drawn, models, (SlotPolicyOptions){ .protocol = SLOT_FRESH, .pictures = true });
    assert_memory_equal(carried.actions[0], fresh.actions[0], sizeof fresh.actions[0]);
    for (int t = 1; t < STEPS; t++)
        assert_true(memcmp(carried.slots[t], fresh.slots[t], sizeof fresh.slots[t]) != 0);
    assert_memory_equal(&drawn, &fresh, sizeof fresh);
    slot_models_destroy(models);
}

/* with weights so large that actions leave [-1, 1], clamping cuts them there and changes nothing else */
static void test_the_oracle_s_actions_are_clamped_on_request(void **state)
{
    (void)state;
    static Acts raw, clamped;
    bool beyond = false;
    SlotModels *models = create_oracle();
    const Linear *last = &models->policy.predictor;
    real *weight = params_value(models->store, last->weight);
    for (size_t i = 0; i < (size_t)(16 * ENV_ACTION); i++)
        weight[i] *= 20;
    act_episode(&raw, models, (SlotPolicyOptions){ .protocol = SLOT_CLOSED_LOOP });
    act_episode(&clamped, models,
                (SlotPolicyOptions){ .protocol = SLOT_CLOSED_LOOP, .clamp = true });
    for (int i = 0; i < STEPS * ENV_ACTION; i++) {
        const float value = raw.actions[i / ENV_ACTION][i % ENV_ACTION];
        beyond = beyond || fabsf(value) > 1;
        assert_true(clamped.actions[i / ENV_ACTION][i % ENV_ACTION] == fminf(fmaxf(value, -1), 1));
    }
    assert_true(beyond);
    slot_models_destroy(models);
}

static void test_an_oracle_cannot_imagine(void **state)
{
    (void)state;
    Error error = { OK, "" };
    SlotModels *models = create_oracle();
    SlotModelsConfig config = small_models_config();
    Policy *policy = NULL;
    const SlotPolicyOptions options = { .protocol = SLOT_IMAGINATION };
    assert_int_equal(slot_policy_create(&policy, models, options, &error), ERR_UNSUPPORTED);
    assert_null(policy);
    assert_non_null(strstr(error.text, "no dynamics model"));
    slot_models_destroy(models);
    config.oracle = true; /* its output is still the latent action's */
    assert_int_equal(slot_models_create(&models, &config, &error), ERR_SHAPE);
    assert_non_null(strstr(error.text, "the oracle gives 5 numbers, the robot takes 4"));
}

typedef struct Worker {
    const SlotModels *models;
    Episode episode;
} Worker;

static void *work(void *user)
{
    Worker *worker = user;
    Policy *policy = create_policy(worker->models, SLOT_CLOSED_LOOP);
    run_episode(&worker->episode, policy);
    policy_destroy(policy);
    return NULL;
}

static void test_policies_share_models_across_threads(void **state)
{
    (void)state;
    static Worker workers[3];
    pthread_t threads[3];
    SlotModels *models = create_models();
    for (int i = 0; i < 3; i++) {
        workers[i].models = models;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < 3; i++)
        assert_memory_equal(&workers[0].episode, &workers[i].episode, sizeof workers[0].episode);
    slot_models_destroy(models);
}

static bool count_allocation(size_t bytes, void *user)
{
    (void)bytes;
    ++*(int *)user;
    return true;
}

static void test_acting_allocates_nothing(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Image frame;
    int allocations = 0;
    float action[ENV_ACTION];
    SlotModels *models = create_models();
    Policy *policy = create_policy(models, SLOT_IMAGINATION);
    assert_int_equal(image_init(&frame, SIZE, SIZE, &error), OK);
    draw_frame(&frame, 0);
    memory_set_hook(count_allocation, &allocations);
    assert_int_equal(policy_reset(policy, 1, &error), OK);
    for (int t = 0; t < 50; t++) {
        const PolicyInput input = { .decision = t, .frame = &frame };
        assert_int_equal(policy_act(policy, &input, action, &error), OK);
    }
    memory_set_hook(NULL, NULL);
    assert_int_equal(allocations, 0);
    image_release(&frame);
    policy_destroy(policy);
    slot_models_destroy(models);
}

static void test_frames_of_another_size_are_refused(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Image frame;
    float action[ENV_ACTION];
    SlotModels *models = create_models();
    Policy *policy = create_policy(models, SLOT_CLOSED_LOOP);
    assert_int_equal(image_init(&frame, SIZE * 2, SIZE, &error), OK);
    assert_int_equal(policy_reset(policy, 1, &error), OK);
    const PolicyInput input = { .frame = &frame };
    assert_int_equal(policy_act(policy, &input, action, &error), ERR_SHAPE);
    assert_non_null(strstr(error.text, "16 x 16, this one is 32 x 16"));
    image_release(&frame);
    policy_destroy(policy);
    slot_models_destroy(models);
}

static void test_models_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    Error error = { OK, "" };
    SlotModels *models = NULL;
    SlotModelsConfig config = small_models_config();
    config.behavior.slot_dim = 8;
    assert_int_equal(slot_models_create(&models, &config, &error), ERR_SHAPE);
    assert_null(models);
    config = small_models_config();
    config.action_decoder.in_dim = 6;
    assert_int_equal(slot_models_create(&models, &config, &error), ERR_SHAPE);
    config = small_models_config();
    strcpy(config.savi.initializer, "CoM");
    assert_int_equal(slot_models_create(&models, &config, &error), ERR_UNSUPPORTED);
    SlotProtocol protocol;
    assert_int_equal(slot_protocol_parse(&protocol, "closed-lop", &error), ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "did you mean 'closed-loop'?"));
    assert_int_equal(slot_protocol_parse(&protocol, "imagination", &error), OK);
    assert_int_equal(protocol, SLOT_IMAGINATION);
}

/* every allocation of creation fails once; nothing leaks (sanitizers) and nothing comes out */
typedef struct Failing {
    int left;
} Failing;

static bool fail_at(size_t bytes, void *user)
{
    Failing *failing = user;
    (void)bytes;
    return failing->left-- != 0;
}

static void test_creation_survives_exhaustion(void **state)
{
    (void)state;
    Error error = { OK, "" };
    SlotModels *models = create_models();
    const SlotPolicyOptions options = { .protocol = SLOT_CLOSED_LOOP, .pictures = true };
    Policy *policy = NULL;
    int tried = 0;
    for (int at = 0; !policy; at += 1 + at / 8, tried++) {
        Failing failing = { at };
        memory_set_hook(fail_at, &failing);
        const Status status = slot_policy_create(&policy, models, options, &error);
        memory_set_hook(NULL, NULL);
        assert_true(status == OK || status == ERR_MEMORY);
        assert_true((status == OK) == (policy != NULL));
    }
    assert_true(tried > 3);
    policy_destroy(policy);
    slot_models_destroy(models);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_loop_follows_the_recurrence),
        cmocka_unit_test(test_imagination_acts_on_predictions),
        cmocka_unit_test(test_markov_dynamics_imagine_from_one_frame),
        cmocka_unit_test(test_reset_starts_over),
        cmocka_unit_test(test_the_oracle_acts_on_slots_carried_over),
        cmocka_unit_test(test_the_oracle_on_fresh_slots),
        cmocka_unit_test(test_the_oracle_s_actions_are_clamped_on_request),
        cmocka_unit_test(test_an_oracle_cannot_imagine),
        cmocka_unit_test(test_policies_share_models_across_threads),
        cmocka_unit_test(test_acting_allocates_nothing),
        cmocka_unit_test(test_frames_of_another_size_are_refused),
        cmocka_unit_test(test_models_that_do_not_fit_are_refused),
        cmocka_unit_test(test_creation_survives_exhaustion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
