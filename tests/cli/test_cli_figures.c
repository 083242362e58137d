/* the figure commands on tiny models: files, names, and that they repeat */
#include "cli/pipeline.h"

#include "base/config.h"
#include "base/files.h"
#include "base/memory.h"
#include "recordings/video.h"

static TempFolder folder;

#define SAVI_FIGURES  "exp/plots/figGeneration_SAViModel=checkpoint_epoch_final_NumFrames="
#define PREDICTOR     "exp/predictors/p/plots/"
#define OF_CHECKPOINT "_SlotSingleAction_p_checkpoint_epoch_final_NumSeed="
#define PREDICTOR_OPTIONS                                                                          \
    "-d", temp_path(&folder, "exp"), "--savi_ckpt", FINAL, "--name_pred_exp", "p", "--pred_ckpt",  \
        FINAL

static int set_up(void **state)
{
    (void)state;
    temp_folder_create(&folder);
    expect(0, NULL, NULL,
           ARGUMENTS("collect", "--episodes", "20", "--policy", "explore", "--max-decisions", "6",
                     "--after-success", "-1", "--size", "16", "--segmentation", "--out",
                     temp_path(&folder, "data/ButtonPress")));
    pipeline_create_savi(&folder, "exp");
    const char *exp = temp_path(&folder, "exp");
    expect(0, NULL, NULL, ARGUMENTS("train-savi", "-d", exp));
    expect(0, NULL, NULL, ARGUMENTS("create-predictor", "-d", exp, "--name", "p", TINY_PREDICTOR));
    expect(0, NULL, NULL,
           ARGUMENTS("train-playslot", "-d", exp, "--savi_ckpt", FINAL, "--name_pred_exp", "p"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_folder_destroy(&folder);
    return 0;
}

static void assert_exists(const char *name)
{
    const char *path = temp_path(&folder, name);
    if (!file_exists(path)) fail_msg("there is no '%s'", name);
}

/* the test split of 20 episodes has two: each gets figures, not the first of a batch alone */
static void every_clip_gets_its_figures_of_savi(void **state)
{
    (void)state;
    expect(0, "figures of 2 clips", NULL,
           ARGUMENTS("figures-savi", "-d", temp_path(&folder, "exp"), "--savi_ckpt", FINAL,
                     "--num_frames", "6"));
    static const char *const names[] = { "sequence_00/Recons_1.png", "sequence_00/masks_1.png",
                                         "sequence_00/maskedObj_1.png",
                                         "sequence_01/Recons_2.png" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[200];
        snprintf(name, sizeof name, SAVI_FIGURES "6_ExpertPolicy=False/%s", names[i]);
        assert_exists(name);
    }
    expect(0, "figures of 1 clips", NULL,
           ARGUMENTS("figures-savi", "-d", temp_path(&folder, "exp"), "--savi_ckpt", FINAL,
                     "--num_seqs", "1"));
    assert_exists(SAVI_FIGURES "None_ExpertPolicy=False/sequence_00/Recons_1.png");
    assert_false(
        directory_exists(temp_path(&folder, SAVI_FIGURES "None_ExpertPolicy=False/sequence_01")));
}

/* what training leaves: inferred and random actions of a clip, the code book */
static void training_draws_actions_and_codes(void **state)
{
    (void)state;
    static const char *const names[] = { "prediction_0_step_000000.png",
                                         "random_1_0_step_000000.png", "random_3_0_step_000000.png",
                                         "codes_step_000000.png", "codes_step_000003.png" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[200];
        snprintf(name, sizeof name, PREDICTOR "valid_plots/%s", names[i]);
        assert_exists(name);
    }
}

/* the folder of clip 1, whose name holds its scores */
static void find_clip(char *out, size_t size, const char *of_run)
{
    Error error;
    NameList list;
    out[0] = '\0';
    assert_ok(directory_list(&list, temp_path(&folder, of_run), "", &error), &error);
    for (int i = 0; i < list.count; i++) {
        if (!strncmp(list.names[i], "img_1_psnr=", 11))
            snprintf(out, size, "%s/%s", of_run, list.names[i]);
    }
    name_list_release(&list);
    assert_non_null(strstr(out, "_ssim="));
}

static void predictions_are_drawn_and_animated(void **state)
{
    (void)state;
    static const char *const names[] = { "aligned_slots.png",   "qual_eval_rgb.png",
                                         "gt_GIF_frames.gif",   "pred_GIF_frames.gif",
                                         "masks_GIF_masks.gif", "overlay_GIF.gif",
                                         "obj_1.gif",           "obj_3.gif" };
    static const char of_run[] =
        PREDICTOR "FigGen_Pred" OF_CHECKPOINT "None_NumPreds=4__ExpertPolicy=False";
    char clip[300], name[400];
    Error error;
    VideoInfo info;
    expect(0, "figures of 2 clips", NULL,
           ARGUMENTS("figures-predictor", PREDICTOR_OPTIONS, "--num_preds", "4"));
    find_clip(clip, sizeof clip, of_run);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(name, sizeof name, "%s/%s", clip, names[i]);
        assert_exists(name);
    }
    snprintf(name, sizeof name, "%s/pred_GIF_frames.gif", clip);
    assert_ok(video_probe(&info, temp_path(&folder, name), &error), &error);
    assert_int_equal(info.frames, 2 + 4 + 3); /* seen, predicted, the last one held */
    expect(2, NULL, "leave none to predict",
           ARGUMENTS("figures-predictor", PREDICTOR_OPTIONS, "--num_seed", "7"));
}

#define ACTIONS PREDICTOR "ActionFigs_Pred" OF_CHECKPOINT "None_NumPreds=None__ExpertPolicy=False/"

static void keep_bytes(char **out, size_t *size, const char *name)
{
    Error error;
    assert_ok(file_read(out, size, temp_path(&folder, name), &error), &error);
}

static void every_prototype_is_drawn_the_same_on_any_threads(void **state)
{
    (void)state;
    static const char *const names[] = { "codeword_dist.png",        "codeword_usage.png",
                                         "action_summary.png",       "img_1/preds.png",
                                         "img_1/preds.gif",          "img_1/inferred_dynamics.gif",
                                         "img_1/action_proto_1.gif", "img_1/action_proto_4.gif" };
    char *first, *second;
    size_t first_size, second_size;
    expect(0, "4 prototypes measured on 2 clips, figures of 1", NULL,
           ARGUMENTS("figures-actions", PREDICTOR_OPTIONS, "--num_seqs", "1", "--threads", "1"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[300];
        snprintf(name, sizeof name, ACTIONS "%s", names[i]);
        assert_exists(name);
    }
    assert_false(directory_exists(temp_path(&folder, ACTIONS "img_2")));
    keep_bytes(&first, &first_size, ACTIONS "action_summary.png");
    expect(0, NULL, NULL,
           ARGUMENTS("figures-actions", PREDICTOR_OPTIONS, "--num_seqs", "1", "--threads", "2"));
    keep_bytes(&second, &second_size, ACTIONS "action_summary.png");
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    memory_free(first);
    memory_free(second);
}

#define MOVES PREDICTOR "ActionMoves_Pred" OF_CHECKPOINT "None_NumPreds=None__ExpertPolicy=False/"

/* every step of an object that counts is in the table, and nothing else */
static void assert_counted(const char *results)
{
    Json *root = NULL;
    Error error;
    double counted = 0;
    assert_ok(json_read(&root, temp_path(&folder, results), &error), &error);
    const Json *prototypes = json_get(root, "prototypes");
    assert_int_equal(json_count(prototypes), 4);
    for (const Json *code = json_first(prototypes); code; code = json_next(code)) {
        assert_int_equal(json_count(json_get(code, "applied")), 5);
        const Json *count = json_first(json_get(code, "inferred"));
        for (; count; count = json_next(count))
            counted += json_as_number(count, -1000);
    }
    assert_true(counted > 0);
    assert_true(counted == json_as_number(json_get(root, "steps"), -1));
    json_destroy(root);
}

static void what_prototypes_mean_is_measured_the_same_on_any_threads(void **state)
{
    (void)state;
    static const char first_file[] = "exp/predictors/p/results/one/results.json";
    char *first, *second;
    size_t first_size, second_size;
    expect(0, "action prototypes on 2 clips", NULL,
           ARGUMENTS("evaluate-actions", PREDICTOR_OPTIONS, "--save_vis", "1", "--threads", "1",
                     "-o", "one"));
    assert_exists(MOVES "actions_1.png");
    assert_counted(first_file);
    expect(0, NULL, NULL,
           ARGUMENTS("evaluate-actions", PREDICTOR_OPTIONS, "--threads", "2", "-o", "two"));
    assert_exists(MOVES "actions_2.png");
    keep_bytes(&first, &first_size, first_file);
    keep_bytes(&second, &second_size, "exp/predictors/p/results/two/results.json");
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    memory_free(first);
    memory_free(second);
}

/* predictors without latent actions, one of them given the robot's; there are no prototypes to draw */
static void predictors_of_any_kind_are_drawn(void **state)
{
    (void)state;
    char exp[200], clip[300], of_run[200];
    static const char *const kinds[2] = { "OCVPSeq", "ActionCondOCVP" };
    snprintf(exp, sizeof exp, "%s", temp_path(&folder, "exp"));
    for (int i = 0; i < 2; i++) {
        expect(0, NULL, NULL,
               ARGUMENTS("create-predictor", "-d", exp, "--name", kinds[i], "--predictor_name",
                         kinds[i], "--set", "prediction_params.num_context=2", "--set",
                         "prediction_params.num_preds=2"));
        expect(0, NULL, NULL,
               ARGUMENTS("train-predictor", "-d", exp, "--savi_ckpt", FINAL, "--name_pred_exp",
                         kinds[i], "--set", "training.num_epochs=1", "--set",
                         "training.playslot.iters_per_epoch=1"));
        expect(0, "figures of 1 clips", NULL,
               ARGUMENTS("figures-predictor", "-d", exp, "--savi_ckpt", FINAL, "--name_pred_exp",
                         kinds[i], "--pred_ckpt", FINAL, "--num_seqs", "1"));
        snprintf(of_run, sizeof of_run,
                 "exp/predictors/%s/plots/FigGen_Pred_%s_%s_checkpoint_epoch_final_NumSeed=None_"
                 "NumPreds=None__ExpertPolicy=False",
                 kinds[i], kinds[i], kinds[i]);
        find_clip(clip, sizeof clip, of_run);
    }
    expect(2, NULL, "OCVPSeq has no latent actions: use figures-predictor",
           ARGUMENTS("figures-actions", "-d", exp, "--savi_ckpt", FINAL, "--name_pred_exp",
                     "OCVPSeq", "--pred_ckpt", FINAL));
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    expect(2, NULL, "--pred_ckpt",
           ARGUMENTS("figures-actions", "-d", temp_path(&folder, "exp"), "--savi_ckpt", FINAL,
                     "--name_pred_exp", "p"));
    expect(1, NULL, "no checkpoint 'nothing",
           ARGUMENTS("figures-savi", "-d", temp_path(&folder, "exp"), "--savi_ckpt", "nothing"));
    expect(2, NULL, "num_seqs",
           ARGUMENTS("figures-savi", "-d", temp_path(&folder, "exp"), "--savi_ckpt", FINAL,
                     "--num_seqs", "0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_clip_gets_its_figures_of_savi),
        cmocka_unit_test(training_draws_actions_and_codes),
        cmocka_unit_test(predictions_are_drawn_and_animated),
        cmocka_unit_test(every_prototype_is_drawn_the_same_on_any_threads),
        cmocka_unit_test(what_prototypes_mean_is_measured_the_same_on_any_threads),
        cmocka_unit_test(predictors_of_any_kind_are_drawn),
        cmocka_unit_test(what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
