/* The four training programs on tiny experiments: what they report, and runs with and without a break. */
#ifndef PLAYSLOT_TESTS_UNIT_TRAINING_TRAINING_PROGRAMS_H
#define PLAYSLOT_TESTS_UNIT_TRAINING_TRAINING_PROGRAMS_H

#include <math.h>

#include "base/files.h"
#include "unit/training/training_fixture.h"

static TempFolder data;
static TempFolder models;
static TempFolder others;

static inline int setup(void **state)
{
    (void)state;
    temp_folder_create(&data);
    temp_folder_create(&models);
    temp_folder_create(&others);
    fake_dataset(data.path, 20);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    temp_folder_destroy(&data);
    temp_folder_destroy(&models);
    temp_folder_destroy(&others);
    return 0;
}

/* ---- an observer that counts and remembers ---- */

typedef struct Seen {
    TrainStart start;
    int steps, epochs[SPLIT_COUNT], pictures, saves, notes;
    int watched;       /* validations that tell of slots */
    double totals[64]; /* of each step */
    double rates[64];
    double last_valid, first_valid;
    double train_means[8];
    int64_t stop_after; /* set *flag after this step; negative: never */
    volatile int flag;
} Seen;

static inline Status seen_start(void *user, const TrainStart *start, Error *error)
{
    (void)error;
    ((Seen *)user)->start = *start;
    return OK;
}

static inline Status seen_step(void *user, const TrainStep *step, Error *error)
{
    (void)error;
    Seen *seen = user;
    assert_string_equal(step->loss_names[step->loss_count - 1], "_total");
    assert_true(step->log == (step->step % 2 == 0));
    assert_true(step->wait_share >= 0.0 && step->wait_share <= 1.0);
    if (step->step < 64) {
        seen->totals[step->step] = step->losses[step->loss_count - 1];
        seen->rates[step->step] = step->rate;
    }
    seen->steps++;
    if (step->step == seen->stop_after) seen->flag = 1;
    return OK;
}

static inline Status seen_epoch(void *user, const TrainEpoch *epoch, Error *error)
{
    (void)error;
    Seen *seen = user;
    const double total = epoch->means[epoch->loss_count - 1];
    if (epoch->split == SPLIT_TRAIN) assert_null(epoch->slots);
    if (epoch->slots) {
        double sum = 0;
        for (int n = 0; n < epoch->slots->slots; n++)
            sum += epoch->slots->share[n];
        assert_true(fabs(sum - 1) < 1e-5);
        seen->watched++;
    }
    if (epoch->split == SPLIT_VALID) {
        if (!seen->epochs[SPLIT_VALID]) seen->first_valid = total;
        seen->last_valid = total;
    } else if (epoch->epoch < 8) {
        seen->train_means[epoch->epoch] = total;
    }
    seen->epochs[epoch->split]++;
    return OK;
}

static inline Status seen_pictures(void *user, const TrainPictures *pictures, Error *error)
{
    (void)error;
    Seen *seen = user;
    const size_t count = (size_t)pictures->T * (size_t)pictures->H * (size_t)pictures->W;
    const size_t area = (size_t)pictures->H * (size_t)pictures->W;
    for (size_t i = 0; i < count * 3; i++)
        assert_true(isfinite(pictures->recons[i]));
    assert_in_range(pictures->target_frames, 1, pictures->T);
    for (size_t i = 0; i < (size_t)pictures->target_frames * area * 3; i++)
        assert_true(pictures->target[i] >= 0.0f && pictures->target[i] <= 1.0f);
    for (int t = 0; t < pictures->T; t++)
        for (size_t i = 0; i < area; i++) {
            double sum = 0.0;
            for (int n = 0; n < pictures->N; n++)
                sum += (double)pictures->masks[((size_t)(t * pictures->N + n)) * area + i];
            assert_true(fabs(sum - 1.0) < 1e-5);
        }
    seen->pictures++;
    return OK;
}

static inline Status seen_saved(void *user, const char *path, int64_t step, Error *error)
{
    (void)step;
    (void)error;
    assert_true(file_exists(path));
    ((Seen *)user)->saves++;
    return OK;
}

