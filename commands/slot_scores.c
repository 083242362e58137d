#include "commands/slot_scores.h"

#include <math.h>

#include "base/memory.h"
#include "commands/metric_table.h"
#include "data/episode.h"

Status slot_scores_init(SlotScores *out, int clips, Error *error)
{
    *out = (SlotScores){ .clips = clips };
    Status status = memory_new_array(&out->ari, (size_t)clips, error);
    if (!status) status = memory_new_array(&out->iou, (size_t)clips, error);
    if (!status) status = memory_new_array(&out->health, (size_t)clips, error);
    if (status) slot_scores_release(out);
    return status;
}

void slot_scores_release(SlotScores *scores)
{
    memory_free(scores->ari);
    memory_free(scores->iou);
    memory_free(scores->health);
    *scores = (SlotScores){ 0 };
}

Status slot_scratch_init(SlotScratch *out, int slots, size_t pixels, Error *error)
{
    *out = (SlotScratch){ 0 };
    Status status = memory_new_array(&out->truth, pixels, error);
    if (!status) status = memory_new_array(&out->labels, pixels, error);
    if (!status) status = slot_health_init(&out->health, slots, (int64_t)pixels, error);
    if (status) slot_scratch_release(out);
    return status;
}

void slot_scratch_release(SlotScratch *scratch)
{
    memory_free(scratch->truth);
    memory_free(scratch->labels);
    slot_health_release(&scratch->health);
    *scratch = (SlotScratch){ 0 };
}

/* ARI leaves the background out, the overlap with classes does not and takes objects beyond the last class together */
static Status measure_labels(SlotScores *scores, SlotScratch *scratch, int clip, size_t pixels,
                             Error *error)
{
    int *truth = scratch->truth;
    for (size_t i = 0; i < pixels; i++) {
        if (!truth[i]) truth[i] = -1;
    }
    const Status status =
        metric_fg_ari(&scores->ari[clip], truth, scratch->labels, (int64_t)pixels, error);
    if (status) return status;
    for (size_t i = 0; i < pixels; i++) {
        if (truth[i] < 0) truth[i] = EPISODE_BACKGROUND;
        if (truth[i] >= SLOT_CLASSES) truth[i] = SLOT_CLASSES - 1;
    }
    return metric_slot_iou(&scores->iou[clip], truth, scratch->labels, (int64_t)pixels, error);
}

static void measure_health(SlotScores *scores, SlotScratch *scratch, const ClipView *clip,
                           const real *masks)
{
    SlotHealthSums *health = &scores->health[clip->index];
    slot_health_reset(&scratch->health);
    slot_health_add(&scratch->health, masks, clip->real_frames, (int64_t)clip->H * clip->W);
    *health = (SlotHealthSums){ .slots = scratch->health.slots };
    slot_health_merge(health, &scratch->health);
}

Status slot_scores_measure(SlotScores *scores, SlotScratch *scratch, const ClipView *clip,
                           const real *masks, int slots, Error *error)
{
    const size_t area = (size_t)clip->H * (size_t)clip->W;
    const size_t pixels = area * (size_t)clip->real_frames;
    measure_health(scores, scratch, clip, masks);
    scores->ari[clip->index] = (double)NAN;
    if (!clip->labels) return metric_slot_iou(&scores->iou[clip->index], NULL, NULL, 0, error);
    for (size_t i = 0; i < pixels; i++)
        scratch->truth[i] = clip->labels[i];
    for (int t = 0; t < clip->real_frames; t++) {
        metric_mask_labels(scratch->labels + (size_t)t * area,
                           masks + (size_t)t * (size_t)slots * area, slots, (int64_t)area);
    }
    return measure_labels(scores, scratch, clip->index, pixels, error);
}

/* of the values that are there; NaN when there is none */
typedef struct Mean {
    double sum;
    int count;
} Mean;

static void mean_add(Mean *mean, double value)
{
    if (isnan(value)) return;
    mean->sum += value;
    mean->count++;
}

static double mean_value(Mean mean)
{
    return mean.count ? mean.sum / mean.count : (double)NAN;
}

double slot_scores_ari(const SlotScores *scores)
{
    Mean mean = { 0 };
    for (int i = 0; i < scores->clips; i++)
        mean_add(&mean, scores->ari[i]);
    return mean_value(mean);
}

SlotIou slot_scores_iou(const SlotScores *scores)
{
    Mean mean = { 0 }, classes[SLOT_CLASSES] = { { 0 } };
    SlotIou out;
    for (int i = 0; i < scores->clips; i++) {
        mean_add(&mean, scores->iou[i].mean);
        for (int c = 0; c < SLOT_CLASSES; c++)
            mean_add(&classes[c], scores->iou[i].classes[c]);
    }
    out.mean = mean_value(mean);
    for (int c = 0; c < SLOT_CLASSES; c++) {
        out.classes[c] = mean_value(classes[c]);
        out.slots[c] = -1;
    }
    return out;
}

SlotHealth slot_scores_health(const SlotScores *scores)
{
    SlotHealthSums sums = { .slots = scores->clips ? scores->health[0].slots : 0 };
    for (int i = 0; i < scores->clips; i++)
        slot_health_merge(&sums, &scores->health[i]);
    return slot_health_mean(&sums);
}

Status slot_health_json(Json **out, const SlotHealth *health, Error *error)
{
    Json *shares = json_array();
    Status status = OK;
    *out = json_object();
    for (int n = 0; !status && n < health->slots; n++)
        status = json_append(shares, json_rounded(health->share[n]), error);
    if (status)
        json_destroy(shares);
    else
        status = json_set(*out, "share", shares, error);
    if (!status) status = json_set(*out, "use", json_rounded(health->use), error);
    if (!status) status = json_set(*out, "entropy", json_rounded(health->entropy), error);
    if (!status) status = json_set(*out, "swaps", json_rounded(health->swaps), error);
    if (!status) return OK;
    json_destroy(*out);
    *out = NULL;
    return status;
}

double slot_iou_objects(const SlotIou *iou)
{
    Mean mean = { 0 };
    for (int c = EPISODE_OBJECT; c < SLOT_CLASSES; c++)
        mean_add(&mean, iou->classes[c]);
    return mean_value(mean);
}

Status slot_iou_json(Json **out, const SlotIou *iou, Error *error)
{
    *out = json_object();
    Status status = json_set(*out, "mean", json_rounded(iou->mean), error);
    if (!status)
        status =
            json_set(*out, "background", json_rounded(iou->classes[EPISODE_BACKGROUND]), error);
    if (!status) status = json_set(*out, "robot", json_rounded(iou->classes[EPISODE_ROBOT]), error);
    if (!status) status = json_set(*out, "object", json_rounded(slot_iou_objects(iou)), error);
    if (!status) return OK;
    json_destroy(*out);
    *out = NULL;
    return status;
}
