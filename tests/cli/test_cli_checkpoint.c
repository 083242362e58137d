/* import-checkpoint and export-checkpoint: out, in, and on with training; messages for bad input */
#include "cli/pipeline.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/safetensors.h"

static TempFolder folder;

static int set_up(void **state)
{
    (void)state;
    temp_folder_create(&folder);
    pipeline_collect(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_folder_destroy(&folder);
    return 0;
}

static void copy_file(const char *from, const char *to)
{
    Error error;
    char *bytes = NULL;
    size_t size = 0;
    assert_ok(file_read(&bytes, &size, from, &error), &error);
    test_write_file(to, bytes, size);
    memory_free(bytes);
}

/* one more epoch from a checkpoint of the experiment's models/; its final checkpoint is kept as `result` */
static void go_on(const char *checkpoint, const char *result)
{
    expect(0, "trained SAVi", NULL,
           ARGUMENTS("train-savi", "-d", temp_path(&folder, "savi"), "--checkpoint", checkpoint,
                     "--resume_training", "--set", "training.num_epochs=3"));
    copy_file(temp_path(&folder, "savi/models/" FINAL), temp_path(&folder, result));
}

/* through the reference's format and back: training goes on bit for bit */
static void training_goes_on_after_a_round(void **state)
{
    (void)state;
    pipeline_create_savi(&folder, "savi");
    expect(0, "trained SAVi", NULL, ARGUMENTS("train-savi", "-d", temp_path(&folder, "savi")));
    copy_file(temp_path(&folder, "savi/models/" LAST),
              temp_path(&folder, "savi/models/kept.safetensors"));
    expect(0, "exported SAVi: ", NULL,
           ARGUMENTS("export-checkpoint", temp_path(&folder, "savi/models/kept.safetensors"),
                     "--out", temp_path(&folder, "round.pth")));
    expect(0, "epoch 2, step 6", NULL,
           ARGUMENTS("import-checkpoint", temp_path(&folder, "round.pth"), "--params",
                     temp_path(&folder, "savi/experiment_params.json"), "--out",
                     temp_path(&folder, "savi/models/round.safetensors")));
    go_on("kept", "kept.safetensors");
    go_on("round", "round.safetensors");
    assert_true(test_files_equal(temp_path(&folder, "kept.safetensors"),
                                 temp_path(&folder, "round.safetensors")));
    expect(0, "PSNR", NULL,
           ARGUMENTS("evaluate-savi", "-d", temp_path(&folder, "savi"), "--savi_ckpt", "round",
                     "-o", "round", "--num_seqs", "2", "--save_vis", "0"));
}

static const char *golden(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/pth/%s", test_data_folder(), name);
    return path;
}

static void messages(void **state)
{
    (void)state;
    const char *out = temp_path(&folder, "out.safetensors");
    const char *text = temp_path(&folder, "text.pth");
    test_write_text(text, "not a checkpoint");
    expect(1, NULL, "not a zip archive", ARGUMENTS("import-checkpoint", text, "--out", out));
    expect(2, NULL, "--out", ARGUMENTS("import-checkpoint", text));
    /* tensors of another model than the parameters' */
    expect(1, NULL, "tensor '",
           ARGUMENTS("import-checkpoint", golden("savi_small_old_adam.pth"), "--out", out,
                     "--params", temp_path(&folder, "savi/experiment_params.json")));
    assert_false(file_exists(out));
    expect(0, "imported policy: 33 tensors", "its action decoder is missing",
           ARGUMENTS("import-checkpoint", golden("policy_small.pth"), "--out", out));
    expect(2, NULL, "name the part",
           ARGUMENTS("export-checkpoint", out, "--out", temp_path(&folder, "out.pth")));
    expect(0, "exported policy: 33 tensors", NULL,
           ARGUMENTS("export-checkpoint", out, "--part", "policy", "--format", "safetensors",
                     "--out", temp_path(&folder, "weights.safetensors")));
}

/* tensors of any model, from the older container too */
static void plain_weights(void **state)
{
    (void)state;
    Error error;
    Safetensors *file = NULL;
    char older[512];
    snprintf(older, sizeof older, "%s/../../fuzz/corpus/fuzz_zip/older", test_data_folder());
    const char *out = temp_path(&folder, "plain.safetensors");
    expect(1, NULL, "--kind weights takes any", ARGUMENTS("import-checkpoint", older, "-o", out));
    expect(0, "imported weights: 8 tensors", NULL,
           ARGUMENTS("import-checkpoint", older, "-o", out, "--kind", "weights"));
    assert_ok(safetensors_open(&file, out, &error), &error);
    assert_int_equal(safetensors_count(file), 8);
    assert_string_equal(safetensors_metadata(file, "format"), "pt");
    safetensors_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_goes_on_after_a_round),
        cmocka_unit_test(messages),
        cmocka_unit_test(plain_weights),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
