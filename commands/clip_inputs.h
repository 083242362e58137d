/**
 * Inputs of models for one clip: pixels, actions, and noise from streams named by the clip's index, so that a
 * repeated evaluation gives the same numbers (spec models, 20.5 no. 57).
 */
#ifndef PLAYSLOT_COMMANDS_CLIP_INPUTS_H
#define PLAYSLOT_COMMANDS_CLIP_INPUTS_H

#include <stdbool.h>

#include "commands/clip_loop.h"
#include "graph/plan.h"

/** Frames of the clip, all T of them, into an input of as many values. */
void fill_video(Plan *plan, Node video, const ClipView *clip);
/**
 * Standard normal numbers into an input, unless it is NODE_NONE: element `clip` of the stream "slot-noise"
 * (initial slots), "latent-noise" (latent actions).
 */
void fill_noise(Plan *plan, const Graph *graph, Node input, const char *stream, uint64_t seed,
                int clip);
/** Zeros into an input instead, unless it is NODE_NONE: latent actions without noise are their means. */
void fill_zero(Plan *plan, const Graph *graph, Node input);
/**
 * The clip's actions into an input (1, T', A), T' <= T - 1, unless it is NODE_NONE. ERR_SHAPE when the data's
 * have another width.
 */
MUST_USE Status fill_actions(Plan *plan, const Graph *graph, Node input, const ClipView *clip,
                             Error *error);

/** Point "dataset" at the data to evaluate on: the expert demonstrations, or a folder (may be NULL). */
MUST_USE Status use_evaluation_data(Json *params, bool expert, const char *folder, Error *error);
/** `name`, with "_ExpertPolicy" after it on the expert demonstrations, as the reference does. memory_free. */
MUST_USE Status evaluation_name(char **out, const char *name, bool expert, Error *error);

#endif
