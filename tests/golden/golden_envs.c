/**
 * golden_envs DIR: compares our environments with every fixture in a folder and its subfolders. What a file
 * is follows from its metadata (traces) or its name (seeding tables, units, pictures). Prints the worst
 * error of each check and ends with "N passed, N failed"; fails on a kind or task it does not know.
 */
#include "golden/golden_envs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"

void report_check(Report *report, const char *name, const char *what, double worst,
                  double tolerance, const char *note)
{
    const int good = worst <= tolerance;
    *(good ? &report->passed : &report->failed) += 1;
    printf("%s %s %s: worst %.3g (allowed %.3g)%s%s\n", good ? "pass" : "FAIL", name, what, worst,
           tolerance, *note ? ", " : "", note);
}

void report_failure(Report *report, const char *name, const char *what, const char *text)
{
    report->failed++;
    printf("FAIL %s %s: %s\n", name, what, text);
}

double worst_difference(const double *a, const double *b, int64_t count)
{
    double worst = 0;
    for (int64_t i = 0; i < count; i++) {
        const double difference = fabs(a[i] - b[i]);
        if (!isfinite(difference)) return HUGE_VAL;
        if (difference > worst) worst = difference;
    }
    return worst;
}

double *read_doubles(Report *report, const Safetensors *file, const char *name, const char *tensor,
                     int64_t count)
{
    const TensorView *view = safetensors_find(file, tensor);
    if (!view) {
        report_failure(report, name, tensor, "tensor is missing");
        return NULL;
    }
    Error error = { 0 };
    double *values = NULL;
    const int64_t found = tensor_view_count(view);
    Status status = memory_new_array(&values, (size_t)found, &error);
    if (!status) status = tensor_view_read_f64(view, values, count < 0 ? found : count, &error);
    if (!status) return values;
    report_failure(report, name, tensor, error.text);
    memory_free(values);
    return NULL;
}

static int begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static void check_opened(Report *report, const Safetensors *file, const char *name,
                         const char *stem)
{
    static const char *const seeding[] = { "goal_observable_", "gym_mt1_", "ml1_tasks", "mt1_" };
    if (safetensors_metadata(file, "task") && safetensors_metadata(file, "episode")) {
        check_trace(report, file, name);
        return;
    }
    if (check_fetch(report, file, name, stem)) return;
    if (safetensors_metadata(file, "reward_version")) {
        check_rewards(report, file, name);
        return;
    }
    for (size_t i = 0; i < sizeof seeding / sizeof *seeding; i++)
        if (begins(stem, seeding[i])) {
            check_seeding(report, file, name, stem);
            return;
        }
    if (begins(stem, "task_sets") || begins(stem, "gym_sets"))
        check_task_sets(report, file, name, stem);
    else if (begins(stem, "rng_raw"))
        check_generators(report, file, name);
    else if (begins(stem, "functions"))
        check_functions(report, file, name);
    else if (begins(stem, "policies"))
        check_policies(report, file, name);
    else if (begins(stem, "goal_hidden"))
        check_goal_hidden(report, file, name);
    else if (begins(stem, "views_"))
        check_views(report, file, name);
    else if (begins(stem, "playslot_button_press"))
        check_playslot_frames(report, file, name);
    else
        report_failure(report, name, "file", "kind not supported");
}

static void check_safetensors(Report *report, const char *path, const char *name)
{
    Error error = { 0 };
    Safetensors *file = NULL;
    if (safetensors_open(&file, path, &error)) {
        report_failure(report, name, "file", error.text);
        return;
    }
    check_opened(report, file, name, path_base(path));
    safetensors_close(file);
}

static int ends(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static void check_folder(Report *report, const char *path, const char *label);

static void check_entry(Report *report, const char *path, const char *name)
{
    if (directory_exists(path))
        check_folder(report, path, name);
    else if (ends(name, ".safetensors"))
        check_safetensors(report, path, name);
    else if (ends(name, ".png"))
        check_picture(report, path, name);
    else if (!ends(name, ".json") && !ends(name, ".md"))
        report_failure(report, name, "file", "kind not supported");
}

static void check_folder(Report *report, const char *path, const char *label)
{
    Error error = { 0 };
    NameList list = { 0 };
    if (directory_list(&list, path, "", &error)) {
        report_failure(report, label, "folder", error.text);
        return;
    }
    for (int i = 0; i < list.count; i++) {
        char *entry = NULL, *name = NULL;
        Status status = path_join(&entry, path, list.names[i], &error);
        if (!status) status = path_join(&name, label, list.names[i], &error);
        if (status)
            report_failure(report, label, list.names[i], error.text);
        else
            check_entry(report, entry, name);
        memory_free(name);
        memory_free(entry);
    }
    name_list_release(&list);
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: golden_envs DIR\n");
        return 2;
    }
    Report report = { 0 };
    check_folder(&report, arguments[1], "");
    printf("%d passed, %d failed\n", report.passed, report.failed);
    return report.failed || !report.passed;
}
