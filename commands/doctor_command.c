/* doctor: what this machine offers and what the program would use */
#include "commands/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/threads.h"
#include "commands/common_options.h"
#include "recordings/video.h"
#include "sim/render.h"
#include "sim/sim.h"

typedef struct DoctorOptions {
    const char *assets;
} DoctorOptions;

#define AT(member) .offset = offsetof(DoctorOptions, member)
static const Option doctor_options[] = {
    ASSETS_OPTION(assets),
};

static void row(const char *what, const char *found)
{
    printf("%-12s %s\n", what, found);
}

/* returns whether pictures can be drawn */
static bool show_renderer(void)
{
    GlReport report = { 0 };
    Error error = { 0 };
    const Status status = gl_probe(&report, &error);
    row("renderer", status ? error.text : gl_backend_name(report.backend));
    if (!status) printf("%-12s %s, %s, %s\n", "", report.vendor, report.renderer, report.version);
    if (report.failures[0]) printf("%-12s not used: %s\n", "", report.failures);
    return !status;
}

static bool show_assets(const char *option)
{
    char *folder = NULL;
    Error error = { 0 };
    const Status status = sim_assets_find(&folder, option, "sawyer_xyz", &error);
    row("assets", status ? error.text : folder);
    memory_free(folder);
    return !status;
}

static void show_processor(void)
{
    char threads[64];
    snprintf(threads, sizeof threads, "%d available", thread_count_available());
    row("threads", threads);
#if defined(__x86_64__)
    __builtin_cpu_init();
    printf("%-12s%s%s%s%s\n", "processor", __builtin_cpu_supports("avx2") ? " avx2" : " no avx2",
           __builtin_cpu_supports("fma") ? " fma" : "",
           __builtin_cpu_supports("avx512f") ? " avx512f" : "",
           __builtin_cpu_supports("avx512vnni") ? " avx512vnni" : "");
#else
    row("processor", "not x86-64");
#endif
}

/* the encoder that a video really opens, tried in a temporary folder */
static void show_encoder(void)
{
    char folder[] = "/tmp/playslot-doctor-XXXXXX";
    char path[64];
    Video *video = NULL;
    Error error = { 0 };
    if (!mkdtemp(folder)) {
        row("encoder", "cannot be tried: no temporary folder");
        return;
    }
    snprintf(path, sizeof path, "%s/try.mp4", folder);
    if (video_open(&video, path, 64, 64, 10, NULL, &error)) {
        row("encoder", error.text);
    } else {
        printf("%-12s %s%s\n", "encoder", video_encoder(video),
               video_is_preferred(video) ? " (H.264)" : " (no H.264 encoder was found)");
    }
    video_abort(video);
    rmdir(folder);
}

static Status doctor(const void *raw, Error *error)
{
    const DoctorOptions *options = raw;
    row("playslot", PLAYSLOT_VERSION);
    row("mujoco", sim_version());
    const bool assets = show_assets(options->assets);
    const bool renderer = show_renderer();
    show_encoder();
    show_processor();
    if (!assets) return error_set(error, ERR_IO, "the simulation models were not found");
    if (!renderer) return error_set(error, ERR_UNSUPPORTED, "nothing can draw pictures here");
    return OK;
}

const Command command_doctor = {
    .name = "doctor",
    .summary = "show renderer, encoder, MuJoCo, processor and why alternatives were not used",
    .table = OPTIONS(doctor_options),
    .options_size = sizeof(DoctorOptions),
    .run = doctor,
};
