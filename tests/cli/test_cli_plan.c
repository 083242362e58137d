/* plan: what it counts is what the training reports, it writes nothing, its times add up */
#include "cli/pipeline.h"

#include <math.h>
#include <stdlib.h>

#include "base/files.h"
#include "base/memory.h"

static TempFolder folder;

static int set_up(void **state)
{
    (void)state;
    temp_folder_create(&folder);
    pipeline_collect(&folder);
    pipeline_create_savi(&folder, "exp");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_folder_destroy(&folder);
    return 0;
}

/* number after `label` at the start of a line */
static double value_of(const char *text, const char *label)
{
    char start[64];
    snprintf(start, sizeof start, "\n%s ", label);
    const char *line = strstr(text, start);
    if (!line) fail_msg("no '%s' in: %s", label, text);
    return strtod(line + strlen(start), NULL);
}

static char *run_out(const char *const *arguments)
{
    ProgramRun run;
    program_run(&run, arguments, PIPELINE_SECONDS);
    if (run.exit_code) fail_msg("%s: %s", arguments[0], run.err);
    char *out = run.out;
    run.out = NULL;
    program_release(&run);
    return out;
}

#define EXP temp_path(&folder, "exp")

static void it_writes_nothing(void **state)
{
    (void)state;
    char *before = NULL, *after = NULL;
    Error error;
    const char *params = temp_path(&folder, "exp/experiment_params.json");
    assert_ok(file_read(&before, NULL, params, &error), &error);
    memory_free(run_out(
        ARGUMENTS("plan", "savi", "-d", EXP, "--measure", "2", "--set", "training.lr=0.5")));
    assert_ok(file_read(&after, NULL, params, &error), &error);
    assert_string_equal(before, after);
    assert_false(file_exists(temp_path(&folder, "exp/models")));
    assert_false(file_exists(temp_path(&folder, "exp/metrics.jsonl")));
    memory_free(before);
    memory_free(after);
}

static void stated_rates_are_applied(void **state)
{
    (void)state;
    char *out = run_out(ARGUMENTS("plan", "savi", "-d", EXP, "--rate", "0.5"));
    const double step = value_of(out, "operations  "), time = value_of(out, "time        ");
    const char *valid = strstr(out, "), ");
    assert_non_null(valid);
    /* six steps and two validation batches at 0.5 GFLOP/s; both are printed with four digits */
    const double wanted = (6 * step + 2 * strtod(valid + 3, NULL)) / 0.5;
    assert_true(step > 0.0);
    assert_true(fabs(time - wanted) < 2e-3 * wanted);
    memory_free(out);
}

/* the module lines add up, and the training reports the same numbers when it starts */
static void counts_are_the_trainings(void **state)
{
    (void)state;
    char *out = run_out(ARGUMENTS("plan", "savi", "-d", EXP, "--measure", "3"));
    size_t sum = 0, total = 0;
    for (const char *line = strstr(out, "\nsavi."); line && !strncmp(line, "\nsavi.", 6);
         line = strchr(line + 1, '\n')) {
        sum += strtoull(strchr(line, ' '), NULL, 10);
        total = strtoull(strchr(strchr(line + 1, '\n'), ' '), NULL, 10);
    }
    assert_true(sum > 0);
    assert_int_equal(sum, total);
    char wanted[128];
    ProgramRun run;
    program_run(&run, ARGUMENTS("train-savi", "-d", EXP), PIPELINE_SECONDS);
    assert_int_equal(run.exit_code, 0);
    snprintf(wanted, sizeof wanted, "train-savi: %zu parameters, ", total);
    assert_contains(run.err, wanted);
    snprintf(wanted, sizeof wanted, " %.2f GFLOP a step, 6 steps", value_of(out, "operations  "));
    assert_contains(run.err, wanted);
    program_release(&run);
    assert_true(value_of(out, "speed       ") > 0.0);
    /* printed with four digits each */
    const double parts = value_of(out, "steps       ") + value_of(out, "validation  ");
    assert_true(fabs(value_of(out, "time        ") - parts) < 2e-3 * parts);
    memory_free(out);
}

/* after the training above: the later stages plan with random frozen models too */
static void later_stages_are_planned(void **state)
{
    (void)state;
    expect(
        0, NULL, NULL,
        ARGUMENTS("create-predictor", "-d", EXP, "--name", "next", TINY_PREDICTOR, TINY_TRAINING));
    char *out = run_out(
        ARGUMENTS("plan", "playslot", "-d", EXP, "--name_pred_exp", "next", "--measure", "2"));
    assert_contains(out, "\npredictor.");
    assert_contains(out, "\nfrozen       ");
    assert_true(value_of(out, "time        ") > 0.0);
    memory_free(out);
    expect(0, NULL, NULL,
           ARGUMENTS("create-predictor", "-d", EXP, "--name", "seq", "--predictor_name", "OCVPSeq",
                     "--set", "prediction_params.num_context=2", "--set",
                     "prediction_params.num_preds=3", TINY_TRAINING));
    expect(0, "\npredictor.", NULL,
           ARGUMENTS("plan", "predictor", "-d", EXP, "--name_pred_exp", "seq"));
    expect(2, NULL, "OCVPSeq has no latent actions",
           ARGUMENTS("plan", "playslot", "-d", EXP, "--name_pred_exp", "seq"));
    expect(0, NULL, NULL,
           ARGUMENTS("create-oracle", "-d", EXP, "--name", "judge", TINY_POLICY, TINY_TRAINING));
    expect(0, "\nfrozen       ", NULL,
           ARGUMENTS("plan", "oracle", "-d", EXP, "--name_oracle_exp", "judge", "--measure", "1"));
}

static void bad_input_is_named(void **state)
{
    (void)state;
    expect(2, NULL, "--name_pred_exp is required for playslot",
           ARGUMENTS("plan", "playslot", "-d", EXP));
    expect(2, NULL, "(did you mean 'policy'?)", ARGUMENTS("plan", "polic", "-d", EXP));
    expect(1, NULL, "no SAVi experiment",
           ARGUMENTS("plan", "savi", "-d", temp_path(&folder, "none")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_writes_nothing),        cmocka_unit_test(stated_rates_are_applied),
        cmocka_unit_test(counts_are_the_trainings), cmocka_unit_test(later_stages_are_planned),
        cmocka_unit_test(bad_input_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
