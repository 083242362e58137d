/* a GridShapes sequence as an episode */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "data/gridshapes.h"
#include "data/layout_internal.h"
#include "data/memory_episode.h"

enum { OBS_PER_OBJECT = 4 }; /* y, x, velocity y, velocity x */

static void fill_info(EpisodeInfo *info, const GridSequence *sequence, uint32_t seed)
{
    layout_info(info, LAYOUT_GRIDSHAPES);
    info->seed = seed;
    snprintf(info->policy, sizeof info->policy, "chance");
    size_t used = (size_t)snprintf(info->facts, sizeof info->facts, "{\"background\":\"%s\"",
                                   grid_color_name(sequence->background));
    for (int i = 0; i < sequence->objects && used < sizeof info->facts; i++)
        used += (size_t)snprintf(info->facts + used, sizeof info->facts - used, "%s\"%s %s\"%s",
                                 i ? "," : ",\"objects\":[", grid_color_name(sequence->color[i]),
                                 grid_shape_name(sequence->shape[i]),
                                 i + 1 < sequence->objects ? "" : "]}");
}

/* frame t is moment t; the action that led to frame t + 1 is decision t */
static void fill_columns(EpisodeColumns *columns, const GridSequence *sequence)
{
    const size_t area = (size_t)sequence->frames * GRID_SIDE * GRID_SIDE;
    const int objects = sequence->objects, moves = sequence->frames * objects;
    memcpy(columns->frames, sequence->pixels, area * 3);
    memcpy(columns->labels, sequence->labels, area);
    for (int i = 0; i < moves; i++) {
        double *obs = columns->obs + (size_t)i * OBS_PER_OBJECT;
        obs[0] = sequence->position[i].y;
        obs[1] = sequence->position[i].x;
        obs[2] = sequence->velocity[i].y;
        obs[3] = sequence->velocity[i].x;
        if (i >= objects) columns->action[i - objects] = (float)sequence->action[i];
    }
}

Status grid_episode(Episode **out, uint32_t seed, int objects, int frames, Error *error)
{
    EpisodeInfo info;
    EpisodeColumns columns;
    GridSequence sequence;
    const EpisodeShape shape = { .height = GRID_SIDE,
                                 .width = GRID_SIDE,
                                 .action_size = objects,
                                 .obs_size = objects * OBS_PER_OBJECT,
                                 .has_labels = true };
    *out = NULL;
    Status status = grid_sequence_init(&sequence, objects, frames, error);
    if (status) return status;
    grid_sequence_generate(&sequence, seed);
    fill_info(&info, &sequence, seed);
    status = memory_episode_create(out, &columns, &shape, frames - 1, &info, error);
    if (!status) fill_columns(&columns, &sequence);
    grid_sequence_release(&sequence);
    return status;
}
