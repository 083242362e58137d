/* Names and types of a view's pictures in an episode file. */
#include <stdio.h>
#include <string.h>

#include "data/episode_internal.h"

const LayerDef layer_defs[LAYERS] = {
    [LAYER_FRAMES] = { "frames", DTYPE_U8, 3 },
    [LAYER_LABELS] = { "labels", DTYPE_U8, 0 },
    [LAYER_IDS] = { "ids", DTYPE_I32, 2 },
    [LAYER_DEPTH] = { "depth", DTYPE_F32, 0 },
};

void layer_name(char out[COLUMN_NAME_MAX], const char *camera, int layer)
{
    const char *name = layer_defs[layer].name;
    if (camera)
        snprintf(out, COLUMN_NAME_MAX, VIEW_PREFIX "%s/%s", camera, name);
    else
        snprintf(out, COLUMN_NAME_MAX, "%s", name);
}

Status view_name_check(const char *camera, Error *error)
{
    if (camera && camera[0] && strlen(camera) < EPISODE_NAME_MAX && !strpbrk(camera, ",/"))
        return OK;
    return error_set(
        error, ERR_ARGUMENT,
        "view '%.80s': expected a camera's name of 1 to %d letters without ',' and '/'",
        camera ? camera : "", EPISODE_NAME_MAX - 1);
}
