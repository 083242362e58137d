#include "training/slot_health.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "training/metrics.h"

Status slot_health_init(SlotHealthSums *out, int slots, int64_t pixels, Error *error)
{
    *out = (SlotHealthSums){ .slots = slots, .capacity = pixels };
    if (slots < 1 || slots > SLOT_HEALTH_SLOTS_MAX)
        return error_set(error, ERR_ARGUMENT, "slot health: %d slots, expected 1 to %d", slots,
                         SLOT_HEALTH_SLOTS_MAX);
    Status status = memory_new_array(&out->overlaps, (size_t)slots * (size_t)slots, error);
    if (!status) status = memory_new_array(&out->labels, (size_t)pixels, error);
    if (!status) status = memory_new_array(&out->previous, (size_t)pixels, error);
    if (status) slot_health_release(out);
    return status;
}

void slot_health_release(SlotHealthSums *sums)
{
    memory_free(sums->overlaps);
    memory_free(sums->labels);
    memory_free(sums->previous);
    *sums = (SlotHealthSums){ 0 };
}

void slot_health_reset(SlotHealthSums *sums)
{
    memset(sums->masks, 0, sizeof sums->masks);
    sums->entropy = 0;
    sums->pixels = sums->kept = sums->swapped = 0;
}

/* --- adding ------------------------------------------------------------------------------------------ */

static void add_masks(SlotHealthSums *sums, const real *masks, int64_t pixels)
{
    for (int n = 0; n < sums->slots; n++) {
        const real *mask = masks + (size_t)n * (size_t)pixels;
        for (int64_t i = 0; i < pixels; i++) {
            const double m = (double)mask[i];
            sums->masks[n] += m;
            if (m > 0) sums->entropy -= m * log(m);
        }
    }
    sums->pixels += pixels;
}

/* pixels of slot `n` in the first frame (rows of the table) or the second (columns) */
static int64_t row_sum(const SlotHealthSums *sums, int n)
{
    int64_t sum = 0;
    for (int j = 0; j < sums->slots; j++)
        sum += sums->overlaps[n * sums->slots + j];
    return sum;
}

static int64_t column_sum(const SlotHealthSums *sums, int n)
{
    int64_t sum = 0;
    for (int i = 0; i < sums->slots; i++)
        sum += sums->overlaps[i * sums->slots + n];
    return sum;
}

/* intersection over union of slot i's pixels in the first frame and slot j's in the second */
static double overlap(const SlotHealthSums *sums, int i, int j)
{
    const double both = (double)sums->overlaps[i * sums->slots + j];
    return both > 0 ? both / ((double)row_sum(sums, i) + (double)column_sum(sums, j) - both) : 0;
}

/* the slot itself among equals */
static bool has_swapped(const SlotHealthSums *sums, int slot)
{
    const double own = overlap(sums, slot, slot);
    for (int j = 0; j < sums->slots; j++)
        if (overlap(sums, slot, j) > own) return true;
    return false;
}

static void compare_frames(SlotHealthSums *sums, int64_t pixels)
{
    const int slots = sums->slots;
    memset(sums->overlaps, 0, (size_t)slots * (size_t)slots * sizeof *sums->overlaps);
    for (int64_t i = 0; i < pixels; i++)
        sums->overlaps[sums->previous[i] * slots + sums->labels[i]]++;
    for (int n = 0; n < slots; n++) {
        if ((double)row_sum(sums, n) < SLOT_DEAD_SHARE * (double)pixels) continue;
        if (row_sum(sums, n) == 0) continue;
        if (has_swapped(sums, n))
            sums->swapped++;
        else
            sums->kept++;
    }
}

void slot_health_add(SlotHealthSums *sums, const real *masks, int frames, int64_t pixels)
{
    for (int t = 0; t < frames; t++) {
        const real *frame = masks + (size_t)t * (size_t)sums->slots * (size_t)pixels;
        add_masks(sums, frame, pixels);
        metric_mask_labels(sums->labels, frame, sums->slots, pixels);
        if (t) compare_frames(sums, pixels);
        int *swap = sums->previous;
        sums->previous = sums->labels;
        sums->labels = swap;
    }
}

void slot_health_merge(SlotHealthSums *sums, const SlotHealthSums *more)
{
    for (int n = 0; n < sums->slots; n++)
        sums->masks[n] += more->masks[n];
    sums->entropy += more->entropy;
    sums->pixels += more->pixels;
    sums->kept += more->kept;
    sums->swapped += more->swapped;
}

/* --- means and words --------------------------------------------------------------------------------- */

SlotHealth slot_health_mean(const SlotHealthSums *sums)
{
    SlotHealth out = { .slots = sums->slots };
    const int64_t followed = sums->kept + sums->swapped;
    double entropy = 0;
    if (!sums->pixels) return out;
    for (int n = 0; n < sums->slots; n++) {
        const double share = sums->masks[n] / (double)sums->pixels;
        out.share[n] = share;
        if (share > 0) entropy -= share * log(share);
    }
    out.use = exp(entropy) / sums->slots;
    if (sums->slots > 1) out.entropy = sums->entropy / (double)sums->pixels / log(sums->slots);
    if (followed) out.swaps = (double)sums->swapped / (double)followed;
    return out;
}

double slot_health_used(const SlotHealth *health)
{
    int alive = 0;
    for (int n = 0; n < health->slots; n++) {
        if (health->slots > 1 && health->share[n] > SLOT_TAKES_ALL_SHARE) return 0;
        alive += health->share[n] >= SLOT_DEAD_SHARE;
    }
    return health->slots ? (double)alive / health->slots : 0;
}

typedef struct Line {
    char *text;
    size_t size, used;
} Line;

static void line_add(Line *line, const char *format, ...) PRINTF_LIKE(2, 3);

static void line_add(Line *line, const char *format, ...)
{
    va_list arguments;
    if (line->used >= line->size) return;
    va_start(arguments, format);
    line->used +=
        (size_t)vsnprintf(line->text + line->used, line->size - line->used, format, arguments);
    va_end(arguments);
}

void slot_health_format(char *out, size_t size, const SlotHealth *health)
{
    Line line = { .text = out, .size = size };
    line_add(&line, "share");
    for (int n = 0; n < health->slots; n++)
        line_add(&line, " %.3f", health->share[n]);
    line_add(&line, ", use %.3f, entropy %.3f, swaps %.3f", health->use, health->entropy,
             health->swaps);
}

void slot_health_warning(char *out, size_t size, const SlotHealth *health)
{
    Line line = { .text = out, .size = size };
    out[0] = 0;
    for (int n = 0; n < health->slots; n++) {
        const char *gap = line.used ? "; " : "";
        if (health->share[n] < SLOT_DEAD_SHARE)
            line_add(&line, "%sslot %d is dead (share %.4f)", gap, n, health->share[n]);
        if (health->slots > 1 && health->share[n] > SLOT_TAKES_ALL_SHARE)
            line_add(&line, "%sslot %d takes all (share %.3f)", gap, n, health->share[n]);
    }
    if (health->swaps > SLOT_SWAPS_MANY)
        line_add(&line, "%sslots swap objects (%.1f %% from one frame to the next)",
                 line.used ? "; " : "", 100 * health->swaps);
}
