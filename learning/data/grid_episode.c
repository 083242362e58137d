/* a GridShapes sequence as an episode */
#include <stdio.h>
#include <string.h>

#include "data/gridshapes.h"
#include "data/layout_internal.h"
#include "data/memory_episode.h"

enum { OBS_PER_OBJECT = 4 }; /* y, x, velocity y, velocity x */

static void fill_info(EpisodeInfo *info, uint32_t seed)
{
    layout_info(info, LAYOUT_GRIDSHAPES);
    info->seed = seed;
    snprintf(info->policy, sizeof info->policy, "chance");
}

/* background, then shape and colour of each object: the same at every moment */
static void fill_state(double *state, const GridSequence *sequence)
{
    for (int t = 0; t < sequence->frames; t++) {
        *state++ = sequence->background;
        for (int i = 0; i < sequence->objects; i++) {
            *state++ = sequence->shape[i];
            *state++ = sequence->color[i];
        }
    }
}

/* frame t is moment t; the action that led to frame t + 1 is decision t */
static void fill_columns(EpisodeColumns *columns, const GridSequence *sequence)
{
    const size_t area = (size_t)sequence->frames * GRID_SIDE * GRID_SIDE;
    const int objects = sequence->objects, moves = sequence->frames * objects;
    memcpy(columns->frames, sequence->pixels, area * 3);
    memcpy(columns->labels, sequence->labels, area);
    fill_state(columns->state, sequence);
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
                                 .state_size = 1 + 2 * objects,
                                 .has_labels = true };
    *out = NULL;
    Status status = grid_sequence_init(&sequence, objects, frames, error);
    if (status) return status;
    grid_sequence_generate(&sequence, seed);
    fill_info(&info, seed);
    status = memory_episode_create(out, &columns, &shape, frames - 1, &info, error);
    if (!status) fill_columns(&columns, &sequence);
    grid_sequence_release(&sequence);
    return status;
}
