/* train-savi and train-predictor: files, interruption, kill, resumption bit for bit, bad input */
#include "cli/pipeline.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/config.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/safetensors.h"
#include "commands/seed_choice.h"

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

static const char *in_experiment(const char *name, const char *file)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", name, file);
    return temp_path(&folder, path);
}

static int count_lines(const char *path)
{
    char *text = NULL;
    Error error;
    int lines = 0;
    if (file_read(&text, NULL, path, &error)) return 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    memory_free(text);
    return lines;
}

static void wait_for_lines(const ProgramRun *run, const char *path, int lines)
{
    const struct timespec nap = { 0, 2000000 };
    while (count_lines(path) < lines && !program_has_ended(run))
        nanosleep(&nap, NULL);
}

/* "2025-01-31-12:00:00    INFO: ..." or empty */
static bool is_log_line(const char *line, size_t length)
{
    static const char form[] = "dddd-dd-dd-dd:dd:dd    ";
    if (length == 0) return true;
    for (size_t i = 0; form[i]; i++) {
        if (i >= length) return false;
        if (form[i] == 'd' ? line[i] < '0' || line[i] > '9' : line[i] != form[i]) return false;
    }
    const char *level = line + strlen(form);
    return !strncmp(level, "INFO: ", 6) || !strncmp(level, "ERROR: ", 7);
}

static void the_log_tells_what_happened(const char *name)
{
    char *text = NULL;
    Error error;
    assert_ok(file_read(&text, NULL, in_experiment(name, "logs.txt"), &error), &error);
    assert_contains(text, "INFO: experiment created\n\n\n\n");
    assert_contains(text, "INFO: train-savi: epoch 2 trained, mse ");
    assert_contains(text, "INFO: train-savi: slots: share 0.");
    assert_contains(text, "models/" FINAL " after 6 steps\n");
    for (const char *line = text; *line;) {
        const char *end = strchr(line, '\n');
        assert_non_null(end);
        if (!is_log_line(line, (size_t)(end - line))) fail_msg("log line: %.80s", line);
        line = end + 1;
    }
    memory_free(text);
}

/* the parts' counts add up to the total */
static void the_architecture_adds_up(const char *name)
{
    char *text = NULL;
    Error error;
    long total = 0, sum = 0, count = 0;
    assert_ok(file_read(&text, NULL, in_experiment(name, "model_architecture.txt"), &error),
              &error);
    assert_int_equal(sscanf(text, "Total Params: %ld", &total), 1);
    for (const char *at = text; (at = strstr(at, "\n\n")); at++) {
        char part[64];
        assert_int_equal(sscanf(at, " %63[^:\n]: %ld", part, &count), 2);
        sum += count;
    }
    assert_contains(text, "\nencoder: ");
    assert_contains(text, "\ndecoder: ");
    assert_true(total > 1000);
    assert_int_equal(sum, total);
    memory_free(text);
}

/* whether an event file below tboard_logs/<run>/<curve> (curve \"\": the run's own) holds a tag */
static void expect_events(const char *name, const char *curve, const char *tag)
{
    NameList runs = { 0 }, files = { 0 };
    char folder_name[256], *data = NULL;
    size_t size = 0;
    bool found = false;
    Error error;
    assert_ok(directory_list(&runs, in_experiment(name, "tboard_logs"), "", &error), &error);
    assert_int_equal(runs.count, 1);
    snprintf(folder_name, sizeof folder_name, "%s/tboard_logs/%s/%s", name, runs.names[0], curve);
    assert_ok(directory_list(&files, temp_path(&folder, folder_name), ".playslot", &error), &error);
    assert_int_equal(files.count, 1);
    snprintf(folder_name + strlen(folder_name), sizeof folder_name - strlen(folder_name), "/%s",
             files.names[0]);
    assert_ok(file_read(&data, &size, temp_path(&folder, folder_name), &error), &error);
    for (size_t i = 0; i + strlen(tag) <= size && !found; i++)
        found = !memcmp(data + i, tag, strlen(tag));
    if (!found) fail_msg("no '%s' in '%s'", tag, folder_name);
    memory_free(data);
    name_list_release(&files);
    name_list_release(&runs);
}

