/* LPIPS: the fixture, weight files of several makes, what is refused */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "data/formats/torch_writer.h"
#include "support/closeness.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"
#include "training/lpips.h"

enum { SIDE = 31, AREA = SIDE * SIDE, TENSORS = 15, VALUES_MAX = 4096 };

static const int channels[LPIPS_TAPS + 1] = { 3, 4, 5, 3, 4, 2 };
static const int kernels[LPIPS_TAPS] = { 11, 5, 3, 3, 3 };
static const char *const torchvision[LPIPS_TAPS] = { "features.0", "features.3", "features.6",
                                                     "features.8", "features.10" };
static const char *const package[LPIPS_TAPS] = { "net.slice1.0", "net.slice2.3", "net.slice3.6",
                                                 "net.slice4.8", "net.slice5.10" };

/* what to write wrongly into a weights file */
typedef struct Fault {
    const char *leave_out; /* a key, or NULL */
    int short_head;        /* this head lacks a channel; -1: none */
    bool nan;              /* in the last head */
} Fault;
static const Fault no_fault = { .short_head = -1 };

typedef struct WeightsFile {
    SafetensorsWriter *writer;
    const Fault *fault;
    Rng rng;
    float values[TENSORS][VALUES_MAX];
    char names[TENSORS][64];
    int count;
} WeightsFile;

static void add(WeightsFile *file, const char *stem, const char *end, int rank,
                const int64_t *shape, bool positive)
{
    Error error = { OK, "" };
    char *name = file->names[file->count];
    float *values = file->values[file->count++];
    int64_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= shape[i];
    assert_true(count <= VALUES_MAX);
    for (int64_t i = 0; i < count; i++) {
        const double value = rng_normal(&file->rng) * 0.3 + (rank == 1 ? 9 : 0);
        values[i] = (float)(positive ? fabs(value) : value);
    }
    if (positive && file->fault->nan && !strcmp(stem, "lin4")) values[0] = NAN;
    snprintf(name, sizeof file->names[0], "%s.%s", stem, end);
    if (file->fault->leave_out && !strcmp(name, file->fault->leave_out)) return;
    assert_ok(safetensors_add(file->writer, name, DTYPE_F32, rank, shape, values, &error), &error);
}

static void add_layers(WeightsFile *file, const char *const *stems)
{
    for (int i = 0; i < LPIPS_TAPS; i++) {
        const int64_t out = channels[i + 1];
        add(file, stems[i], "weight", 4,
            (const int64_t[]){ out, channels[i], kernels[i], kernels[i] }, false);
        add(file, stems[i], "bias", 1, &out, false);
    }
}

static void add_heads(WeightsFile *file)
{
    for (int i = 0; i < LPIPS_TAPS; i++) {
        char stem[16];
        snprintf(stem, sizeof stem, "lin%d", i);
        const int64_t out = channels[i + 1] - (file->fault->short_head == i);
        add(file, stem, "model.1.weight", 4, (const int64_t[]){ 1, out, 1, 1 }, true);
    }
}

enum { BACKBONE = 1, HEADS = 2 };

/* equal numbers whatever the keys are called and however they are spread over files */
static void write_weights(const char *path, int parts, const char *const *stems, const Fault *fault)
{
    static WeightsFile file;
    Error error = { OK, "" };
    file = (WeightsFile){ .fault = fault };
    assert_ok(safetensors_writer_create(&file.writer, &error), &error);
    file.rng = rng_stream(1, "backbone", 0);
    if (parts & BACKBONE) add_layers(&file, stems);
    file.rng = rng_stream(1, "heads", 0);
    if (parts & HEADS) add_heads(&file);
    assert_ok(safetensors_write(file.writer, path, &error), &error);
    safetensors_writer_destroy(file.writer);
}

/* a state dictionary as PyTorch saves it, with the tensors of a safetensors file */
static void write_torch(const char *path, const char *from)
{
    Error error = { OK, "" };
    Safetensors *file;
    TorchWriter *writer;
    assert_ok(safetensors_open(&file, from, &error), &error);
    assert_ok(torch_writer_create(&writer, &error), &error);
    torch_begin_ordered_dict(writer);
    for (int i = 0; i < safetensors_count(file); i++) {
        torch_put_text(writer, safetensors_at(file, i)->name);
        torch_put_tensor(writer, safetensors_at(file, i));
    }
    torch_end_dict(writer);
    assert_ok(torch_writer_finish(writer, path, &error), &error);
    torch_writer_destroy(writer);
    safetensors_close(file);
}

static void fill_picture(real *planes, uint64_t seed)
{
    Rng rng = rng_stream(seed, "picture", 0);
    for (int i = 0; i < 3 * AREA; i++)
        planes[i] = (real)rng_uniform(&rng);
}

