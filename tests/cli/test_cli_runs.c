/* runs: list, diff and plot of trained and untrained experiments; damaged files; bad input */
#include "cli/pipeline.h"

#include <sys/stat.h>

#include "base/files.h"
#include "base/image.h"
#include "base/memory.h"
#include "base/png.h"

static TempFolder folder;

static int set_up(void **state)
{
    (void)state;
    temp_folder_create(&folder);
    pipeline_collect_explored(&folder);
    pipeline_create_savi(&folder, "runs/one");
    expect(0, NULL, NULL, ARGUMENTS("train-savi", "-d", temp_path(&folder, "runs/one")));
    expect(0, NULL, NULL,
           ARGUMENTS("evaluate-savi", "-d", temp_path(&folder, "runs/one"), "--savi_ckpt", FINAL,
                     "-o", "check", "--num_frames", "3", "--save_vis", "0"));
    expect(0, NULL, NULL,
           ARGUMENTS("create-predictor", "-d", temp_path(&folder, "runs/one"), "--name", "next",
                     TINY_PREDICTOR, TINY_TRAINING));
    pipeline_create_savi(&folder, "runs/two");
    expect(0, NULL, NULL,
           ARGUMENTS("train-savi", "-d", temp_path(&folder, "runs/two"), "--set",
                     "training.num_epochs=1", "--set", "training.lr=0.0005"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_folder_destroy(&folder);
    return 0;
}

#define RUNS temp_path(&folder, "runs")
#define ONE  temp_path(&folder, "runs/one")
#define TWO  temp_path(&folder, "runs/two")

/* the line of `text` that begins with `start`, up to its end; fails without it */
static const char *line_of(const char *text, const char *start)
{
    static char line[1024];
    char wanted[256];
    snprintf(wanted, sizeof wanted, "\n%s ", start);
    const char *found = strstr(text, wanted);
    if (!found) fail_msg("no line '%s' in: %s", start, text);
    const size_t length = strcspn(found + 1, "\n");
    snprintf(line, sizeof line, "%.*s", (int)length, found + 1);
    return line;
}

static void list_shows_every_experiment(void **state)
{
    (void)state;
    ProgramRun run;
    program_run(&run, ARGUMENTS("runs", "list", RUNS), PIPELINE_SECONDS);
    assert_int_equal(run.exit_code, 0);
    const char *one = line_of(run.out, "one");
    assert_contains(one, " SAVi ");
    assert_contains(one, " 2/2 ");
    assert_contains(one, " psnr ");
    assert_contains(one, ", ari ");
    assert_contains(line_of(run.out, "two"), " 1/1 ");
    assert_null(strstr(line_of(run.out, "two"), "psnr"));
    const char *next = line_of(run.out, "one/predictors/next");
    assert_contains(next, " predictor ");
    assert_contains(next, " 0/2          -          - ");
    program_release(&run);
}

static void diff_shows_what_differs(void **state)
{
    (void)state;
    ProgramRun run;
    program_run(&run, ARGUMENTS("runs", "diff", ONE, TWO), PIPELINE_SECONDS);
    assert_int_equal(run.exit_code, 0);
    const char *rate = line_of(run.out, "training.lr");
    assert_contains(rate, " 0.001 ");
    assert_contains(rate, " 0.0005");
    line_of(run.out, "training.num_epochs");
    assert_null(strstr(run.out, "training.batch_size"));
    assert_null(strstr(run.out, "_general"));
    assert_contains(line_of(run.out, "epochs"), " 2/2 ");
    assert_contains(line_of(run.out, "check: psnr"), " -");
    program_release(&run);
    expect(0, "(no difference)", NULL, ARGUMENTS("runs", "diff", ONE, ONE));
}

static size_t colours_off_grey(const Image *image)
{
    size_t count = 0;
    const size_t area = (size_t)image->width * (size_t)image->height;
    for (size_t i = 0; i < area; i++) {
        const uint8_t *p = image->pixels + 3 * i;
        count += p[0] > p[2] + 60 || p[2] > p[0] + 60;
    }
    return count;
}

/* curves are coloured, axes are not */
static void expect_curves(const char *path, size_t least)
{
    Image image = { 0 };
    Error error;
    assert_ok(image_read_png(&image, path, &error), &error);
    assert_true(image.width >= 1200);
    assert_true(colours_off_grey(&image) > least);
    image_release(&image);
}

static void plot_draws_several(void **state)
{
    (void)state;
    const char *png = temp_path(&folder, "curves.png");
    expect(0, "wrote ", NULL, ARGUMENTS("runs", "plot", ONE, TWO, "--log", "--out", png));
    expect_curves(png, 500);
    expect(0, "wrote ", NULL,
           ARGUMENTS("runs", "plot", ONE, TWO, "--metric", "grad_norm", "--out", png));
    expect_curves(png, 500);
}

static void bad_input_is_named(void **state)
{
    (void)state;
    const char *png = temp_path(&folder, "none.png");
    expect(2, NULL, "(did you mean 'grad_norm'?)",
           ARGUMENTS("runs", "plot", ONE, "--metric", "grad_nrm", "--out", png));
    assert_false(file_exists(png));
    expect(2, NULL, "--out is required for plot", ARGUMENTS("runs", "plot", ONE));
    expect(2, NULL, "diff takes two experiments, found 1", ARGUMENTS("runs", "diff", ONE));
    expect(1, NULL, "no folder '", ARGUMENTS("runs", "list", temp_path(&folder, "nowhere")));
    expect(1, NULL, "no experiment in '",
           ARGUMENTS("runs", "list", temp_path(&folder, "data/ButtonPress")));
    expect(1, NULL, "experiment '", ARGUMENTS("runs", "diff", ONE, RUNS));
}

/* a damaged experiment costs its own line only */
static void damage_is_told_in_its_line(void **state)
{
    (void)state;
    assert_int_equal(mkdir(temp_path(&folder, "runs/bad"), 0777), 0);
    test_write_text(temp_path(&folder, "runs/bad/experiment_params.json"), "{\"training\": ");
    ProgramRun run;
    program_run(&run, ARGUMENTS("runs", "list", RUNS), PIPELINE_SECONDS);
    assert_int_equal(run.exit_code, 0);
    assert_contains(line_of(run.out, "bad"), "unreadable: experiment '");
    line_of(run.out, "two");
    program_release(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_shows_every_experiment), cmocka_unit_test(diff_shows_what_differs),
        cmocka_unit_test(plot_draws_several),          cmocka_unit_test(bad_input_is_named),
        cmocka_unit_test(damage_is_told_in_its_line),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