static void training_leaves_its_files(void **state)
{
    (void)state;
    pipeline_create_savi(&folder, "files");
    expect(0, "trained SAVi", NULL, ARGUMENTS("train-savi", "-d", temp_path(&folder, "files")));
    static const char *const wanted[] = {
        "models/" FINAL,   "models/" LAST,
        "losses.json",     "metrics.jsonl",
        "data_facts.json", "plots/loss_plots/mse.png",
        "tboard_logs",     "plots/loss_plots/mse_log.png",
        "logs.txt",        "model_architecture.txt",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (!file_exists(in_experiment("files", wanted[i]))) fail_msg("no %s", wanted[i]);
    }
    the_log_tells_what_happened("files");
    the_architecture_adds_up("files");
    expect_events("files", "", "Slots/swaps");
    expect_events("files", "", "Slots/share 2");
    expect_events("files", "Total Loss_train_loss", "Total Loss");
    expect_events("files", "Total Loss_eval_loss", "Total Loss");
    expect_events("files", "Train Loss_Train Loss_mse", "Train Loss/Train Loss");
    /* 2 epochs of 3 steps, a validation and a mean each */
    assert_int_equal(count_lines(in_experiment("files", "metrics.jsonl")), 2 * (3 + 2));
    NameList pictures = { 0 };
    Error error;
    assert_ok(
        directory_list(&pictures, in_experiment("files", "plots/valid_plots"), ".png", &error),
        &error);
    assert_true(pictures.count > 0);
    name_list_release(&pictures);
}

static const char *in_predictor(const char *name, const char *file)
{
    char path[200];
    snprintf(path, sizeof path, "clips/predictors/%s/%s", name, file);
    return temp_path(&folder, path);
}

static void train_clip_predictor(const char *exp, const char *name)
{
    static const char *const wanted[] = { ("models/" FINAL), "architecture_predictor.txt",
                                          "metrics.jsonl", "plots/loss_plots/pred_slot_mse.png",
                                          "tboard_logs" };
    expect(0, "trained predictor", NULL,
           ARGUMENTS("train-predictor", "-d", exp, "--savi_ckpt", FINAL, "--name_pred_exp", name));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!file_exists(in_predictor(name, wanted[i]))) fail_msg("%s: no %s", name, wanted[i]);
    NameList pictures = { 0 };
    Error error;
    assert_ok(directory_list(&pictures, in_predictor(name, "plots/valid_plots"), ".png", &error),
              &error);
    assert_true(pictures.count > 0);
    name_list_release(&pictures);
}

/* predictors without latent actions; those with them have a command of their own */
static void predictors_are_trained_by_kind(void **state)
{
    (void)state;
    char exp[200];
    pipeline_create_savi(&folder, "clips");
    snprintf(exp, sizeof exp, "%s", temp_path(&folder, "clips"));
    expect(0, NULL, NULL, ARGUMENTS("train-savi", "-d", exp));
    expect(0, NULL, NULL,
           ARGUMENTS("create-predictor", "-d", exp, "--name", "seq", "--predictor_name", "OCVPSeq",
                     TINY_CLIP));
    expect(0, NULL, NULL,
           ARGUMENTS("create-predictor", "-d", exp, "--name", "acts", "--predictor_name",
                     "ActionCondOCVP", TINY_CLIP, "--set",
                     "predictor.predictor_params.DynamicsModel.model_params.num_layers=1"));
    expect(0, "operations", NULL,
           ARGUMENTS("plan", "predictor", "-d", exp, "--name_pred_exp", "acts"));
    train_clip_predictor(exp, "seq");
    train_clip_predictor(exp, "acts");
    expect(2, NULL, "OCVPSeq has no latent actions: use train-predictor",
           ARGUMENTS("train-playslot", "-d", exp, "--savi_ckpt", FINAL, "--name_pred_exp", "seq"));
    expect(2, NULL, "OCVPSeq has no latent actions: use evaluate-predictor",
           ARGUMENTS("evaluate-playslot", "-d", exp, "--savi_ckpt", FINAL, "--name_pred_exp", "seq",
                     "--pred_ckpt", FINAL, "-o", "r"));
    expect(1, NULL, "OCVPSeq has no latent actions",
           ARGUMENTS("create-policy", "-d", temp_path(&folder, "clips/predictors/seq"), "--name",
                     "b"));
    expect(0, NULL, NULL, ARGUMENTS("create-predictor", "-d", exp, "--name", "p", TINY_PREDICTOR));
    expect(2, NULL, "SlotSingleAction has its own latent actions: use train-playslot",
           ARGUMENTS("train-predictor", "-d", exp, "--savi_ckpt", FINAL, "--name_pred_exp", "p"));
    expect(2, NULL, "predictor_loss[0]: 'VQLoss' does not fit OCVPSeq",
           ARGUMENTS("train-predictor", "-d", exp, "--savi_ckpt", FINAL, "--name_pred_exp", "seq",
                     "--set", "predictor_loss=[{\"type\": \"VQLoss\", \"beta\": 0.25}]"));
}

