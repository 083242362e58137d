/* A task file holds only what is particular to its task: no two of them share a run of six lines, and every
 * one of them is in the table. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "envs/env.h"
#include "envs/fetch/fetch.h"

enum { RUN = 6, LINES = 16384, FILES = 256 };

typedef struct Line {
    int file;
    const char *text;
} Line;

typedef struct Sources {
    char *text[FILES];
    const char *name[FILES];
    int files;
    Line *lines;
    int count;
} Sources;

/* cut a text into lines, in place */
static void add_text(Sources *sources, const char *name, char *text)
{
    for (char *line = text; *line; sources->count++) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        assert_true(sources->count < LINES);
        *end = '\0';
        sources->lines[sources->count] = (Line){ sources->files, line };
        line = end + 1;
    }
    sources->name[sources->files] = name;
    sources->text[sources->files++] = text;
}

static void sources_release(Sources *sources)
{
    for (int i = 0; i < sources->files; i++)
        memory_free(sources->text[i]);
    memory_free(sources->lines);
}

static bool same_run(const Sources *sources, int a, int b)
{
    const Line *lines = sources->lines;
    if (b + RUN > sources->count) return false;
    for (int i = 0; i < RUN; i++) {
        if (lines[a + i].file != lines[a].file || lines[b + i].file != lines[b].file) return false;
        if (strcmp(lines[a + i].text, lines[b + i].text) != 0) return false;
    }
    return true;
}

/* pairs of equal runs in different files */
static int shared_runs(const Sources *sources)
{
    int found = 0;
    for (int a = 0; a + RUN <= sources->count; a++)
        for (int b = a + 1; b < sources->count; b++) {
            if (sources->lines[a].file == sources->lines[b].file) continue;
            if (!same_run(sources, a, b)) continue;
            print_error("%s and %s share six lines from '%s'\n",
                        sources->name[sources->lines[a].file],
                        sources->name[sources->lines[b].file], sources->lines[a].text);
            found++;
        }
    return found;
}

static void sources_init(Sources *sources)
{
    Error error;
    *sources = (Sources){ 0 };
    assert_ok(memory_new_array(&sources->lines, LINES, &error), &error);
}

static void add_copy(Sources *sources, const char *name, const char *text)
{
    Error error;
    char *copy = NULL;
    assert_ok(memory_new_array(&copy, strlen(text) + 1, &error), &error);
    add_text(sources, name, strcpy(copy, text));
}

/* ---- tests ---- */

static void a_run_of_six_lines_is_found(void **state)
{
    (void)state;
    Sources sources;
    sources_init(&sources);
    add_copy(&sources, "A", "x\na\nb\nc\nd\ne\nf\n");
    add_copy(&sources, "B", "a\nb\nc\nd\ne\ny\n");
    assert_int_equal(shared_runs(&sources), 0);
    add_copy(&sources, "C", "f\na\nb\nc\nd\ne\nf\n");
    assert_int_equal(shared_runs(&sources), 1);
    sources_release(&sources);
}

static void task_files_share_no_run_of_lines(void **state)
{
    (void)state;
    const char *root = getenv("PLAYSLOT_SOURCE");
    if (!root) fail_msg("PLAYSLOT_SOURCE is not set; run through ctest");
    Error error;
    char folder[1024], path[1300];
    NameList names;
    Sources sources;
    sources_init(&sources);
    snprintf(folder, sizeof folder, "%s/envs/tasks", root);
    assert_ok(directory_list(&names, folder, ".c", &error), &error);
    assert_int_equal(names.count + fetch_task_count(), task_count());
    for (int i = 0; i < names.count; i++) {
        char *text = NULL;
        snprintf(path, sizeof path, "%s/%s", folder, names.names[i]);
        assert_ok(file_read(&text, NULL, path, &error), &error);
        add_text(&sources, names.names[i], text);
    }
    assert_int_equal(shared_runs(&sources), 0);
    sources_release(&sources);
    name_list_release(&names);
}

static void every_task_has_a_file_of_its_name(void **state)
{
    (void)state;
    const char *root = getenv("PLAYSLOT_SOURCE");
    if (!root) fail_msg("PLAYSLOT_SOURCE is not set; run through ctest");
    for (int i = 0; i < task_count(); i++) {
        char path[1300];
        if (task_suite(task_at(i)) == SUITE_FETCH) continue; /* made by rule */
        snprintf(path, sizeof path, "%s/envs/tasks/%s.c", root, task_name(task_at(i)));
        for (char *c = path + strlen(root); *c; c++)
            if (*c == '-') *c = '_';
        assert_true(file_exists(path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_six_lines_is_found),
        cmocka_unit_test(task_files_share_no_run_of_lines),
        cmocka_unit_test(every_task_has_a_file_of_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
