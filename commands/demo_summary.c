#include "commands/demo_summary.h"

#include <math.h>
#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/command.h"
#include "commands/metric_table.h"
#include "commands/progress.h"

static Status copy_scores(Json *summary, const Json *scores, Error *error)
{
    Status status = OK;
    for (const Json *score = json_first(scores); !status && score; score = json_next(score))
        status = json_set(summary, json_key(score), json_copy(score), error);
    return status;
}

static Status stage_entry(Json **out, const Json *stage, Error *error)
{
    const double seconds = json_as_number(json_get(stage, "seconds"), 0);
    *out = json_object();
    Status status = json_set(*out, "name", json_string(json_key(stage)), error);
    if (!status) status = json_set(*out, "seconds", json_rounded(seconds), error);
    if (!status) return OK;
    json_destroy(*out);
    *out = NULL;
    return status;
}

static Status list_stages(Json *summary, const Demo *demo, Error *error)
{
    Json *list = json_array();
    Status status = OK;
    const Json *stage = json_first(demo->state.stages);
    for (; !status && stage; stage = json_next(stage)) {
        Json *entry = NULL;
        status = stage_entry(&entry, stage, error);
        if (!status) status = json_append(list, entry, error);
    }
    if (status) {
        json_destroy(list);
        return status;
    }
    return json_set(summary, "stages", list, error);
}

static Status copy_all_scores(Json *summary, const Demo *demo, Error *error)
{
    Status status = OK;
    for (const DemoStage *const *stage = demo->plan->stages; !status && *stage; stage++)
        if ((*stage)->scores)
            status = copy_scores(summary, demo_state_scores(&demo->state, (*stage)->scores), error);
    return status;
}

static Status fill_summary(Json *summary, const Demo *demo, Error *error)
{
    Status status =
        json_set(summary, "seconds_total", json_rounded(demo_state_seconds(&demo->state)), error);
    if (!status)
        status = json_set(summary, "seconds_this_run", json_rounded(demo->state.this_run), error);
    if (!status) status = copy_all_scores(summary, demo, error);
    if (!status) status = json_set(summary, "task", json_string(demo->plan->task), error);
    if (!status) status = json_set(summary, "plan", json_string(demo->plan->name), error);
    if (!status) status = json_set(summary, "playslot", json_string(PLAYSLOT_VERSION), error);
    if (!status) status = seed_choice_store(summary, &demo->seeds, error);
    return status ? status : list_stages(summary, demo, error);
}

static double number_of(const Json *summary, const char *key)
{
    return json_as_number(json_get(summary, key), (double)NAN);
}

static void print_stages(const Json *summary)
{
    printf("  stages\n");
    const Json *stage = json_first(json_get(summary, "stages"));
    for (; stage; stage = json_next(stage)) {
        char text[16];
        duration_text(text, sizeof text, number_of(stage, "seconds"));
        printf("    %-22s %8s\n", json_as_string(json_get(stage, "name"), ""), text);
    }
}

/* what the last stage measured is what the demo is about: it comes first */
static void print_scores(const Json *summary, const DemoPlan *plan)
{
    int count = 0;
    while (plan->stages[count])
        count++;
    for (int i = count - 1; i >= 0; i--)
        if (plan->stages[i]->print) plan->stages[i]->print(summary);
}

static void print_summary(const Json *summary, const DemoPlan *plan, const char *path)
{
    char total[16];
    duration_text(total, sizeof total, number_of(summary, "seconds_total"));
    printf("\n%s, %s in %s\n", plan->task, plan->headline, total);
    print_scores(summary, plan);
    print_stages(summary);
    printf("summary: %s\n", path);
}

Status demo_summary_write(const Demo *demo, Error *error)
{
    Json *summary = json_object();
    char *path = NULL;
    Status status = fill_summary(summary, demo, error);
    if (!status) status = path_join(&path, demo->out, "summary.json", error);
    if (!status) status = json_write(summary, path, error);
    if (!status) print_summary(summary, demo->plan, path);
    memory_free(path);
    json_destroy(summary);
    return status;
}
