#include "commands/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH         24
#define TERMINAL_INTERVAL 0.1
#define LOG_INTERVAL      10.0

double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void duration_text(char *out, int size, double seconds)
{
    if (!(seconds >= 0 && seconds < 99 * 3600.0)) {
        snprintf(out, (size_t)size, "-");
        return;
    }
    const int whole = (int)(seconds + 0.5);
    if (whole < 3600) {
        snprintf(out, (size_t)size, "%d:%02d", whole / 60, whole % 60);
    } else {
        snprintf(out, (size_t)size, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }
}

Progress progress_begin(const char *title, const char *unit, int64_t total, int64_t first)
{
    Progress progress = { .total = total, .first = first, .started = clock_seconds() };
    snprintf(progress.title, sizeof progress.title, "%s", title);
    snprintf(progress.unit, sizeof progress.unit, "%s", unit);
    progress.terminal = isatty(STDERR_FILENO) == 1;
    progress.shown = progress.terminal ? 0 : progress.started;
    return progress;
}

static void draw_bar(char *bar, int64_t done, int64_t total)
{
    const int full = total > 0 ? (int)(BAR_WIDTH * done / total) : BAR_WIDTH;
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_WIDTH] = 0;
}

static void compose(char *line, size_t size, const Progress *progress, int64_t done,
                    const char *note)
{
    char bar[BAR_WIDTH + 1], elapsed[16], left[16];
    const double seconds = clock_seconds() - progress->started;
    const double rate = seconds > 0 ? (double)(done - progress->first) / seconds : 0;
    draw_bar(bar, done, progress->total);
    duration_text(elapsed, sizeof elapsed, seconds);
    duration_text(left, sizeof left, rate > 0 ? (double)(progress->total - done) / rate : -1);
    snprintf(line, size, "%s [%s] %" PRId64 "/%" PRId64 " %s, %.3g/s, %s gone, %s left%s%s",
             progress->title, bar, done, progress->total, progress->unit, rate, elapsed, left,
             note ? ", " : "", note ? note : "");
}

static void show(Progress *progress, int64_t done, const char *note)
{
    char line[400];
    compose(line, sizeof line, progress, done, note);
    const int width = (int)strlen(line);
    if (progress->terminal) {
        fprintf(stderr, "\r%s%*s", line, progress->width > width ? progress->width - width : 0, "");
        progress->line_open = true;
    } else {
        fprintf(stderr, "%s\n", line);
    }
    fflush(stderr);
    progress->width = width;
    progress->shown = clock_seconds();
}

void progress_update(Progress *progress, int64_t done, const char *note)
{
    const double interval = progress->terminal ? TERMINAL_INTERVAL : LOG_INTERVAL;
    if (clock_seconds() - progress->shown >= interval) show(progress, done, note);
}

void progress_end(Progress *progress, int64_t done, const char *note)
{
    show(progress, done, note);
    if (progress->line_open) fprintf(stderr, "\n");
    progress->line_open = false;
}

void progress_note(Progress *progress, const char *text)
{
    if (progress->line_open) fprintf(stderr, "\r%*s\r", progress->width, "");
    progress->line_open = false;
    progress->width = 0;
    fprintf(stderr, "%s\n", text);
    fflush(stderr);
}