static double distance_with(const char *backbone, const char *heads, LpipsVariant variant)
{
    static real pictures[2][3 * AREA];
    Error error = { OK, "" };
    Lpips *lpips;
    LpipsWork *work;
    fill_picture(pictures[0], 1);
    fill_picture(pictures[1], 2);
    assert_ok(lpips_open(&lpips, backbone, heads, variant, &error), &error);
    assert_ok(lpips_work_create(&work, lpips, SIDE, SIDE, &error), &error);
    const double distance = lpips_distance(work, pictures[0], pictures[1]);
    assert_true(lpips_distance(work, pictures[0], pictures[0]) == 0);
    count_allocations_start();
    assert_true(lpips_distance(work, pictures[0], pictures[1]) == distance);
    assert_int_equal(count_allocations_stop(), 0);
    lpips_work_destroy(work);
    lpips_close(lpips);
    return distance;
}

static void keys_and_files_of_both_makes_give_the_same(void **state)
{
    const TempFolder *folder = *state;
    char both[300], backbone[300], heads[300];
    snprintf(both, sizeof both, "%s", temp_path(folder, "both.safetensors"));
    snprintf(backbone, sizeof backbone, "%s", temp_path(folder, "backbone.safetensors"));
    snprintf(heads, sizeof heads, "%s", temp_path(folder, "heads.safetensors"));
    write_weights(both, BACKBONE | HEADS, package, &no_fault);
    write_weights(backbone, BACKBONE, torchvision, &no_fault);
    write_weights(heads, HEADS, torchvision, &no_fault);
    const double distance = distance_with(both, NULL, LPIPS_ORIGINAL);
    assert_true(distance > 0);
    assert_true(distance_with(backbone, heads, LPIPS_ORIGINAL) == distance);
    char torch[300];
    snprintf(torch, sizeof torch, "%s", temp_path(folder, "backbone.pth"));
    write_torch(torch, backbone);
    assert_true(distance_with(torch, heads, LPIPS_ORIGINAL) == distance);
    /* thanks to the biases no location has only zeros */
    const double bare = distance_with(both, NULL, LPIPS_PIQA);
    assert_close_f64("without 1e-10", &bare, &distance, 1, 0, 1e-7);
}

/* the fixture has locations where every channel is zero */
static void the_fixture_tells_the_variants_apart(void **state)
{
    (void)state;
    Error error = { OK, "" };
    TempFolder data = { { 0 } };
    Safetensors *file;
    snprintf(data.path, sizeof data.path, "%s", test_data_folder());
    assert_ok(safetensors_open(&file, temp_path(&data, "models/lpips_thin.safetensors"), &error),
              &error);
    const WeightFile weights = { .safetensors = file };
    float pictures[2][3 * 3 * 64 * 64], wanted[3];
    const char *const names[2] = { "in.preds", "in.targets" };
    for (int i = 0; i < 2; i++)
        assert_ok(tensor_view_read_f32(safetensors_find(file, names[i]), pictures[i],
                                       3 * 3 * 64 * 64, &error),
                  &error);
    assert_ok(tensor_view_read_f32(safetensors_find(file, "out.lpips"), wanted, 3, &error), &error);
    for (int variant = LPIPS_ORIGINAL; variant <= LPIPS_PIQA; variant++) {
        Lpips *lpips;
        LpipsWork *work;
        static real planes[2][3 * 64 * 64];
        int numbers = 0;
        assert_ok(lpips_load(&lpips, &weights, &weights, "param.", (LpipsVariant)variant, &error),
                  &error);
        assert_ok(lpips_work_create(&work, lpips, 64, 64, &error), &error);
        for (int p = 0; p < 3; p++) {
            for (int i = 0; i < 3 * 64 * 64; i++) {
                planes[0][i] = (real)pictures[0][p * 3 * 64 * 64 + i];
                planes[1][i] = (real)pictures[1][p * 3 * 64 * 64 + i];
            }
            const double found = lpips_distance(work, planes[0], planes[1]);
            const double reference = (double)wanted[p];
            numbers += !isnan(found);
            if (!isnan(found)) assert_close_f64("lpips", &found, &reference, 1, 0, 1e-5);
        }
        assert_true(variant == LPIPS_ORIGINAL ? numbers == 3 : numbers < 3);
        lpips_work_destroy(work);
        lpips_close(lpips);
    }
    safetensors_close(file);
}

static void refused(const TempFolder *folder, int parts, const Fault *fault, Status status,
                    const char *message)
{
    Error error = { OK, "" };
    Lpips *lpips;
    const char *path = temp_path(folder, "faulty.safetensors");
    write_weights(path, parts, torchvision, fault);
    assert_int_equal(lpips_open(&lpips, path, NULL, LPIPS_ORIGINAL, &error), status);
    assert_null(lpips);
    assert_contains(error.text, message);
}

