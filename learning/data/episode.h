/**
 * Episode: one recorded episode = one `.safetensors` file (also opened by Python's `safetensors`).
 *
 * T decisions make T + 1 moments; moment t is what the policy saw before action t, moment T the last one.
 *
 *   frames  U8  (T+1, H, W, 3)  pictures, top row first; absent when nothing was rendered
 *   labels  U8  (T+1, H, W)     segmentation classes (EpisodeLabel), optional
 *   ids     I32 (T+1, H, W, 2)  index and MuJoCo type (5 geom, 6 site) of what a pixel shows, -1 -1: nothing; optional
 *   depth   F32 (T+1, H, W)     metres along the viewing axis, optional
 *   views/<camera>/frames       the same moments seen by a further camera; so /labels, /ids, /depth: each further
 *                               view has the size and the layers of the first
 *   action  F32 (T, A)          the action as it was given to the environment
 *   obs     F64 (T+1, O)        the task's observation; absent when O is 0
 *   state   F64 (T+1, S)        full simulator state (sim_state_size); absent when S is 0
 *   reward  F64 (T)             sum over the control steps of the decision
 *   success U8  (T)             1 when the task reported success during this decision
 *   extra.<name> F64 (T)        further columns, as many as wanted
 *
 * The metadata are the strings of EpisodeInfo, numbers in decimal; and, if there are further views, `views`: their
 * cameras in order, separated by commas.
 */
#ifndef PLAYSLOT_DATA_EPISODE_H
#define PLAYSLOT_DATA_EPISODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/safetensors.h"
#include "base/status.h"

#define EPISODE_SUFFIX     ".safetensors"
#define EPISODE_NAME_MAX   64
#define EPISODE_FACTS_MAX  512
#define EPISODE_EXTRAS_MAX 16
#define EPISODE_VIEWS_MAX  16 /* the first and the further ones */
#define EPISODE_VIEWS_TEXT (EPISODE_VIEWS_MAX * EPISODE_NAME_MAX)

/** Classes of `labels`. FG-ARI leaves the background out. */
typedef enum EpisodeLabel { EPISODE_BACKGROUND, EPISODE_ROBOT, EPISODE_OBJECT } EpisodeLabel;

/** Where an episode comes from. */
typedef struct EpisodeInfo {
    char task[EPISODE_NAME_MAX];    /* "button-press" */
    char camera[EPISODE_NAME_MAX];  /* "playslot"; "" without frames */
    char quality[EPISODE_NAME_MAX]; /* render quality "reference" or "fast"; "" without frames */
    char policy[EPISODE_NAME_MAX];  /* who decided: "expert", "improved", "explore", ... */
    char facts[EPISODE_FACTS_MAX];  /* what else the policy wants remembered: JSON text, or "" */
    /** Version of the task's reward function: "v2", "v1". */
    char reward_version[EPISODE_NAME_MAX];
    uint64_t seed;                   /* the episode's seed */
    int action_repeat;               /* control steps per decision */
    int random_start;                /* random actions before moment 0 */
    char playslot[EPISODE_NAME_MAX]; /* versions */
    char mujoco[EPISODE_NAME_MAX];
} EpisodeInfo;

/** Extents of an episode's columns; 0 means that the column is absent (actions must be at least 1). */
typedef struct EpisodeShape {
    int height, width;                           /* of frames and labels: both 0 or both positive */
    int action_size;                             /* A */
    int obs_size;                                /* O */
    int state_size;                              /* S */
    bool has_labels, has_ids, has_depth;         /* need frames */
    int extra_count;                             /* at most EPISODE_EXTRAS_MAX */
    const char *extra_names[EPISODE_EXTRAS_MAX]; /* lent until the writer is destroyed */
    int further_count;                           /* views beside the first; they need frames */
    const char *further[EPISODE_VIEWS_MAX - 1];  /* their cameras; lent as above */
} EpisodeShape;

/** What one camera shows: of one moment (written), of all (read). Absent columns: ignored, NULL. */
typedef struct EpisodeView {
    const uint8_t *frames; /* (H, W, 3) */
    const uint8_t *labels; /* (H, W) */
    const int32_t *ids;    /* (H, W, 2) */
    const float *depth;    /* (H, W) */
} EpisodeView;

