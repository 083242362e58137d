/**
 * bench_explore [--seeds FIRST COUNT] [--policy NAME] [task...]: what exploration of the Fetch tasks does to the blocks, by
 * default in 100 episodes of PushOdd_3Distractors_Dense-v1, seeds 0 and on, decisions of two control steps up to
 * the horizon. JSON lines on stdout: share of decisions in which some block moved by a millimetre or more; how far
 * blocks travelled, in metres per block and episode; share of blocks that were touched in an episode, and of those
 * that fell off the table; share of decisions with the hand low enough to touch; successes.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envs/fetch/fetch_sight.h"
#include "policies/rollout.h"

enum { REPEAT = 2 };
#define MOVED  0.001
#define LOW    0.47
#define FALLEN 0.40

typedef struct Watch {
    const Rollout *rollout;
    FetchSight last;
    bool begun, touched[FETCH_BLOCKS];
    int decisions, moving, low; /* decisions: all, with a moving block, with a low hand */
    int blocks, touches, falls; /* blocks: all, touched, fallen */
    double travel;
} Watch;

static void fail(const Error *error)
{
    fprintf(stderr, "bench_explore: %s\n", error->text);
    exit(1);
}

static bool watch_blocks(Watch *watch, const FetchSight *now)
{
    bool moving = false;
    for (int i = 0; i < now->blocks; i++) {
        const double *to = now->block[i], *from = watch->last.block[i];
        const double way = hypot(to[0] - from[0], to[1] - from[1]);
        if (way < MOVED || from[2] < FALLEN) continue;
        watch->travel += way;
        watch->touched[i] = moving = true;
    }
    return moving;
}

static Status watch_frame(void *user, const RolloutFrame *frame, Error *error)
{
    Watch *watch = user;
    FetchSight now;
    (void)error;
    if (!frame->action || !fetch_see(&now, rollout_env(watch->rollout))) return OK;
    if (watch->begun) {
        watch->decisions++;
        watch->moving += watch_blocks(watch, &now);
        watch->low += now.grip[2] < LOW;
    }
    watch->begun = true;
    watch->last = now;
    return OK;
}

static void end_episode(Watch *watch)
{
    for (int i = 0; i < watch->last.blocks; i++) {
        watch->blocks++;
        watch->touches += watch->touched[i];
        watch->falls += watch->last.block[i][2] < FALLEN;
        watch->touched[i] = false;
    }
    watch->begun = false;
}

static void measure(const char *task, const char *name, uint64_t first, int count)
{
    Error error;
    Rollout *rollout = NULL;
    Policy *policy = NULL;
    int successes = 0;
    PolicyOptions options = policy_options_default();
    RolloutOptions rollout_options = rollout_options_parity(250);
    options.task = rollout_options.env.task = task;
    rollout_options.action_repeat = REPEAT;
    rollout_options.clip_actions = true;
    if (rollout_create(&rollout, &rollout_options, NULL, &error) ||
        policy_create(&policy, name, &options, &error))
        fail(&error);
    Watch watch = { .rollout = rollout };
    const FrameSink sink = { .push = watch_frame, .user = &watch };
    for (int i = 0; i < count; i++) {
        EpisodeResult result;
        if (rollout_run(&result, rollout, policy, first + (uint64_t)i, &sink, &error)) fail(&error);
        successes += result.success;
        end_episode(&watch);
    }
    const double decisions = watch.decisions ? watch.decisions : 1,
                 blocks = watch.blocks ? watch.blocks : 1;
    printf("{\"bench\": \"explore\", \"task\": \"%s\", \"policy\": \"%s\", \"episodes\": %d, "
           "\"moving\": "
           "%.3f, \"travel_m\": %.3f, \"touched\": %.3f, \"fallen\": %.4f, \"low\": %.3f, "
           "\"successes\": %d}\n",
           task, name, count, watch.moving / decisions, watch.travel / blocks,
           watch.touches / blocks, watch.falls / blocks, watch.low / decisions, successes);
    fflush(stdout);
    policy_destroy(policy);
    rollout_destroy(rollout);
}

int main(int count, char **words)
{
    uint64_t first = 0;
    int episodes = 100, i = 1;
    const char *policy = "explore";
    for (; i < count && strncmp(words[i], "--", 2) == 0; i++) {
        if (strcmp(words[i], "--policy") == 0 && i + 1 < count) {
            policy = words[++i];
        } else if (strcmp(words[i], "--seeds") == 0 && i + 2 < count) {
            first = strtoull(words[++i], NULL, 10);
            episodes = atoi(words[++i]);
        } else {
            fprintf(stderr, "bench_explore: unknown or incomplete option '%s'\n", words[i]);
            return 2;
        }
    }
    if (i == count) measure("PushOdd_3Distractors_Dense-v1", policy, first, episodes);
    for (; i < count; i++)
        measure(words[i], policy, first, episodes);
    return 0;
}