static void unusable_files_are_refused(void **state)
{
    const TempFolder *folder = *state;
    const int all = BACKBONE | HEADS;
    Error error = { OK, "" };
    Lpips *lpips;
    refused(folder, all, &(Fault){ .leave_out = "features.8.bias", .short_head = -1 }, ERR_FORMAT,
            "no 'features.8.bias'");
    refused(folder, BACKBONE, &no_fault, ERR_FORMAT, "no 'lin0.model.1.weight'");
    refused(folder, HEADS, &no_fault, ERR_FORMAT, "no 'features.0.weight'");
    refused(folder, all, &(Fault){ .short_head = 2 }, ERR_SHAPE,
            "'lin2.model.1.weight': expected (1, 3, 1, 1), found (1, 2, 1, 1)");
    refused(folder, all, &(Fault){ .short_head = -1, .nan = true }, ERR_FORMAT,
            "LPIPS heads: 'lin4.model.1.weight' holds NaN");
    const char *const other = temp_path(folder, "other");
    test_write_file(other, "features", 8);
    assert_int_equal(lpips_open(&lpips, other, NULL, LPIPS_ORIGINAL, &error), ERR_FORMAT);
    assert_contains(error.text, "no safetensors, and as a file of PyTorch's");
    assert_int_equal(
        lpips_open(&lpips, temp_path(folder, "none.safetensors"), NULL, LPIPS_ORIGINAL, &error),
        ERR_IO);
    assert_contains(error.text, "none.safetensors");
}

static void torch_files_are_checked_alike(void **state)
{
    const TempFolder *folder = *state;
    static const struct {
        Fault fault;
        Status status;
        const char *message;
    } cases[] = {
        { { .short_head = 1 }, ERR_SHAPE, "expected (1, 5, 1, 1), found (1, 4, 1, 1)" },
        { { .short_head = -1, .nan = true }, ERR_FORMAT, "holds NaN or infinity" },
        { { .leave_out = "features.10.weight", .short_head = -1 },
          ERR_FORMAT,
          "AlexNet's features: no 'features.10.weight'" },
    };
    char torch[300], weights[300];
    snprintf(torch, sizeof torch, "%s", temp_path(folder, "faulty.pth"));
    snprintf(weights, sizeof weights, "%s", temp_path(folder, "faulty.safetensors"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Error error = { OK, "" };
        Lpips *lpips;
        write_weights(weights, BACKBONE | HEADS, torchvision, &cases[i].fault);
        write_torch(torch, weights);
        assert_int_equal(lpips_open(&lpips, torch, NULL, LPIPS_ORIGINAL, &error), cases[i].status);
        assert_contains(error.text, cases[i].message);
    }
}

static void small_pictures_are_refused(void **state)
{
    const TempFolder *folder = *state;
    Error error = { OK, "" };
    Lpips *lpips;
    LpipsWork *work;
    const char *path = temp_path(folder, "small.safetensors");
    write_weights(path, BACKBONE | HEADS, torchvision, &no_fault);
    assert_ok(lpips_open(&lpips, path, NULL, LPIPS_ORIGINAL, &error), &error);
    assert_int_equal(lpips_work_create(&work, lpips, 64, LPIPS_MIN_SIDE - 1, &error), ERR_SHAPE);
    assert_null(work);
    assert_contains(error.text, "31x31 or more, found 30x64");
    assert_ok(lpips_work_create(&work, lpips, LPIPS_MIN_SIDE, LPIPS_MIN_SIDE, &error), &error);
    lpips_work_destroy(work);
    lpips_close(lpips);
}

static Status open_and_work(void *user, Error *error)
{
    Lpips *lpips = NULL;
    LpipsWork *work = NULL;
    Status status = lpips_open(&lpips, user, NULL, LPIPS_ORIGINAL, error);
    if (!status) status = lpips_work_create(&work, lpips, SIDE, SIDE, error);
    lpips_work_destroy(work);
    lpips_close(lpips);
    return status;
}

static void memory_may_run_out(void **state)
{
    const TempFolder *folder = *state;
    char path[300];
    snprintf(path, sizeof path, "%s", temp_path(folder, "memory.safetensors"));
    write_weights(path, BACKBONE | HEADS, torchvision, &no_fault);
    assert_true(fail_each_allocation(open_and_work, path, 1) > 20);
}

static int set_up(void **state)
{
    static TempFolder folder;
    temp_folder_create(&folder);
    *state = &folder;
    return 0;
}

static int tear_down(void **state)
{
    temp_folder_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_files_of_both_makes_give_the_same),
        cmocka_unit_test(the_fixture_tells_the_variants_apart),
        cmocka_unit_test(unusable_files_are_refused),
        cmocka_unit_test(torch_files_are_checked_alike),
        cmocka_unit_test(small_pictures_are_refused),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