/** What is seen at one moment; pointers of absent columns are ignored. All lent for the call. */
typedef struct EpisodeMoment {
    const uint8_t *pixels;      /* (H, W, 3): Image.pixels */
    const uint8_t *labels;      /* (H, W) */
    const double *obs;          /* (O) */
    const double *state;        /* (S) */
    const int32_t *ids;         /* (H, W, 2) */
    const float *depth;         /* (H, W) */
    const EpisodeView *further; /* (further_count) */
} EpisodeMoment;

/** One decision and the moment after it. */
typedef struct EpisodeStep {
    const float *action; /* (A) */
    double reward;
    bool success;
    const double *extras; /* (extra_count) */
    EpisodeMoment after;
} EpisodeStep;

typedef struct EpisodeWriter EpisodeWriter;

/** ERR_ARGUMENT for extents that make no sense. Collects in memory, which grows amortised. */
MUST_USE Status episode_writer_create(EpisodeWriter **out, const EpisodeShape *shape, Error *error);
/** What was not finished is forgotten; NULL is fine. */
void episode_writer_destroy(EpisodeWriter *writer);
/** Start an episode with its moment 0 (forgets an unfinished one, keeps the memory). */
MUST_USE Status episode_writer_begin(EpisodeWriter *writer, const EpisodeMoment *first,
                                     Error *error);
/** Append a decision. ERR_ARGUMENT before begin; ERR_NUMERIC for NaN or infinity in action or reward. */
MUST_USE Status episode_writer_append(EpisodeWriter *writer, const EpisodeStep *step, Error *error);
/** Decisions appended so far. */
int episode_writer_steps(const EpisodeWriter *writer);
/**
 * Write the episode (aside, synced, renamed: `path` is complete or absent) and be ready for the next begin.
 * Equal content gives equal bytes. ERR_ARGUMENT without a decision. After an error it can be tried again.
 */
MUST_USE Status episode_writer_finish(EpisodeWriter *writer, const EpisodeInfo *info,
                                      const char *path, Error *error);

enum { EPISODE_ALIGNED_MAX = 8 + 4 * EPISODE_VIEWS_MAX };

/** An open episode: every pointer is borrowed from it, aligned, and NULL when the column is absent. */
typedef struct Episode {
    EpisodeInfo info;
    int steps;         /* T >= 1 */
    int height, width; /* 0 without frames */
    int action_size, obs_size, state_size;
    const uint8_t *frames;                /* (T+1, H, W, 3) */
    const uint8_t *labels;                /* (T+1, H, W) */
    const float *action;                  /* (T, A) */
    const double *obs;                    /* (T+1, O) */
    const double *state;                  /* (T+1, S) */
    const double *reward;                 /* (T) */
    const uint8_t *success;               /* (T) */
    bool succeeded;                       /* any of success */
    double total_reward;                  /* sum of reward */
    int view_count;                       /* 0 without frames */
    EpisodeView views[EPISODE_VIEWS_MAX]; /* (T+1, ...); [0] repeats frames and labels */
    char cameras[EPISODE_VIEWS_MAX][EPISODE_NAME_MAX]; /* of the views; [0] is info.camera */
    Safetensors *file; /* the mapped file, extra columns through episode_extra; NULL: in memory */
    void *aligned
        [EPISODE_ALIGNED_MAX]; /* columns of its own: copies of unaligned ones, all of those in memory */
    int aligned_count;
} Episode;

/**
 * Map a file and check all of it but the pictures: names, types, shapes that agree with each other, metadata,
 * finite actions and rewards, success 0 or 1. ERR_IO, ERR_FORMAT, ERR_SHAPE, ERR_NUMERIC.
 */
MUST_USE Status episode_open(Episode **out, const char *path, Error *error);
/** NULL is fine. */
void episode_close(Episode *episode);
/** Picture of moment t in [0, steps]: (H, W, 3). */
const uint8_t *episode_frame(const Episode *episode, int t);
/** Labels of moment t, or NULL when the episode has none. */
const uint8_t *episode_labels(const Episode *episode, int t);
/** What a view (of the first or a further camera) shows at moment t. */
EpisodeView episode_view(const Episode *episode, int view, int t);
/** Column "extra.<name>" (T), or NULL. */
const double *episode_extra(const Episode *episode, const char *name);

#endif
