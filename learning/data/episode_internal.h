/* Names and layout shared by the writer and the reader of episodes. */
#ifndef PLAYSLOT_DATA_EPISODE_INTERNAL_H
#define PLAYSLOT_DATA_EPISODE_INTERNAL_H

#include "data/episode.h"

#define EPISODE_FORMAT    "playslot-episode-1"
#define EXTRA_PREFIX      "extra."
#define VIEW_PREFIX       "views/" /* then the camera, "/" and the name of a layer */
#define VIEWS_KEY         "views"
#define COLUMN_NAME_MAX   (EPISODE_NAME_MAX + 16)
#define EPISODE_SIZE_MAX  16384   /* of any extent but the number of steps */
#define EPISODE_STEPS_MAX 1000000 /* keeps every byte count inside 64 bits */

/* pictures of a view, in the order of columns */
enum { LAYER_FRAMES, LAYER_LABELS, LAYER_IDS, LAYER_DEPTH, LAYERS };

typedef struct LayerDef {
    const char *name;
    DType dtype;
    int channels; /* last extent of a picture, 0: pictures have none */
} LayerDef;
extern const LayerDef layer_defs[LAYERS];

/* the name of a column: of the first view with camera NULL */
void layer_name(char out[COLUMN_NAME_MAX], const char *camera, int layer);
/* ERR_ARGUMENT for a camera's name that would not come back from a file */
MUST_USE Status view_name_check(const char *camera, Error *error);

#endif