#define LONG_TRAINING "--set", "training.num_epochs=12", "--set", "training.save_frequency=100"

/* final weights of an undisturbed run of the same experiment */
static void train_undisturbed(const char *name)
{
    char copy[64];
    Error error;
    expect(0, NULL, NULL, ARGUMENTS("train-savi", "-d", temp_path(&folder, name), LONG_TRAINING));
    snprintf(copy, sizeof copy, "%s/undisturbed.safetensors", name);
    char *data = NULL;
    size_t size = 0;
    assert_ok(file_read(&data, &size, in_experiment(name, "models/" FINAL), &error), &error);
    test_write_file(temp_path(&folder, copy), data, size);
    memory_free(data);
    assert_ok(file_remove(in_experiment(name, "models/" FINAL), &error), &error);
    assert_ok(file_remove(in_experiment(name, "models/" LAST), &error), &error);
    assert_ok(file_remove(in_experiment(name, "metrics.jsonl"), &error), &error);
}

static void disturb(const char *name, int signal_number, int lines, ProgramRun *run)
{
    program_start(run, ARGUMENTS("train-savi", "-d", temp_path(&folder, name), "--threads", "1"));
    wait_for_lines(run, in_experiment(name, "metrics.jsonl"), lines);
    program_signal(run, signal_number);
    program_wait(run, PIPELINE_SECONDS);
}

static void assert_same_as_undisturbed(const char *name)
{
    /* epochs 12, steps 3, validation and mean: nothing twice, nothing missing */
    assert_int_equal(count_lines(in_experiment(name, "metrics.jsonl")), 12 * (3 + 2));
    assert_true(test_files_equal(in_experiment(name, "models/" FINAL),
                                 in_experiment(name, "undisturbed.safetensors")));
}

static void an_interrupted_training_goes_on_bit_for_bit(void **state)
{
    (void)state;
    ProgramRun run;
    pipeline_create_savi(&folder, "interrupt");
    train_undisturbed("interrupt");
    disturb("interrupt", SIGINT, 6, &run);
    assert_int_equal(run.exit_code, 1);
    assert_contains(run.err, "--resume_training goes on");
    program_release(&run);
    assert_true(file_exists(in_experiment("interrupt", "models/" LAST)));
    assert_false(file_exists(in_experiment("interrupt", "models/" FINAL)));
    expect(0, NULL, "going on from step",
           ARGUMENTS("train-savi", "-d", temp_path(&folder, "interrupt"), "--resume_training"));
    assert_same_as_undisturbed("interrupt");
}

static void a_killed_training_goes_on_from_its_last_checkpoint(void **state)
{
    (void)state;
    ProgramRun run;
    pipeline_create_savi(&folder, "kill");
    train_undisturbed("kill");
    disturb("kill", SIGKILL, 8, &run);
    assert_int_equal(run.signal, SIGKILL);
    program_release(&run);
    const char *leftover = in_experiment("kill", "models/" LAST ".tmp-2147483646-0");
    test_write_text(leftover, "half a checkpoint");
    expect(0, NULL, "going on from step",
           ARGUMENTS("train-savi", "-d", temp_path(&folder, "kill"), "--checkpoint", LAST,
                     "--resume_training"));
    assert_same_as_undisturbed("kill");
    assert_false(file_exists(leftover));
}

