/**
 * Episode panel: simulator | prediction | masks | overlay and a strip per slot for every decision of one
 * episode, written as MP4 and GIF when it is over.
 */
#ifndef PLAYSLOT_COMMANDS_EPISODE_PANEL_H
#define PLAYSLOT_COMMANDS_EPISODE_PANEL_H

#include "base/status.h"
#include "policies/learned/slot_policy.h"
#include "policies/rollout.h"

typedef struct EpisodePanel EpisodePanel;

/** For pictures of width x height with `slots` slots; `max_decisions` bounds the length. */
MUST_USE Status episode_panel_create(EpisodePanel **out, int width, int height, int slots,
                                     int max_decisions, const char *title, Error *error);
void episode_panel_destroy(EpisodePanel *panel); /* NULL is fine */

/** Forget the last episode. `note` ("seed 12") stands beside the title; copied. */
void episode_panel_begin(EpisodePanel *panel, const char *note);
/**
 * Draw one moment. `success` from the moment on that shows the solved task; `view` as the policy saw this
 * frame. Moments beyond max_decisions + 1 are ignored.
 */
MUST_USE Status episode_panel_push(EpisodePanel *panel, const RolloutFrame *frame,
                                   const SlotView *view, bool success, Error *error);
/** Write <folder>/panel.mp4 and panel.gif (the folder is made). */
MUST_USE Status episode_panel_write(EpisodePanel *panel, const char *folder, Error *error);

#endif
