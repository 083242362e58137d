/**
 * Cameras named in one option: "playslot,corner2,gripperPOV". Policies see the first.
 */
#ifndef PLAYSLOT_COMMANDS_CAMERA_LIST_H
#define PLAYSLOT_COMMANDS_CAMERA_LIST_H

#include "base/status.h"
#include "data/episode.h"
#include "policies/rollout.h"

typedef struct CameraList {
    int count;
    char names[ROLLOUT_VIEWS_MAX][EPISODE_NAME_MAX];
} CameraList;

/** ERR_ARGUMENT for an empty name, one that is too long, one that comes twice, or too many. */
MUST_USE Status camera_list_parse(CameraList *out, const char *text, Error *error);
/** The cameras of an episode, whose pictures are there. */
void camera_list_of_episode(CameraList *out, const Episode *episode);
/** Into the options' camera and further ones; the list is lent to the options. */
void camera_list_apply(RolloutOptions *options, const CameraList *list);

#endif
