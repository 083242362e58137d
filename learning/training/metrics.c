#include "training/metrics.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

double metric_psnr(const real *prediction, const real *target, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        double difference = (double)prediction[i] - (double)target[i];
        sum += difference * difference;
    }
    return 10.0 * log10(1.0 / (sum / (double)count + 1e-8));
}

/* ---- SSIM ---- */

#define MAPS 5 /* window means of x, y, x^2, y^2, xy */

void metric_ssim_window(double window[SSIM_WINDOW])
{
    double sum = 0.0;
    for (int i = 0; i < SSIM_WINDOW; i++) {
        double offset = i - SSIM_WINDOW / 2;
        window[i] = exp(-offset * offset / (2.0 * 1.5 * 1.5));
        sum += window[i];
    }
    for (int i = 0; i < SSIM_WINDOW; i++)
        window[i] /= sum;
}

/* One image row through the window along x: row (MAPS, width - 10). */
static void filter_row(double *row, const real *x, const real *y, int width, const double *window)
{
    int valid = width - SSIM_WINDOW + 1;
    for (int i = 0; i < valid; i++) {
        double sums[MAPS] = { 0 };
        for (int k = 0; k < SSIM_WINDOW; k++) {
            double a = (double)x[i + k], b = (double)y[i + k], w = window[k];
            sums[0] += w * a;
            sums[1] += w * b;
            sums[2] += w * a * a;
            sums[3] += w * b * b;
            sums[4] += w * a * b;
        }
        for (int m = 0; m < MAPS; m++)
            row[m * valid + i] = sums[m];
    }
}

static double similarity(const double *means)
{
    const double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    double x = means[0], y = means[1];
    double xx = means[2] - x * x, yy = means[3] - y * y, xy = means[4] - x * y;
    return (2.0 * x * y + c1) / (x * x + y * y + c1) * ((2.0 * xy + c2) / (xx + yy + c2));
}

/* Sum of the map's row that ends with image row `last`; rows is a ring of 11 filtered rows. */
static double finish_row(const double *rows, int last, int valid, const double *window)
{
    double sum = 0.0;
    for (int i = 0; i < valid; i++) {
        double means[MAPS] = { 0 };
        for (int k = 0; k < SSIM_WINDOW; k++) {
            int slot = (last + 1 + k) % SSIM_WINDOW; /* oldest first */
            for (int m = 0; m < MAPS; m++)
                means[m] += window[k] * rows[(slot * MAPS + m) * valid + i];
        }
        sum += similarity(means);
    }
    return sum;
}

static double plane_sum(double *rows, const real *x, const real *y, int height, int width,
                        const double *window)
{
    int valid = width - SSIM_WINDOW + 1;
    double sum = 0.0;
    for (int line = 0; line < height; line++) {
        size_t offset = (size_t)line * (size_t)width;
        filter_row(rows + (line % SSIM_WINDOW) * MAPS * valid, x + offset, y + offset, width,
                   window);
        if (line >= SSIM_WINDOW - 1) sum += finish_row(rows, line, valid, window);
    }
    return sum;
}

Status metric_ssim(double *out, const real *prediction, const real *target, int channels,
                   int height, int width, Error *error)
{
    *out = 0.0;
    if (height < SSIM_WINDOW || width < SSIM_WINDOW || channels < 1)
        return error_set(error, ERR_SHAPE, "SSIM needs pictures of 11x11 or more, found %dx%d",
                         width, height);
    int valid_width = width - SSIM_WINDOW + 1, valid_height = height - SSIM_WINDOW + 1;
    double *rows = NULL;
    if (memory_new_array(&rows, (size_t)SSIM_WINDOW * MAPS * (size_t)valid_width, error))
        return error->status;
    double window[SSIM_WINDOW], sum = 0.0;
    metric_ssim_window(window);
    size_t plane = (size_t)height * (size_t)width;
    for (size_t c = 0; c < (size_t)channels; c++)
        sum += plane_sum(rows, prediction + c * plane, target + c * plane, height, width, window);
    memory_free(rows);
    *out = sum / ((double)valid_width * valid_height * channels);
    return OK;
}

/* ---- foreground ARI ---- */

#define LABELS 256

static Status check_label(int label, const char *what, int64_t index, bool may_be_negative,
                          Error *error)
{
    if (label < LABELS && (label >= 0 || may_be_negative)) return OK;
    return error_set(error, ERR_ARGUMENT, "ARI: %s label %d of pixel %lld is outside [0, %d]", what,
                     label, (long long)index, LABELS - 1);
}