static void a_seed_is_kept(void **state)
{
    (void)state;
    char *text = NULL;
    Error error;
    pipeline_create_savi(&folder, "seed");
    expect(0, NULL, NULL,
           ARGUMENTS("train-savi", "-d", temp_path(&folder, "seed"), "--seed", "4711", "--set",
                     "training.num_epochs=1"));
    assert_ok(file_read(&text, NULL, in_experiment("seed", "experiment_params.json"), &error),
              &error);
    assert_contains(text, "\"seed\": 4711");
    memory_free(text);
}

static int seed_in(const char *file)
{
    Json *params = NULL;
    Error error;
    assert_ok(json_read(&params, temp_path(&folder, file), &error), &error);
    const int seed = (int)json_as_number(json_path(params, "training.playslot.seed"), -1);
    json_destroy(params);
    return seed;
}

/* what seeds are compared by, see seed_choice.h */
static double value_of(const Json *json)
{
    const SeedScore score = seed_score_read(json);
    return seed_score_value(&score);
}

/* scores and choice of results/seeds/results.json: (count, chosen) */
static void read_choice(const char *name, int *count, int *chosen, double *best)
{
    Json *results = NULL;
    Error error;
    assert_ok(json_read(&results, in_experiment(name, "results/seeds/results.json"), &error),
              &error);
    const Json *scores = json_get(results, "savi_seeds");
    *count = json_count(scores);
    *chosen = (int)json_as_number(json_get(results, "savi_seed"), -1);
    *best = -1;
    for (const Json *score = json_first(scores); score; score = json_next(score))
        *best = fmax(*best, value_of(score));
    for (const Json *score = json_first(scores); score; score = json_next(score)) {
        if ((int)json_as_number(json_get(score, "seed"), -2) == *chosen)
            assert_true(fabs(value_of(score) - *best) < 2e-5);
    }
    json_destroy(results);
}

#define SEEDS(name, ...)                                                                           \
    ARGUMENTS("train-savi", "-d", temp_path(&folder, name), "--seeds", "3", "--seed", "4",         \
              "--select_data", temp_path(&folder, "data/ButtonPress"), __VA_ARGS__)

static void the_best_of_several_seeds_is_kept(void **state)
{
    (void)state;
    char file[64];
    int count = 0, chosen = 0;
    double best = 0;
    pipeline_create_savi(&folder, "seeds");
    expect(0, "slot IoU", NULL, SEEDS("seeds", "--threads", "2"));
    read_choice("seeds", &count, &chosen, &best);
    assert_int_equal(count, 3);
    assert_in_range(chosen, 4, 6);
    assert_int_equal(seed_in("seeds/experiment_params.json"), chosen);
    snprintf(file, sizeof file, "seeds/%d/models/" FINAL, chosen);
    assert_true(
        test_files_equal(in_experiment("seeds", file), in_experiment("seeds", "models/" FINAL)));
    assert_true(file_exists(in_experiment("seeds", "data_facts.json")));
    for (int seed = 4; seed <= 6; seed++) {
        snprintf(file, sizeof file, "seeds/seeds/%d/experiment_params.json", seed);
        assert_int_equal(seed_in(file), seed);
    }
}

static void a_seed_that_is_enough_ends_the_search(void **state)
{
    (void)state;
    int count = 0, chosen = 0;
    double best = 0;
    pipeline_create_savi(&folder, "enough");
    expect(0, NULL, NULL, SEEDS("enough", "--select_enough", "0.001"));
    read_choice("enough", &count, &chosen, &best);
    assert_int_equal(count, 1);
    assert_int_equal(chosen, 4);
}