static inline Status seen_note(void *user, const char *text, Error *error)
{
    (void)error;
    assert_contains(text, "rises again");
    ((Seen *)user)->notes++;
    return OK;
}

static inline TrainRequest request_of(const Json *params, const TempFolder *folder, Seen *seen)
{
    *seen = (Seen){ .stop_after = -1 };
    return (TrainRequest){ .params = params,
                           .models_folder = folder->path,
                           .workers = 1,
                           .version = "0.0",
                           .interrupt = &seen->flag,
                           .observer = { .user = seen,
                                         .start = seen_start,
                                         .step = seen_step,
                                         .epoch = seen_epoch,
                                         .pictures = seen_pictures,
                                         .saved = seen_saved,
                                         .note = seen_note } };
}

typedef Status (*Program)(const TrainRequest *request, Error *error);

static const struct {
    TinyKind kind;
    Program program;
} programs[] = { { TINY_SAVI, train_savi },
                 { TINY_PREDICTOR_KIND, train_predictor },
                 { TINY_POLICY_KIND, train_policy },
                 { TINY_ORACLE_KIND, train_oracle } };
#define PROGRAMS 4

/* checkpoints of the frozen models that the later programs need */
static char savi_path[512];
static char predictor_path[512];

static inline void frozen(void)
{
    Error error = { 0 };
    Seen seen;
    Json *params = tiny_params(TINY_SAVI, data.path, false);
    TrainRequest request = request_of(params, &others, &seen);
    tiny_set(params, "training.num_epochs=1");
    assert_ok(train_savi(&request, &error), &error);
    snprintf(savi_path, sizeof savi_path, "%s/savi.safetensors", others.path);
    rename(temp_path(&others, CHECKPOINT_FINAL), savi_path);
    json_destroy(params);
    params = tiny_params(TINY_PREDICTOR_KIND, data.path, false);
    tiny_set(params, "training.num_epochs=1");
    request = request_of(params, &others, &seen);
    request.savi_checkpoint = savi_path;
    assert_ok(train_predictor(&request, &error), &error);
    snprintf(predictor_path, sizeof predictor_path, "%s/predictor.safetensors", others.path);
    rename(temp_path(&others, CHECKPOINT_FINAL), predictor_path);
    json_destroy(params);
}

static inline void use_frozen(TrainRequest *request)
{
    request->savi_checkpoint = savi_path;
    request->predictor_checkpoint = predictor_path;
}

static bool whole_episodes;

static inline void run_program(int which, const TempFolder *folder, int workers, bool batch_norm,
                               int64_t stop_after)
{
    Error error = { 0 };
    Seen seen;
    Json *params = tiny_params(programs[which].kind, data.path, batch_norm);
    if (whole_episodes) tiny_set(params, "training.playslot.encode=\"episode\"");
    if (whole_episodes) tiny_set(params, "training.playslot.unused_codes=\"restart\"");
    TrainRequest request = request_of(params, folder, &seen);
    request.workers = workers;
    use_frozen(&request);
    seen.stop_after = stop_after;
    if (stop_after < 0) {
        assert_ok(programs[which].program(&request, &error), &error);
    } else {
        char part[64];
        snprintf(part, sizeof part, "interrupted after step %d", (int)stop_after + 1);
        assert_error(programs[which].program(&request, &error), &error, ERR_INTERRUPTED, part);
        assert_int_equal(seen.steps, stop_after + 1);
        const char *last = temp_path(folder, CHECKPOINT_LAST);
        assert_true(file_exists(last));
        request = request_of(params, folder, &seen);
        use_frozen(&request);
        request.workers = workers;
        request.checkpoint = last;
        request.resume = true;
        assert_ok(programs[which].program(&request, &error), &error);
        assert_int_equal(seen.start.first_step, stop_after + 1);
        assert_int_equal(seen.steps, 12 - (int)stop_after - 1);
    }
    json_destroy(params);
}

static inline void assert_same_result(void)
{
    assert_true(test_files_equal(temp_path(&models, CHECKPOINT_FINAL),
                                 temp_path(&others, CHECKPOINT_FINAL)));
    assert_true(test_files_equal(temp_path(&models, "checkpoint_epoch_2.safetensors"),
                                 temp_path(&others, "checkpoint_epoch_2.safetensors")));
}

#endif
