/**
 * Slot health: how a SAVi shares pictures out among its slots, from its masks alone, without true segmentation.
 * Shows early what a loss does not: slots that explain nothing, one slot that explains everything, slots that
 * trade objects from frame to frame.
 */
#ifndef PLAYSLOT_TRAINING_SLOT_HEALTH_H
#define PLAYSLOT_TRAINING_SLOT_HEALTH_H

#include <stdint.h>

#include "base/status.h"
#include "tensor/tensor.h"

#define SLOT_HEALTH_SLOTS_MAX 256

/** A slot with a smaller share than this is dead: a quarter of a 16 x 16 patch in a picture of 64 x 64. */
#define SLOT_DEAD_SHARE 0.005
/** A slot with a larger share than this takes all. */
#define SLOT_TAKES_ALL_SHARE 0.95
/** More swaps than this are worth a warning. */
#define SLOT_SWAPS_MANY 0.1

typedef struct SlotHealth {
    int slots; /* N */
    double share
        [SLOT_HEALTH_SLOTS_MAX]; /* mean of each slot's mask over clips, frames, pixels; sum 1 */
    double use; /* exp(entropy of the shares) / N: 1 when all are equal, 1/N when one takes all */
    double
        entropy; /* mean entropy of a pixel's masks / ln N: 0 decided, 1 undecided; 0 when N is 1 */
    /*
     * Of all slots alive in a frame (argmax of the masks on SLOT_DEAD_SHARE of the pixels or more) and followed
     * by another frame: the part whose pixels overlap most, by intersection over union, with those of another
     * slot there. 0 when objects keep their slots, and when there is no second frame.
     */
    double swaps;
} SlotHealth;

/** Sums on the way there. */
typedef struct SlotHealthSums {
    int slots;
    double masks[SLOT_HEALTH_SLOTS_MAX];
    double entropy;
    int64_t pixels;         /* over clips and frames */
    int64_t kept, swapped;  /* slots followed from frame to frame */
    int64_t *overlaps;      /* (N, N) pixels of slot i, then of slot j */
    int *labels, *previous; /* (L) argmax of two frames */
    int64_t capacity;       /* of labels, in pixels */
} SlotHealthSums;

/** For `slots` slots and pictures of up to `pixels` pixels; slot_health_release. */
MUST_USE Status slot_health_init(SlotHealthSums *out, int slots, int64_t pixels, Error *error);
void slot_health_release(SlotHealthSums *sums); /* accepts zeroed */
/** Start again from nothing. */
void slot_health_reset(SlotHealthSums *sums);
/** Add a clip: masks (T, N, L) that sum to 1 over N; L must not be above init's pixels. Allocates nothing. */
void slot_health_add(SlotHealthSums *sums, const real *masks, int frames, int64_t pixels);
/** Add what was summed elsewhere, for the same number of slots. */
void slot_health_merge(SlotHealthSums *sums, const SlotHealthSums *more);
/** The means; all 0 before the first clip. */
SlotHealth slot_health_mean(const SlotHealthSums *sums);

/** Part of the slots that are alive; 0 when one slot takes all. */
double slot_health_used(const SlotHealth *health);

/** One line, "share 0.62 0.31 0.07, use 0.78, entropy 0.12, swaps 0.01"; cut off at `size`. */
void slot_health_format(char *out, size_t size, const SlotHealth *health);
/**
 * What is wrong, in one line: "slot 2 is dead (share 0.001)", "slot 0 takes all ...", "slots swap ..."; "" when
 * nothing is.
 */
void slot_health_warning(char *out, size_t size, const SlotHealth *health);

#endif
