/* The cameras of a rollout and what they show of the present moment; for rollout.c. */
#ifndef PLAYSLOT_POLICIES_ROLLOUT_VIEWS_H
#define PLAYSLOT_POLICIES_ROLLOUT_VIEWS_H

#include "policies/rollout.h"

/* one camera with the buffers that it draws into */
typedef struct View {
    char *name;
    Camera camera;
    Image frame;
    uint8_t *labels; /* NULL when not drawn, as the next two */
    int32_t *ids;
    float *depth;
} View;

typedef struct ViewSet {
    Renderer *renderer; /* NULL when nothing is drawn */
    int count;
    View views[ROLLOUT_VIEWS_MAX];
    RolloutView shown[ROLLOUT_VIEWS_MAX]; /* the same for sinks */
    Renderer *display_renderer;           /* NULL without display_scale */
    Image display;
} ViewSet;

/* cameras and buffers that the options ask for; release also after an error */
MUST_USE Status view_set_init(ViewSet *set, const RolloutOptions *options, const Env *env,
                              Error *error);
void view_set_release(ViewSet *set);
/* look from where the cameras stand now; the free one follows the scene */
MUST_USE Status view_set_aim(ViewSet *set, const Env *env, Error *error);
/* draw everything and put it into the frame; nothing when nothing is rendered */
MUST_USE Status view_set_draw(ViewSet *set, const Env *env, RolloutFrame *frame, Error *error);

#endif
