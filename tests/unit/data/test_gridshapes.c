/* GridShapes against sequences of the reference, and its statistics */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safetensors.h"
#include "data/gridshapes.h"

/* ---- the reference's sequences ---- */

static double *numbers(const Safetensors *file, const char *name, int64_t count)
{
    Error error;
    double *values = calloc((size_t)count, sizeof *values);
    const TensorView *view = safetensors_find(file, name);
    if (!view) fail_msg("no '%s'", name);
    assert_ok(tensor_view_read_f64(view, values, count, &error), &error);
    return values;
}

static void check_labels(const Safetensors *file, const GridSequence *sequence)
{
    const int n = sequence->objects;
    double *shape = numbers(file, "shape", n), *color = numbers(file, "color", n);
    double *start = numbers(file, "init_pos_yx", n * 2);
    double *background = numbers(file, "background", 1);
    assert_int_equal(sequence->background, (int)background[0]);
    for (int i = 0; i < n; i++) {
        assert_int_equal(sequence->shape[i], (int)shape[i]);
        assert_int_equal(sequence->color[i], (int)color[i]);
        assert_int_equal(sequence->start[i].y, (int)start[2 * i]);
        assert_int_equal(sequence->start[i].x, (int)start[2 * i + 1]);
    }
    free(shape), free(color), free(start), free(background);
}

static void check_motion(const Safetensors *file, const GridSequence *sequence)
{
    const int moves = sequence->frames * sequence->objects;
    double *position = numbers(file, "pos_yx", moves * 2);
    double *velocity = numbers(file, "vel_yx", moves * 2);
    double *action = numbers(file, "actions", moves);
    for (int i = 0; i < moves; i++) {
        assert_int_equal(sequence->position[i].y, (int)position[2 * i]);
        assert_int_equal(sequence->position[i].x, (int)position[2 * i + 1]);
        assert_int_equal(sequence->velocity[i].y, (int)velocity[2 * i]);
        assert_int_equal(sequence->velocity[i].x, (int)velocity[2 * i + 1]);
        assert_int_equal(sequence->action[i], (int)action[i]);
    }
    free(position), free(velocity), free(action);
}

/* FNV-1a of a frame, channel by channel as the reference holds it */
static uint32_t frame_hash(const uint8_t *pixels)
{
    uint32_t hash = 2166136261U;
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < (size_t)GRID_SIDE * GRID_SIDE; i++)
            hash = (hash ^ pixels[3 * i + c]) * 16777619U;
    return hash;
}

static void check_frames(const Safetensors *file, const GridSequence *sequence)
{
    double *hashes = numbers(file, "frames_fnv", sequence->frames);
    for (int t = 0; t < sequence->frames; t++)
        if (frame_hash(sequence->pixels + (size_t)t * GRID_SIDE * GRID_SIDE * 3) !=
            (uint32_t)hashes[t])
            fail_msg("frame %d differs", t);
    free(hashes);
}

static void sequences_are_the_references(void **state)
{
    (void)state;
    const int objects[] = { 1, 2, 3, 4, 2 };
    for (unsigned seed = 0; seed < 5; seed++) {
        char path[512];
        Error error;
        Safetensors *file = NULL;
        GridSequence sequence;
        snprintf(path, sizeof path, "%s/gridshapes/grid_s%u_n%d.safetensors", test_data_folder(),
                 seed, objects[seed]);
        assert_ok(safetensors_open(&file, path, &error), &error);
        assert_ok(grid_sequence_init(&sequence, objects[seed], 20, &error), &error);
        grid_sequence_generate(&sequence, seed);
        check_labels(file, &sequence);
        check_motion(file, &sequence);
        check_frames(file, &sequence);
        grid_sequence_release(&sequence);
        safetensors_close(file);
    }
}

/* ---- statistics ---- */

typedef struct Counts {
    double shapes[GRID_SHAPES], colors[GRID_COLORS], backgrounds[GRID_COLORS + 1];
    double start_y, start_x, down, next[2]; /* next: action as the velocity before it, or another */
    double objects, sequences, stands, moves;
} Counts;

static void count_moves(Counts *counts, const GridSequence *sequence)
{
    const int n = sequence->objects;
    for (int i = n; i < sequence->frames * n; i++) {
        const GridPair before = sequence->velocity[i - n];
        const GridAction same = before.x   ? (before.x > 0 ? GRID_RIGHT : GRID_LEFT)
                                : before.y ? (before.y > 0 ? GRID_DOWN : GRID_UP)
                                           : GRID_STAND;
        counts->next[sequence->action[i] != same]++;
        counts->stands += sequence->action[i] == GRID_STAND && same != GRID_STAND;
        counts->moves += same != GRID_STAND;
    }
}

