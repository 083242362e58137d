/* what training pictures of policies show is what the policy does when it imagines */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policies/learned/slot_policy.h"
#include "training/policy_pictures.h"

#define STEPS 6
#define SIZE  16

static SlotModelsConfig small_config(void)
{
    SlotModelsConfig config = { .savi = savi_config_default(),
                                .predictor = playslot_config_default(12),
                                .behavior = behavior_config_default(12, 5),
                                .action_decoder = action_decoder_config_default(5) };
    const IntList channels = { .count = 2, .values = { 6, 5 } };
    const IntList image = { .count = 2, .values = { SIZE, SIZE } };
    const IntList broadcast = { .count = 2, .values = { SIZE / 2, SIZE / 2 } };
    SaviConfig *savi = &config.savi;
    savi->num_slots = 3;
    savi->slot_dim = 12;
    savi->mlp_hidden = savi->mlp_encoder_dim = 16;
    savi->transition_num_heads = 2;
    savi->transition_head_dim = 6;
    savi->transition_mlp_size = 20;
    savi->encoder.num_channels = savi->decoder.num_channels = channels;
    savi->encoder.resolution = image;
    savi->decoder.resolution = broadcast;
    savi->decoder.upsample = 2;
    PlaySlotConfig *predictor = &config.predictor;
    predictor->action_dim = predictor->latent_action.action_dim = 5;
    predictor->dynamics.action_dim = 5;
    predictor->latent_action.emb_dim = predictor->dynamics.embed_dim = 16;
    predictor->latent_action.mlp_dim = predictor->dynamics.mlp_size = 24;
    predictor->latent_action.head_dim = predictor->dynamics.head_dim = 4;
    predictor->dynamics.context_length = 3;
    config.behavior.emb_dim = 16;
    config.behavior.mlp_dim = 24;
    config.behavior.head_dim = 4;
    return config;
}

static Policy *imagining_policy(const SlotModels *models)
{
    Error error = { 0 };
    Policy *policy = NULL;
    const SlotPolicyOptions options = { .protocol = SLOT_IMAGINATION, .pictures = true };
    assert_ok(slot_policy_create(&policy, models, options, &error), &error);
    assert_ok(policy_reset(policy, 5, &error), &error);
    return policy;
}

static SlotView act(Policy *policy, int t)
{
    Error error = { 0 };
    Image frame;
    SlotView view;
    const double obs[ENV_OBS] = { 0 };
    float last[ENV_ACTION] = { 0 }, action[ENV_ACTION];
    assert_ok(image_init(&frame, SIZE, SIZE, &error), &error);
    for (int i = 0; i < SIZE * SIZE * 3; i++)
        frame.pixels[i] = (uint8_t)(i * 37 % 256);
    const PolicyInput input = { .decision = t, .obs = obs, .frame = &frame, .last_action = last };
    assert_ok(policy_act(policy, &input, action, &error), &error);
    assert_true(slot_policy_view(&view, policy));
    image_release(&frame);
    return view;
}

static void compare(SlotModelsConfig config)
{
    Error error = { 0 };
    SlotModels *models = NULL;
    PolicyPictures pictures;
    assert_ok(slot_models_create(&models, &config, &error), &error);
    params_initialize(models->store, 3);
    playslot_fill_tables(&models->predictor, models->store);
    assert_ok(policy_pictures_init(&pictures, models->store, &models->savi, &models->predictor,
                                   &models->policy, STEPS, &error),
              &error);
    Policy *policy = imagining_policy(models);
    const size_t frame = SIZE * SIZE * 3;
    double changed = 0;
    for (int t = 0; t <= STEPS; t++) {
        const SlotView view = act(policy, t);
        if (t == 0) {
            memcpy(plan_input(pictures.plan, pictures.first), view.slots,
                   (size_t)(view.N * view.D) * sizeof *view.slots);
            plan_run_forward(pictures.plan);
        }
        const real *recons = plan_value(pictures.plan, pictures.pictures.recons);
        for (size_t i = 0; i < frame; i++) {
            const double difference =
                fabs((double)recons[(size_t)t * frame + i] - (double)view.recons[i]);
            if (!(difference < 2e-5)) /* other order of additions */
                fail_msg("frame %d, value %zu differs by %g", t, i, difference);
            changed += fabs((double)recons[(size_t)t * frame + i] - (double)recons[i]);
        }
    }
    assert_true(changed > 1); /* the frames are not all the first one */
    policy_destroy(policy);
    policy_pictures_release(&pictures);
    slot_models_destroy(models);
}

/* the window of three frames slides */
static void pictures_are_the_policy_s_imagination(void **state)
{
    (void)state;
    compare(small_config());
}

static void with_markov_dynamics(void **state)
{
    (void)state;
    SlotModelsConfig config = small_config();
    config.predictor.dynamics.markov = true;
    compare(config);
}

static void with_variability(void **state)
{
    (void)state;
    SlotModelsConfig config = small_config();
    config.predictor.use_variability = config.predictor.dynamics.use_variability = true;
    compare(config);
}

static void the_number_of_steps_is_checked(void **state)
{
    (void)state;
    Error error = { 0 };
    PolicyPictures pictures;
    assert_error(policy_pictures_init(&pictures, NULL, NULL, NULL, NULL, 101, &error), &error,
                 ERR_ARGUMENT, "101 steps");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_the_policy_s_imagination),
        cmocka_unit_test(with_markov_dynamics),
        cmocka_unit_test(with_variability),
        cmocka_unit_test(the_number_of_steps_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
