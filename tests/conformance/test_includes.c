/* Reads every #include of every room: the arrows between rooms never turn back, and other libraries'
 * headers stay in the few files that are meant to meet them. */
#include "support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"

/* ---- the rooms and what each may reach in one step; arrows compose ---- */

typedef struct Room {
    const char *folder;
    const char *reaches[5];
} Room;

static const Room rooms[] = {
    { "base", { 0 } },
    { "sim", { "base" } },
    { "envs", { "sim" } },
    { "policies", { "envs", "learning/models" } },
    { "recordings", { "base" } },
    { "learning/tensor", { "base" } },
    { "learning/graph", { "learning/tensor" } },
    { "learning/nn", { "learning/graph" } },
    { "learning/models", { "learning/nn" } },
    { "learning/data", { "base" } },
    { "learning/training", { "learning/models", "learning/data" } },
    { "commands", { "policies", "learning/training", "learning/data", "recordings" } },
};
#define ROOMS ((int)(sizeof rooms / sizeof rooms[0]))

/* headers of other libraries: who may include what begins so; a folder ends with '/' */
static const struct {
    const char *header;
    const char *place;
} libraries[] = {
    { "cjson/", "base/json.c" },
    { "mujoco/", "sim/" },
    { "EGL/", "sim/" },
    { "GL/", "sim/" },
    { "GLFW/", "sim/" },
    { "libav", "recordings/" },
    { "libsw", "recordings/" },
    { "png.h", "base/" },
    { "hdf5.h", "learning/data/formats/hdf5_file.c" },
};
#define LIBRARIES ((int)(sizeof libraries / sizeof libraries[0]))

static const char *const standard[] = {
    "assert.h",   "ctype.h",     "dirent.h",   "dlfcn.h",        "errno.h",    "fcntl.h",
    "float.h",    "inttypes.h",  "limits.h",   "locale.h",       "math.h",     "poll.h",
    "pthread.h",  "sched.h",     "setjmp.h",   "signal.h",       "stdarg.h",   "stdatomic.h",
    "stdbool.h",  "stddef.h",    "stdint.h",   "stdio.h",        "stdlib.h",   "string.h",
    "strings.h",  "sys/ioctl.h", "sys/mman.h", "sys/resource.h", "sys/stat.h", "sys/types.h",
    "sys/wait.h", "time.h",      "unistd.h",
};

static bool begins_with(const char *text, const char *start)
{
    return !strncmp(text, start, strlen(start));
}

static int room_named(const char *folder)
{
    for (int i = 0; i < ROOMS; i++)
        if (!strcmp(rooms[i].folder, folder)) return i;
    return -1;
}

/* the room a path from the root lies in, or -1 */
static int room_of(const char *path)
{
    for (int i = 0; i < ROOMS; i++)
        if (begins_with(path, rooms[i].folder) && path[strlen(rooms[i].folder)] == '/') return i;
    return -1;
}

static bool may_reach(int from, int to)
{
    if (from == to) return true;
    for (int i = 0; i < 5 && rooms[from].reaches[i]; i++)
        if (may_reach(room_named(rooms[from].reaches[i]), to)) return true;
    return false;
}

/* ---- the two rules; NULL or what is wrong ---- */

static bool is_private(const char *header)
{
    return strstr(header, "_internal.h") != NULL;
}

/* `header` is a path from the root */
static const char *check_own(const char *file, const char *header)
{
    const int from = room_of(file), to = room_of(header);
    if (to < 0) return "lies in no room";
    if (!may_reach(from, to)) return "is not below this room";
    if (is_private(header) && from != to) return "is private to its room";
    return NULL;
}

static const char *check_other(const char *file, const char *header)
{
    for (size_t i = 0; i < sizeof standard / sizeof standard[0]; i++)
        if (!strcmp(standard[i], header)) return NULL;
    for (int i = 0; i < LIBRARIES; i++) {
        if (!begins_with(header, libraries[i].header)) continue;
        if (!begins_with(file, libraries[i].place)) return "belongs into another room or file";
        const bool public_header = strstr(file, ".h") && !is_private(file);
        return public_header ? "is another library's, and this is a public header" : NULL;
    }
    return "is neither of C11, POSIX, nor a library this program uses";
}

/* ---- walking the sources ---- */

typedef struct Walk {
    const char *root;
    int files;
    int includes;
    int mistakes;
} Walk;

