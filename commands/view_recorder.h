/**
 * View recorder: every camera of a rollout in one picture, a column for each camera and a row for each of
 * frames, labels, ids and depth, as a video of the episode or a picture of its last moment.
 */
#ifndef PLAYSLOT_COMMANDS_VIEW_RECORDER_H
#define PLAYSLOT_COMMANDS_VIEW_RECORDER_H

#include "base/status.h"
#include "policies/rollout.h"

typedef struct ViewRecorder ViewRecorder;

/** The end of `path` decides: .png the last moment, .mp4, .m4v or .gif all of them (ERR_ARGUMENT otherwise). */
MUST_USE Status view_recorder_open(ViewRecorder **out, const char *path, int fps, Error *error);
/** A FrameSink's push with the recorder as `user`. ERR_ARGUMENT for a rollout that renders nothing. */
MUST_USE Status view_recorder_push(void *user, const RolloutFrame *frame, Error *error);
/** Complete the file and free the recorder, also after an error; NULL is fine. */
MUST_USE Status view_recorder_close(ViewRecorder *recorder, Error *error);
/** Drop the recording; NULL is fine. */
void view_recorder_abort(ViewRecorder *recorder);

#endif
