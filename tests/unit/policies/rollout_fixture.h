/* A sink that remembers what a roll-out shows, and options without pictures. */
#ifndef PLAYSLOT_TESTS_UNIT_POLICIES_ROLLOUT_FIXTURE_H
#define PLAYSLOT_TESTS_UNIT_POLICIES_ROLLOUT_FIXTURE_H

#include <string.h>

#include "policies/rollout.h"
#include "support/test.h"

/* ---- a sink that remembers ---- */

enum { MAX_FRAMES = 128 };

typedef struct Kept {
    int frames, last_frames;
    int decisions[MAX_FRAMES];
    double obs[MAX_FRAMES][ENV_OBS];
    float action[MAX_FRAMES][ENV_ACTION];
    double reward[MAX_FRAMES];
    bool success[MAX_FRAMES];
    bool has_picture, has_labels;
    int display_side,
        display_steps; /* of the large picture; sideways changes of brightness in it */
    uint64_t hash;     /* of everything */
    int fail_at;       /* frame at which to fail; 0: never */
} Kept;

static inline void mix(uint64_t *hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        *hash = (*hash ^ bytes[i]) * UINT64_C(1099511628211);
}

static inline void look_at_display(Kept *kept, const Image *display)
{
    if (!display) return;
    kept->display_side = display->width == display->height ? display->width : -1;
    kept->display_steps = 0;
    for (int i = 1; i < display->width * display->height; i++)
        kept->display_steps += display->pixels[i * 3] != display->pixels[i * 3 - 3];
}

static inline Status keep(void *user, const RolloutFrame *frame, Error *error)
{
    Kept *kept = user;
    const int i = kept->frames++;
    if (kept->fail_at && kept->frames == kept->fail_at)
        return error_set(error, ERR_IO, "disk full");
    if (i >= MAX_FRAMES) return error_set(error, ERR_SHAPE, "too many frames");
    kept->decisions[i] = frame->decision;
    memcpy(kept->obs[i], frame->obs, sizeof kept->obs[i]);
    mix(&kept->hash, frame->obs, sizeof kept->obs[i]);
    mix(&kept->hash, frame->state, (size_t)frame->state_size * sizeof *frame->state);
    kept->has_picture = frame->frame != NULL;
    kept->has_labels = frame->labels != NULL;
    look_at_display(kept, frame->display);
    if (frame->frame)
        mix(&kept->hash, frame->frame->pixels,
            (size_t)frame->frame->width * (size_t)frame->frame->height * 3);
    if (!frame->action) {
        kept->last_frames++;
        return frame->info ? error_set(error, ERR_FORMAT, "info of no step") : OK;
    }
    memcpy(kept->action[i], frame->action, sizeof kept->action[i]);
    kept->reward[i] = frame->reward;
    kept->success[i] = frame->success;
    return OK;
}

static inline RolloutOptions unseen(void)
{
    RolloutOptions options = rollout_options_default();
    options.render = false;
    return options;
}

#endif