/* Number of pairs inside a group. */
static double pairs(int64_t members)
{
    return (double)members * (double)(members - 1) * 0.5;
}

/* Pairs together in both groupings, in the truth, in the prediction; and of all foreground pixels. */
typedef struct PairCounts {
    double both, truth, predicted, all;
} PairCounts;

static PairCounts count_pairs(const int64_t *table)
{
    PairCounts counts = { 0 };
    int64_t columns[LABELS] = { 0 }, total = 0;
    for (int t = 0; t < LABELS; t++) {
        int64_t row = 0;
        for (int p = 0; p < LABELS; p++) {
            counts.both += pairs(table[t * LABELS + p]);
            row += table[t * LABELS + p];
            columns[p] += table[t * LABELS + p];
        }
        counts.truth += pairs(row);
        total += row;
    }
    for (int p = 0; p < LABELS; p++)
        counts.predicted += pairs(columns[p]);
    counts.all = pairs(total);
    return counts;
}

static double adjusted_index(PairCounts counts)
{
    if (counts.all == 0.0) return 1.0; /* a single pixel */
    double expected = counts.truth * counts.predicted / counts.all;
    double best = 0.5 * (counts.truth + counts.predicted);
    return best == expected ? 1.0 : (counts.both - expected) / (best - expected);
}

Status metric_fg_ari(double *out, const int *truth, const int *predicted, int64_t count,
                     Error *error)
{
    *out = (double)NAN;
    int64_t *table = NULL, foreground = 0;
    if (memory_new_array(&table, (size_t)LABELS * LABELS, error)) return error->status;
    Status status = OK;
    for (int64_t i = 0; !status && i < count; i++) {
        status = check_label(truth[i], "true", i, true, error);
        if (!status) status = check_label(predicted[i], "predicted", i, false, error);
        if (status || truth[i] < 0) continue;
        table[truth[i] * LABELS + predicted[i]]++;
        foreground++;
    }
    if (!status && foreground) *out = adjusted_index(count_pairs(table));
    memory_free(table);
    return status;
}

/* ---- overlap of slots with classes ---- */

/* Pixels of class and slot together, of the class, of the slot. */
typedef struct Overlaps {
    int64_t both[SLOT_CLASSES][LABELS], truth[SLOT_CLASSES], predicted[LABELS];
} Overlaps;

static Status count_overlaps(Overlaps *out, const int *truth, const int *predicted, int64_t count,
                             Error *error)
{
    for (int64_t i = 0; i < count; i++) {
        const int class = truth[i], slot = predicted[i];
        if (class < 0 || class >= SLOT_CLASSES || slot < 0 || slot >= LABELS)
            return error_set(error, ERR_ARGUMENT,
                             "slot IoU: pixel %lld has class %d and slot %d, expected classes "
                             "below %d and slots below %d",
                             (long long)i, class, slot, SLOT_CLASSES, LABELS);
        out->both[class][slot]++;
        out->truth[class]++;
        out->predicted[slot]++;
    }
    return OK;
}

static double overlap(const Overlaps *overlaps, int class, int slot)
{
    if (slot < 0 || overlaps->both[class][slot] == 0) return 0.0;
    const int64_t both = overlaps->both[class][slot];
    return (double)both / (double)(overlaps->truth[class] + overlaps->predicted[slot] - both);
}

/*
 * The slots that a class may get: its SLOT_CLASSES best, best first. More are never needed, since the other
 * classes cannot take all of them. -1 from where on nothing overlaps.
 */
static void find_candidates(int *best, const Overlaps *overlaps, int class)
{
    for (int rank = 0; rank < SLOT_CLASSES; rank++) {
        best[rank] = -1;
        for (int slot = 0; slot < LABELS; slot++) {
            bool taken = false;
            for (int i = 0; i < rank; i++)
                taken = taken || best[i] == slot;
            if (!taken && overlap(overlaps, class, slot) > overlap(overlaps, class, best[rank]))
                best[rank] = slot;
        }
    }
}

typedef struct SlotSearch {
    const Overlaps *overlaps;
    int candidates[SLOT_CLASSES][SLOT_CLASSES];
    int slots[SLOT_CLASSES], found[SLOT_CLASSES];
    double rest[SLOT_CLASSES + 1]; /* the classes from here on cannot add more */
    double highest;
} SlotSearch;

