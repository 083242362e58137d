/**
 * Progress of long work on stderr: on a terminal one line rewritten ten times a second at most, otherwise a
 * line every ten seconds. Shows the share done, the rate and the time left.
 */
#ifndef PLAYSLOT_COMMANDS_PROGRESS_H
#define PLAYSLOT_COMMANDS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Progress {
    char title[48];
    char unit[16];
    int64_t total;
    int64_t first; /* done before this run began, left out of the rate */
    double started, shown;
    bool terminal;
    bool line_open;
    int width; /* of the last line on a terminal */
} Progress;

/** Begin: "collect", "episodes", 200 in all, `first` of them done before. */
Progress progress_begin(const char *title, const char *unit, int64_t total, int64_t first);

/** Show `done` of the total and a note ("loss 0.0123"; NULL for none), when it is time again. */
void progress_update(Progress *progress, int64_t done, const char *note);

/** Show it in any case and end the line. */
void progress_end(Progress *progress, int64_t done, const char *note);

/** A line of its own above the bar. */
void progress_note(Progress *progress, const char *text);

/** Seconds on the monotonic clock. */
double clock_seconds(void);

/** "2:05" or "1:02:05"; seconds below zero or above 99 hours give "-". `size` at least 16. */
void duration_text(char *out, int size, double seconds);

#endif