static void interrupted_seeds_go_on(void **state)
{
    (void)state;
    ProgramRun run;
    int count = 0, chosen = 0, again = 0;
    double best = 0, undisturbed = 0;
    read_choice("seeds", &count, &again, &undisturbed); /* of the test before */
    pipeline_create_savi(&folder, "stopped");
    program_start(&run, SEEDS("stopped", "--threads", "1"));
    wait_for_lines(&run, in_experiment("stopped", "seeds/5/metrics.jsonl"), 1);
    program_signal(&run, SIGINT);
    program_wait(&run, PIPELINE_SECONDS);
    assert_int_equal(run.exit_code, 1);
    assert_contains(run.err, "--resume_training goes on");
    program_release(&run);
    expect(0, "slot IoU", "going on from step", SEEDS("stopped", "--resume_training"));
    read_choice("stopped", &count, &chosen, &best);
    assert_int_equal(count, 3);
    assert_int_equal(chosen, again);
    assert_true(best == undisturbed);
}

/* no labels: how slots share the pictures decides; no folder: the experiment's validation episodes do */
static void a_selection_needs_no_segmentation(void **state)
{
    (void)state;
    int count = 0, chosen = 0;
    double best = 0;
    pipeline_create_savi(&folder, "blind");
    expect(0, "-       -", NULL,
           ARGUMENTS("train-savi", "-d", temp_path(&folder, "blind"), "--seeds", "2",
                     "--select_data", temp_path(&folder, "data/Expert_ButtonPress")));
    read_choice("blind", &count, &chosen, &best);
    assert_int_equal(count, 2);
    assert_true(best > 0.25 && best < 1);
    pipeline_create_savi(&folder, "own");
    expect(0, "slot IoU", NULL,
           ARGUMENTS("train-savi", "-d", temp_path(&folder, "own"), "--select", "--set",
                     "training.num_epochs=1"));
    read_choice("own", &count, &chosen, &best);
    assert_int_equal(count, 3);
}

static void a_selection_without_episodes_is_refused(void **state)
{
    (void)state;
    pipeline_create_savi(&folder, "empty");
    expect(1, NULL, "--select_data: ",
           ARGUMENTS("train-savi", "-d", temp_path(&folder, "empty"), "--seeds", "2",
                     "--select_data", temp_path(&folder, "no-such-folder")));
    assert_false(file_exists(in_experiment("empty", "seeds")));
}

static void replace_text(const char *path, const char *old, const char *with)
{
    char *text = NULL, *changed = NULL;
    Error error;
    assert_ok(file_read(&text, NULL, path, &error), &error);
    const char *at = strstr(text, old);
    assert_non_null(at);
    assert_ok(
        string_format(&changed, &error, "%.*s%s%s", (int)(at - text), text, with, at + strlen(old)),
        &error);
    test_write_text(path, changed);
    memory_free(changed);
    memory_free(text);
}

static void bad_parameters_are_named(void **state)
{
    (void)state;
    const char *path = temp_path(&folder, "bad");
    pipeline_create_savi(&folder, "bad");
    const char *file = in_experiment("bad", "experiment_params.json");
    replace_text(file, "\"num_slots\"", "\"num_slot\"");
    expect(1, NULL, "unknown key 'num_slot' (did you mean 'num_slots'?)",
           ARGUMENTS("train-savi", "-d", path));
    replace_text(file, "\"num_slot\"", "\"num_slots\"");
    replace_text(file, "\"lr\": 0.001", "\"lr\": -1");
    expect(1, NULL, "training.lr: -1 is outside", ARGUMENTS("train-savi", "-d", path));
    replace_text(file, "\"lr\": -1", "\"lr\": 0.001,,");
    expect(1, NULL, "experiment_params.json", ARGUMENTS("train-savi", "-d", path));
}

static void missing_things_are_named(void **state)
{
    (void)state;
    const char *path = temp_path(&folder, "missing");
    expect(1, NULL, "there is no SAVi experiment", ARGUMENTS("train-savi", "-d", path));
    pipeline_create_savi(&folder, "missing");
    expect(1, NULL, "no checkpoint 'nothing'",
           ARGUMENTS("train-savi", "-d", path, "--checkpoint", "nothing"));
    expect(1, NULL, "no checkpoint '" LAST "'",
           ARGUMENTS("train-savi", "-d", path, "--resume_training"));
    expect(1, NULL, "no-such-data",
           ARGUMENTS("train-savi", "-d", path, "--set", "dataset.datapath=no-such-data"));
}

