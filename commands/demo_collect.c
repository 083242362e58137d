/* the demo's episodes */
#include "commands/demo_run.h"

#include <inttypes.h>
#include <stdio.h>

#include "commands/collect.h"

static const char *const names[DEMO_DATA_KINDS] = { "explore",    "wide",   "expert",
                                                    "beginnings", "select", "unseen" };

static CollectOptions options_of(const Demo *demo, const DemoData *data, const char *folder)
{
    const DemoScene *scene = &demo->plan->scene;
    return (CollectOptions){ .task = scene->task,
                             .policy = data->policy,
                             .out = folder,
                             .keep = "all",
                             .seeding = "seeded",
                             .goal = "usual",
                             .camera = scene->camera,
                             .quality = "fast",
                             .reward = "v2",
                             .assets = demo->assets,
                             .episodes = data->episodes,
                             .size = scene->size,
                             .render_scale = scene->render_scale,
                             .action_repeat = scene->action_repeat,
                             .random_start = scene->random_start,
                             .max_decisions = data->max_decisions,
                             .after_success = data->after_success,
                             .threads = demo->threads,
                             .seed = data->seed,
                             .policy_noise = data->policy_noise,
                             .random_share = data->random_share,
                             .expert_share = data->expert_share,
                             .scene_spread = data->scene_spread > 0 ? data->scene_spread : 1,
                             .segmentation = data->segmentation };
}

static void numbers_of_data(char *out, size_t size, const DemoScene *scene, const DemoData *data)
{
    snprintf(out, size,
             "%s, %s, %s, %d episodes, seed %" PRIu64
             ", %d, %d, %.17g, %.17g, %.17g, %.17g, %d, %d, "
             "%d, %d, %d",
             scene->task, scene->camera, data->policy, data->episodes, data->seed,
             data->max_decisions, data->after_success, data->policy_noise, data->random_share,
             data->expert_share, data->scene_spread, data->segmentation, scene->size,
             scene->render_scale, scene->action_repeat, scene->random_start);
}

static Status collect_kind(Demo *demo, DemoDataKind kind, Error *error)
{
    const DemoData *data = &demo->plan->data[kind];
    const CollectOptions options = options_of(demo, data, demo->data[kind]);
    char numbers[400], text[128];
    StageState state;
    numbers_of_data(numbers, sizeof numbers, &demo->plan->scene, data);
    snprintf(text, sizeof text, "collect %d episodes (%s, seed %" PRIu64 ")", data->episodes,
             data->policy, data->seed);
    Status status = demo_begin(&state, demo, names[kind], numbers, text, error);
    if (status || state == STAGE_DONE) return status;
    if (state == STAGE_NEW) status = tree_remove(demo->data[kind], error);
    if (!status) status = collect_run(&options, error);
    return demo_end(demo, status, NULL, error);
}

static Status collect_all(Demo *demo, Error *error)
{
    Status status = OK;
    for (int kind = 0; !status && kind < DEMO_DATA_KINDS; kind++)
        if (demo->data[kind]) status = collect_kind(demo, (DemoDataKind)kind, error);
    return status;
}

static int count_data(const DemoPlan *plan)
{
    int count = 0;
    for (int kind = 0; kind < DEMO_DATA_KINDS; kind++)
        count += plan->data[kind].policy != NULL;
    return count;
}

const DemoStage demo_collect = { .headings = count_data, .run = collect_all };
