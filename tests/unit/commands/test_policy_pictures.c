/* what training pictures of policies show is what the policy does when it imagines */
#include "support/small_models.h"
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policies/learned/slot_policy.h"
#include "training/policy_pictures.h"

#define STEPS 6
#define SIZE  SMALL_MODELS_SIZE

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
    compare(small_models_config());
}

static void with_markov_dynamics(void **state)
{
    (void)state;
    SlotModelsConfig config = small_models_config();
    config.predictor.dynamics.markov = true;
    compare(config);
}

static void with_variability(void **state)
{
    (void)state;
    SlotModelsConfig config = small_models_config();
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
