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

static Status try_package(char **out, const char *third_party, const SimPackage *package,
                          Error *error)
{
    char *place = NULL;
    *out = NULL;
    Status status = path_join(&place, third_party, package->folder, error);
    if (!status) status = try_place(out, place, package->probe, error);
    memory_free(place);
    return status;
}

/* third_party/<package> in a folder above the running program */
static Status try_above_program(char **out, const SimPackage *package, Error *error)
{
    *out = NULL;
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) return OK;
    program[length] = '\0';
    for (char *slash = strrchr(program, '/'); slash; slash = strrchr(program, '/')) {
        *slash = '\0';
        char *third_party = NULL;
        Status status = path_join(&third_party, program, "third_party", error);
        if (!status) status = try_package(out, third_party, package, error);
        memory_free(third_party);
        if (status || *out) return status;
    }
    return OK;
}

static Status try_configured(char **out, const SimPackage *package, Error *error)
{
#ifdef PLAYSLOT_THIRD_PARTY
    return try_package(out, PLAYSLOT_THIRD_PARTY, package, error);
#else
    (void)package;
    (void)error;
    *out = NULL;
    return OK;
#endif
}

Status sim_package_find(char **out, const char *option, const SimPackage *package, Error *error)
{
    *out = NULL;
    const char *given = option ? option : getenv(package->variable);
    if (given) {
        Status status = try_place(out, given, package->probe, error);
        if (status || *out) return status;
        return error_set(error, ERR_IO, "%s '%s': no folder '%s' in it or in its 'assets'",
                         option ? "assets" : package->variable, given, package->probe);
    }
    Status status = try_above_program(out, package, error);
    if (!status && !*out) status = try_configured(out, package, error);
    if (status || *out) return status;
    return error_set(error, ERR_IO,
                     "simulation models ('%s') not found in third_party/%s above the program; "
                     "run scripts/build, or name the folder with --assets or %s",
                     package->probe, package->folder, package->variable);
}

Status sim_assets_find(char **out, const char *option, const char *probe, Error *error)
{
    const SimPackage metaworld = { "metaworld", "PLAYSLOT_ASSETS", probe };
    return sim_package_find(out, option, &metaworld, error);
}
