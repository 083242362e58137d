#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "sim/sim.h"

/* *out = folder when it holds the probe, else NULL */
static Status try_folder(char **out, const char *folder, const char *probe, Error *error)
{
    *out = NULL;
    char *path = NULL;
    Status status = path_join(&path, folder, probe, error);
    if (status) return status;
    const bool found = directory_exists(path);
    memory_free(path);
    return found ? string_copy(out, folder, error) : OK;
}

/* the folder itself, or its "assets" */
static Status try_place(char **out, const char *folder, const char *probe, Error *error)
{
    Status status = try_folder(out, folder, probe, error);
    if (status || *out) return status;
    char *below = NULL;
    status = path_join(&below, folder, "assets", error);
    if (!status) status = try_folder(out, below, probe, error);
    memory_free(below);
    return status;
}

/* third_party/metaworld in a folder above the running program */
static Status try_above_program(char **out, const char *probe, Error *error)
{
    *out = NULL;
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) return OK;
    program[length] = '\0';
    for (char *slash = strrchr(program, '/'); slash; slash = strrchr(program, '/')) {
        *slash = '\0';
        char *place = NULL;
        Status status = path_join(&place, program, "third_party/metaworld", error);
        if (!status) status = try_place(out, place, probe, error);
        memory_free(place);
        if (status || *out) return status;
    }
    return OK;
}

static Status try_configured(char **out, const char *probe, Error *error)
{
#ifdef PLAYSLOT_ASSETS_DEFAULT
    return try_place(out, PLAYSLOT_ASSETS_DEFAULT, probe, error);
#else
    (void)probe;
    (void)error;
    *out = NULL;
    return OK;
#endif
}

Status sim_assets_find(char **out, const char *option, const char *probe, Error *error)
{
    *out = NULL;
    const char *given = option ? option : getenv("PLAYSLOT_ASSETS");
    if (given) {
        Status status = try_place(out, given, probe, error);
        if (status || *out) return status;
        return error_set(error, ERR_IO, "%s '%s': no folder '%s' in it or in its 'assets'",
                         option ? "assets" : "PLAYSLOT_ASSETS", given, probe);
    }
    Status status = try_above_program(out, probe, error);
    if (!status && !*out) status = try_configured(out, probe, error);
    if (status || *out) return status;
    return error_set(
        error, ERR_IO,
        "simulation models ('%s') not found in third_party/metaworld above the program; "
        "run scripts/build, or name the folder with --assets or PLAYSLOT_ASSETS",
        probe);
}