static bool source_exists(const Walk *walk, const char *path)
{
    char full[1024];
    snprintf(full, sizeof full, "%s/%s", walk->root, path);
    return file_exists(full);
}

/* includes are written from the root, inside learning/ from there, or beside the file */
static bool resolve(char *out, size_t size, const Walk *walk, const char *file, const char *header)
{
    snprintf(out, size, "%s", header);
    if (source_exists(walk, out)) return true;
    snprintf(out, size, "learning/%s", header);
    if (source_exists(walk, out)) return true;
    const int folder = (int)(path_base(file) - file);
    snprintf(out, size, "%.*s%s", folder, file, header);
    return source_exists(walk, out);
}

static void check_include(Walk *walk, const char *file, char kind, const char *header)
{
    char path[512];
    const char *mistake = NULL;
    walk->includes++;
    if (kind == '<')
        mistake = check_other(file, header);
    else if (resolve(path, sizeof path, walk, file, header))
        mistake = check_own(file, path);
    else
        mistake = "is nowhere";
    if (!mistake) return;
    print_error("%s: '%s' %s\n", file, header, mistake);
    walk->mistakes++;
}

static void check_file(Walk *walk, const char *file)
{
    Error error;
    char full[1024];
    char *text = NULL;
    snprintf(full, sizeof full, "%s/%s", walk->root, file);
    assert_ok(file_read(&text, NULL, full, &error), &error);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        char kind = 0, header[256] = "";
        if (sscanf(line, " # include %c%255[^>\"\n]", &kind, header) == 2)
            check_include(walk, file, kind, header);
    }
    memory_free(text);
    walk->files++;
}

static bool is_source(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (!strcmp(dot, ".c") || !strcmp(dot, ".h") || !strcmp(dot, ".def"));
}

static void check_folder(Walk *walk, const char *folder)
{
    Error error;
    char full[1024], path[512];
    NameList list;
    snprintf(full, sizeof full, "%s/%s", walk->root, folder);
    assert_ok(directory_list(&list, full, "", &error), &error);
    for (int i = 0; i < list.count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, list.names[i]);
        snprintf(full, sizeof full, "%s/%s", walk->root, path);
        if (directory_exists(full))
            check_folder(walk, path);
        else if (is_source(list.names[i]))
            check_file(walk, path);
    }
    name_list_release(&list);
}

/* ---- tests ---- */

static void arrows_hold_in_every_file(void **state)
{
    (void)state;
    Walk walk = { .root = getenv("PLAYSLOT_SOURCE") };
    if (!walk.root) fail_msg("PLAYSLOT_SOURCE is not set; run through ctest");
    for (int i = 0; i < ROOMS; i++)
        check_folder(&walk, rooms[i].folder);
    assert_true(walk.files > 20 && walk.includes > 100);
    assert_int_equal(walk.mistakes, 0);
}

static void the_rules_find_what_they_should(void **state)
{
    (void)state;
    assert_null(check_own("envs/env.c", "sim/sim.h"));
    assert_null(check_own("envs/env.c", "base/status.h"));
    assert_null(check_own("commands/main.c", "learning/tensor/tensor.h"));
    assert_null(check_own("sim/sim.c", "sim/sim_internal.h"));
    assert_non_null(check_own("base/json.c", "sim/sim.h"));
    assert_non_null(check_own("recordings/video.c", "policies/rollout.h"));
    assert_non_null(check_own("policies/rollout.c", "recordings/video.h"));
    assert_non_null(check_own("learning/models/savi.c", "learning/data/episode.h"));
    assert_non_null(check_own("envs/env.c", "sim/sim_internal.h"));
    assert_non_null(check_own("envs/env.c", "tests/support/test.h"));
    assert_null(check_other("sim/guard.c", "mujoco/mujoco.h"));
    assert_null(check_other("sim/sim_internal.h", "mujoco/mujoco.h"));
    assert_null(check_other("envs/env.c", "math.h"));
    assert_non_null(check_other("sim/sim.h", "mujoco/mujoco.h"));
    assert_non_null(check_other("envs/env.c", "mujoco/mujoco.h"));
    assert_non_null(check_other("base/config.c", "cjson/cJSON.h"));
    assert_non_null(check_other("base/json.c", "curl/curl.h"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rules_find_what_they_should),
        cmocka_unit_test(arrows_hold_in_every_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