static void damaged_checkpoints_are_named(void **state)
{
    (void)state;
    const char *path = temp_path(&folder, "files");
    const char *model = in_experiment("files", "models/" FINAL);
    const char *damaged = in_experiment("files", "models/damaged.safetensors");
    char *data = NULL;
    size_t size = 0;
    Error error;
    assert_ok(file_read(&data, &size, model, &error), &error);
    test_write_file(damaged, data, size / 2);
    memory_free(data);
    expect(1, NULL, "damaged.safetensors",
           ARGUMENTS("train-savi", "-d", path, "--checkpoint", "damaged"));
}

/* weights that are no numbers: training stops and says where */
static void a_loss_that_is_no_number_stops_training(void **state)
{
    (void)state;
    const char *path = temp_path(&folder, "files");
    const char *poisoned = in_experiment("files", "models/poisoned.safetensors");
    char *data = NULL;
    size_t size = 0;
    Error error;
    Safetensors *file = NULL;
    assert_ok(file_read(&data, &size, in_experiment("files", "models/" FINAL), &error), &error);
    assert_ok(safetensors_open(&file, in_experiment("files", "models/" FINAL), &error), &error);
    size_t largest = 0, bytes = 0;
    FileMap map = { 0 };
    assert_ok(file_map(&map, in_experiment("files", "models/" FINAL), &error), &error);
    for (int i = 0; i < safetensors_count(file); i++) {
        const TensorView *view = safetensors_at(file, i);
        if (view->dtype != DTYPE_F32 || strstr(view->name, "optimizer") || view->bytes < bytes)
            continue;
        /* the same bytes lie at the same place of the copy */
        const unsigned char *found = NULL;
        for (size_t at = 0; at + view->bytes <= map.size && !found; at += 4) {
            if (!memcmp(map.data + at, view->data, view->bytes)) found = map.data + at;
        }
        assert_non_null(found);
        largest = (size_t)(found - map.data);
        bytes = view->bytes;
    }
    const float poison = nanf("");
    for (size_t at = 0; at + 4 <= bytes; at += 4)
        memcpy(data + largest + at, &poison, 4);
    test_write_file(poisoned, data, size);
    file_unmap(&map);
    safetensors_close(file);
    memory_free(data);
    ProgramRun run;
    program_run(&run, ARGUMENTS("train-savi", "-d", path, "--checkpoint", "poisoned"),
                PIPELINE_SECONDS);
    assert_int_equal(run.exit_code, 1);
    assert_contains(run.err, "playslot train-savi:");
    program_release(&run);
}

static void an_unwritable_experiment_is_named(void **state)
{
    (void)state;
    Error error;
    pipeline_create_savi(&folder, "unwritable");
    test_write_text(in_experiment("unwritable", "models"), "a file where a folder should be");
    expect(1, NULL, "models", ARGUMENTS("train-savi", "-d", temp_path(&folder, "unwritable")));
    assert_ok(file_remove(in_experiment("unwritable", "models"), &error), &error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_leaves_its_files),
        cmocka_unit_test(predictors_are_trained_by_kind),
        cmocka_unit_test(an_interrupted_training_goes_on_bit_for_bit),
        cmocka_unit_test(a_killed_training_goes_on_from_its_last_checkpoint),
        cmocka_unit_test(a_seed_is_kept),
        cmocka_unit_test(the_best_of_several_seeds_is_kept),
        cmocka_unit_test(a_seed_that_is_enough_ends_the_search),
        cmocka_unit_test(interrupted_seeds_go_on),
        cmocka_unit_test(a_selection_needs_no_segmentation),
        cmocka_unit_test(a_selection_without_episodes_is_refused),
        cmocka_unit_test(bad_parameters_are_named),
        cmocka_unit_test(missing_things_are_named),
        cmocka_unit_test(damaged_checkpoints_are_named),
        cmocka_unit_test(a_loss_that_is_no_number_stops_training),
        cmocka_unit_test(an_unwritable_experiment_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