static void count_sequence(Counts *counts, const GridSequence *sequence)
{
    counts->sequences++;
    counts->backgrounds[sequence->background]++;
    for (int i = 0; i < sequence->objects; i++) {
        counts->objects++;
        counts->shapes[sequence->shape[i]]++;
        counts->colors[sequence->color[i]]++;
        counts->start_y += sequence->start[i].y;
        counts->start_x += sequence->start[i].x;
    }
    count_moves(counts, sequence);
}

/* five standard deviations of a share */
static void check_share(const char *what, double found, double of, double wanted)
{
    const double bound = 5.0 * sqrt(wanted * (1.0 - wanted) / of);
    if (fabs(found / of - wanted) > bound)
        fail_msg("%s: %.4f of %.0f, expected %.4f +- %.4f", what, found / of, of, wanted, bound);
}

static void check_counts(const Counts *counts)
{
    const double spread = 5.0 * sqrt((49.0 * 49.0 - 1.0) / 12.0 / counts->objects);
    for (int i = 0; i < GRID_SHAPES; i++)
        check_share(grid_shape_name(i), counts->shapes[i], counts->objects, 1.0 / 3.0);
    for (int i = 0; i < GRID_COLORS; i++)
        check_share(grid_color_name(i), counts->colors[i], counts->objects, 0.1);
    /* one object: ten choices, black always among them, each colour when it is not the object's */
    check_share("black background", counts->backgrounds[GRID_COLORS], counts->sequences, 0.1);
    for (int i = 0; i < GRID_COLORS; i++)
        check_share(grid_color_name(i), counts->backgrounds[i], counts->sequences, 0.09);
    assert_true(fabs(counts->start_y / counts->objects - 24.0) < spread);
    assert_true(fabs(counts->start_x / counts->objects - 24.0) < spread);
    /* a change has chance 1/4 and leads to each of five velocities alike */
    check_share("goes on", counts->next[0], counts->next[0] + counts->next[1], 0.8);
    check_share("stops", counts->stands, counts->moves, 0.05);
}

static void statistics_are_the_specifications(void **state)
{
    (void)state;
    Error error;
    GridSequence sequence;
    Counts counts = { .sequences = 0 };
    const char *wanted = getenv("PLAYSLOT_GRID_SEQUENCES");
    const int sequences = wanted ? atoi(wanted) : 1500;
    assert_ok(grid_sequence_init(&sequence, 1, 20, &error), &error);
    for (int i = 0; i < sequences; i++) {
        grid_sequence_generate(&sequence, 100000u + (unsigned)i);
        count_sequence(&counts, &sequence);
    }
    check_counts(&counts);
    if (wanted)
        printf(
            "%d sequences: goes on %.4f, stops %.4f, black background %.4f, mean start %.2f %.2f\n",
            sequences, counts.next[0] / (counts.next[0] + counts.next[1]),
            counts.stands / counts.moves, counts.backgrounds[GRID_COLORS] / counts.sequences,
            counts.start_y / counts.objects, counts.start_x / counts.objects);
    grid_sequence_release(&sequence);
}

/* ---- the rest ---- */

/* a label is the object painted last over a pixel; its colour is the object's */
static void labels_tell_the_object(void **state)
{
    (void)state;
    Error error;
    GridSequence sequence;
    assert_ok(grid_sequence_init(&sequence, 3, 4, &error), &error);
    grid_sequence_generate(&sequence, 7);
    int covered[4] = { 0 };
    for (int i = 0; i < GRID_SIDE * GRID_SIDE; i++)
        covered[sequence.labels[i]]++;
    const int sizes[GRID_SHAPES] = { 149, 133, 225 };
    assert_int_equal(covered[3], sizes[sequence.shape[2]]); /* nothing covers the last */
    assert_true(covered[1] > 0 && covered[1] <= sizes[sequence.shape[0]]);
    const GridPair at = sequence.position[2];
    const size_t centre = (size_t)((at.y + 7) * GRID_SIDE + at.x + 7);
    assert_int_equal(sequence.labels[centre], 3);
    grid_sequence_release(&sequence);
}

static void extents_are_checked(void **state)
{
    (void)state;
    Error error;
    GridSequence sequence;
    assert_error(grid_sequence_init(&sequence, 0, 5, &error), &error, ERR_ARGUMENT,
                 "GridShapes: 0 objects, expected 1 to 16");
    assert_error(grid_sequence_init(&sequence, 17, 5, &error), &error, ERR_ARGUMENT, "17 objects");
    assert_error(grid_sequence_init(&sequence, 1, 0, &error), &error, ERR_ARGUMENT,
                 "GridShapes: 0 frames, expected 1 to 1000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_are_the_references),
        cmocka_unit_test(statistics_are_the_specifications),
        cmocka_unit_test(labels_tell_the_object),
        cmocka_unit_test(extents_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