static bool is_taken(const SlotSearch *search, int class, int slot)
{
    for (int i = 0; slot >= 0 && i < class; i++)
        if (search->slots[i] == slot) return true;
    return false;
}

/* Every assignment of candidates to the classes from `class` on; `sum` is the overlap of those before. */
static void try_slots(SlotSearch *search, int class, double sum)
{
    if (sum + search->rest[class] <= search->highest) return;
    if (class == SLOT_CLASSES) {
        search->highest = sum;
        memcpy(search->found, search->slots, sizeof search->found);
        return;
    }
    for (int rank = -1; rank < SLOT_CLASSES; rank++) {
        const int slot = rank < 0 ? -1 : search->candidates[class][rank];
        if (rank >= 0 && slot < 0) return;
        if (is_taken(search, class, slot)) continue;
        search->slots[class] = slot;
        try_slots(search, class + 1, sum + overlap(search->overlaps, class, slot));
    }
}

static void fill_slot_iou(SlotIou *out, const SlotSearch *search)
{
    double sum = 0.0;
    int present = 0;
    for (int class = 0; class < SLOT_CLASSES; class ++) {
        if (search->overlaps->truth[class] == 0) continue;
        out->slots[class] = search->found[class];
        out->classes[class] = overlap(search->overlaps, class, search->found[class]);
        sum += out->classes[class];
        present++;
    }
    if (present) out->mean = sum / present;
}

Status metric_slot_iou(SlotIou *out, const int *truth, const int *predicted, int64_t count,
                       Error *error)
{
    Overlaps overlaps = { 0 };
    SlotSearch search = { .overlaps = &overlaps, .highest = -1.0 };
    *out = (SlotIou){ .mean = (double)NAN };
    for (int class = 0; class < SLOT_CLASSES; class ++) {
        out->classes[class] = (double)NAN;
        out->slots[class] = -1;
    }
    const Status status = count_overlaps(&overlaps, truth, predicted, count, error);
    if (status) return status;
    for (int class = SLOT_CLASSES - 1; class >= 0; class --) {
        find_candidates(search.candidates[class], &overlaps, class);
        search.rest[class] =
            search.rest[class + 1] + overlap(&overlaps, class, search.candidates[class][0]);
    }
    try_slots(&search, 0, 0.0);
    fill_slot_iou(out, &search);
    return OK;
}

void metric_mask_labels(int *labels, const real *masks, int slots, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        labels[i] = 0;
        for (int slot = 1; slot < slots; slot++)
            if (masks[slot * count + i] > masks[labels[i] * count + i]) labels[i] = slot;
    }
}

/* ---- over samples, sequences and codes ---- */

static double mean_of(const real *values, int count)
{
    double sum = 0.0;
    for (int i = 0; i < count; i++)
        sum += (double)values[i];
    return sum / count;
}

void metric_best_of(real *best, int *choice, const real *scores, int sequences, int trials,
                    int frames, bool highest)
{
    for (int b = 0; b < sequences; b++) {
        const real *of_sequence = scores + (size_t)b * (size_t)trials * (size_t)frames;
        int found = 0;
        double found_mean = mean_of(of_sequence, frames);
        for (int n = 1; n < trials; n++) {
            double mean = mean_of(of_sequence + (size_t)n * (size_t)frames, frames);
            if (highest ? mean <= found_mean : mean >= found_mean) continue;
            found = n;
            found_mean = mean;
        }
        memcpy(best + (size_t)b * (size_t)frames, of_sequence + (size_t)found * (size_t)frames,
               (size_t)frames * sizeof *best);
        if (choice) choice[b] = found;
    }
}

double metric_mean(real *framewise, const real *values, int sequences, int frames)
{
    double total = 0.0;
    for (int t = 0; t < frames; t++) {
        double sum = 0.0;
        for (int s = 0; s < sequences; s++)
            sum += (double)values[(size_t)s * (size_t)frames + (size_t)t];
        if (framewise) framewise[t] = (real)(sum / sequences);
        total += sum;
    }
    return total / ((double)sequences * frames);
}

void metric_code_distances(real *distances, const real *codes, int count, int size)
{
    for (int a = 0; a < count; a++)
        for (int b = 0; b < count; b++) {
            double sum = 0.0;
            for (int d = 0; d < size; d++) {
                double difference = (double)codes[a * size + d] - (double)codes[b * size + d];
                sum += difference * difference;
            }
            distances[a * count + b] = (real)(sum / size);
        }
}
