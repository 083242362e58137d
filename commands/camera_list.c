#include "commands/camera_list.h"

#include <stdio.h>
#include <string.h>

_Static_assert(ROLLOUT_VIEWS_MAX == EPISODE_VIEWS_MAX, "an episode holds what a rollout shows");

static Status add(CameraList *list, const char *name, size_t length, Error *error)
{
    if (!length || length >= EPISODE_NAME_MAX)
        return error_set(error, ERR_ARGUMENT, "camera '%.*s': expected 1 to %d letters",
                         (int)(length < 80 ? length : 80), name, EPISODE_NAME_MAX - 1);
    if (list->count == ROLLOUT_VIEWS_MAX)
        return error_set(error, ERR_ARGUMENT, "more than %d cameras", ROLLOUT_VIEWS_MAX);
    char *copy = list->names[list->count];
    snprintf(copy, EPISODE_NAME_MAX, "%.*s", (int)length, name);
    for (int i = 0; i < list->count; i++)
        if (!strcmp(list->names[i], copy))
            return error_set(error, ERR_ARGUMENT, "camera '%s' is named twice", copy);
    list->count++;
    return OK;
}

Status camera_list_parse(CameraList *out, const char *text, Error *error)
{
    *out = (CameraList){ 0 };
    for (;;) {
        const size_t length = strcspn(text, ",");
        const Status status = add(out, text, length, error);
        if (status) return error_wrap(error, "--camera");
        if (!text[length]) return OK;
        text += length + 1;
    }
}

void camera_list_of_episode(CameraList *out, const Episode *episode)
{
    *out = (CameraList){ .count = episode->view_count };
    memcpy(out->names, episode->cameras, sizeof out->names);
}

void camera_list_apply(RolloutOptions *options, const CameraList *list)
{
    memset(options->further, 0, sizeof options->further);
    if (list->count) options->camera = list->names[0];
    for (int i = 1; i < list->count; i++)
        options->further[i - 1] = list->names[i];
}
