#include "commands/train_log.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/png.h"
#include "commands/architecture.h"
#include "commands/clip_figures.h"
#include "commands/log_file.h"
#include "commands/loss_history.h"
#include "commands/progress.h"
#include "commands/slot_pictures.h"
#include "commands/train_events.h"
#include "recordings/chart.h"

#define SHEET_COLUMNS_MAX 16
#define SHEET_SCALE       2

struct TrainLog {
    char *folder, *metrics_path, *losses_path, *loss_plots, *pictures;
    char *events_folder, *time, *saved;
    char *held; /* line of metrics.jsonl that may have to be written again */
    char title[48];
    ExperimentKind kind;
    TrainEvents *events;
    FILE *metrics;
    LossHistory history;
    Progress progress;
    bool started;
    int64_t done; /* steps */
    double epoch_seconds;
};

/* --- metrics.jsonl ----------------------------------------------------------------------------------- */

typedef enum LineFate { LINE_DROP, LINE_KEEP, LINE_HOLD } LineFate;

/*
 * What becomes of a line when a run goes on from `first_step`. A step's line carries its own number, an
 * epoch's line the number of steps done. A validation just there may or may not come again.
 */
static LineFate line_fate(const char *line, size_t length, int64_t first_step)
{
    char text[4096];
    Json *json = NULL;
    Error ignored;
    if (length >= sizeof text) return LINE_DROP;
    memcpy(text, line, length);
    text[length] = 0;
    if (json_parse(&json, text, "metrics", &ignored)) return LINE_DROP;
    const double first = (double)first_step;
    const double step = json_as_number(json_get(json, "step"), (double)INFINITY);
    const char *split = json_as_string(json_get(json, "split"), "");
    LineFate fate = step < first ? LINE_KEEP : LINE_DROP;
    if (step == first && !strcmp(split, split_name(SPLIT_TRAIN))) fate = LINE_KEEP;
    if (step == first && !strcmp(split, split_name(SPLIT_VALID))) fate = LINE_HOLD;
    json_destroy(json);
    return fate;
}

static Status hold_line(TrainLog *log, const char *line, size_t length, Error *error)
{
    memory_free(log->held);
    return string_format(&log->held, error, "%.*s", (int)length, line);
}

/* drop what was written after the checkpoint that this run goes on from */
static Status trim_lines(TrainLog *log, char *text, size_t *size, int64_t first_step, Error *error)
{
    size_t kept = 0;
    Status status = OK;
    for (size_t at = 0; !status && at < *size;) {
        const char *end = memchr(text + at, '\n', *size - at);
        if (!end) break; /* cut short by a crash */
        const size_t length = (size_t)(end - (text + at)) + 1;
        const LineFate fate = line_fate(text + at, length, first_step);
        if (fate == LINE_HOLD) status = hold_line(log, text + at, length, error);
        if (fate == LINE_KEEP) {
            memmove(text + kept, text + at, length);
            kept += length;
        }
        at += length;
    }
    *size = kept;
    return status;
}

static Status trim_metrics(TrainLog *log, int64_t first_step, Error *error)
{
    char *text = NULL;
    size_t size = 0;
    if (!file_exists(log->metrics_path)) return OK;
    if (first_step == 0) return file_remove(log->metrics_path, error);
    Status status = file_read(&text, &size, log->metrics_path, error);
    if (!status) status = trim_lines(log, text, &size, first_step, error);
    if (!status) status = file_write(log->metrics_path, text, size, error);
    memory_free(text);
    return status;
}

/* the validation held back belongs to this run after all, unless `again` */
static void settle_held(TrainLog *log, bool again)
{
    if (log->held && !again) fputs(log->held, log->metrics);
    memory_free(log->held);
    log->held = NULL;
}

static Status open_metrics(TrainLog *log, int64_t first_step, Error *error)
{
    const Status status = trim_metrics(log, first_step, error);
    if (status) return status;
    log->metrics = fopen(log->metrics_path, "a");
    return log->metrics ? OK : error_errno(error, "open '%s'", log->metrics_path);
}

static void write_number(FILE *stream, const char *name, double value)
{
    if (isfinite(value)) {
        fprintf(stream, "\"%s\":%.9g", name, value);
    } else {
        fprintf(stream, "\"%s\":null", name);
    }
}

static void write_losses(FILE *stream, int count, const char *const *names, const double *values)
{
    fprintf(stream, ",\"losses\":{");
    for (int i = 0; i < count; i++) {
        if (i) fputc(',', stream);
        write_number(stream, names[i], values[i]);
    }
    fputc('}', stream);
}

static void write_slots(FILE *stream, const SlotHealth *slots)
{
    fprintf(stream, ",\"slots\":{\"share\":[");
    for (int n = 0; n < slots->slots; n++)
        fprintf(stream, "%s%.6g", n ? "," : "", slots->share[n]);
    fprintf(stream, "],\"use\":%.6g,\"entropy\":%.6g,\"swaps\":%.6g}", slots->use, slots->entropy,
            slots->swaps);
}

static Status end_line(TrainLog *log, Error *error)
{
    fprintf(log->metrics, "}\n");
    if (fflush(log->metrics)) return error_errno(error, "write '%s'", log->metrics_path);
    return OK;
}

static Status write_step(TrainLog *log, const TrainStep *step, Error *error)
{
    fprintf(log->metrics, "{\"step\":%" PRId64 ",\"epoch\":%d,", step->step, step->epoch);
    write_number(log->metrics, "lr", step->rate);
    fputc(',', log->metrics);
    write_number(log->metrics, "grad_norm", step->grad_norm);
    fputc(',', log->metrics);
    write_number(log->metrics, "step_seconds", step->step_seconds);
    fputc(',', log->metrics);
    write_number(log->metrics, "wait_share", step->wait_share);
    write_losses(log->metrics, step->loss_count, step->loss_names, step->losses);
    return end_line(log, error);
}

static Status write_epoch(TrainLog *log, const TrainEpoch *epoch, Error *error)
{
    fprintf(log->metrics, "{\"step\":%" PRId64 ",\"epoch\":%d,\"split\":\"%s\",", epoch->step,
            epoch->epoch, split_name(epoch->split));
    write_number(log->metrics, "seconds", epoch->seconds);
    write_losses(log->metrics, epoch->loss_count, epoch->loss_names, epoch->means);
    if (epoch->slots) write_slots(log->metrics, epoch->slots);
    return end_line(log, error);
}

/* --- observer ---------------------------------------------------------------------------------------- */

/* on the terminal and in logs.txt */
static void show(TrainLog *log, const char *line)
{
    progress_note(&log->progress, line);
    log_file_line(log->folder, LOG_INFO, line);
}

static void show_start(TrainLog *log, const TrainStart *start)
{
    char line[320];
    snprintf(line, sizeof line,
             "%s: %zu parameters, %d training clips, %d for validation, batches of %d (%d at a "
             "time), %d threads, %.2f GFLOP a step, %" PRId64 " steps, %.3g TFLOP in all, %.0f MiB",
             log->title, start->parameters, start->clips, start->valid_clips, start->batch_size,
             start->micro_batch, start->workers, start->flop_per_step * 1e-9, start->total_steps,
             start->flop_per_step * (double)start->total_steps * 1e-12,
             (double)start->plan_bytes / (1024.0 * 1024.0));
    show(log, line);
    if (start->first_step == 0) return;
    snprintf(line, sizeof line, "%s: going on from step %" PRId64, log->title, start->first_step);
    show(log, line);
}

static Status on_start(void *user, const TrainStart *start, Error *error)
{
    TrainLog *log = user;
    const int epochs =
        start->steps_per_epoch > 0 ? (int)(start->first_step / start->steps_per_epoch) : 0;
    /* an epoch that was begun may have its validation already */
    const int kept = start->first_step > 0 ? epochs + 1 : 0;
    log->progress = progress_begin(log->title, "steps", start->total_steps, start->first_step);
    log->started = true;
    log->done = start->first_step;
    show_start(log, start);
    Status status = architecture_write(log->folder, log->kind, start->store, error);
    if (!status) status = directory_make(log->loss_plots, error);
    if (!status) status = directory_make(log->pictures, error);
    if (!status) status = open_metrics(log, start->first_step, error);
    if (!status) status = loss_history_open(&log->history, log->losses_path, kept, error);
    if (!status)
        status = train_events_open(&log->events, log->events_folder, log->time, start->first_step,
                                   error);
    return status;
}

static Status on_step(void *user, const TrainStep *step, Error *error)
{
    TrainLog *log = user;
    char note[160];
    log->done = step->step + 1;
    snprintf(note, sizeof note, "epoch %d, loss %.4g, lr %.2g, waiting %.1f %%", step->epoch + 1,
             step->loss_count ? step->losses[step->loss_count - 1] : (double)NAN, step->rate,
             100 * step->wait_share);
    progress_update(&log->progress, log->done, note);
    settle_held(log, false);
    if (!step->log) return OK;
    const Status status = write_step(log, step, error);
    return status ? status : train_events_step(log->events, step, error);
}

static void show_epoch(TrainLog *log, const TrainEpoch *epoch)
{
    char line[512];
    int used = snprintf(line, sizeof line, "%s: epoch %d %s", log->title, epoch->epoch + 1,
                        epoch->split == SPLIT_TRAIN ? "trained" : "validated");
    for (int i = 0; i < epoch->loss_count && used < (int)sizeof line; i++) {
        used += snprintf(line + used, sizeof line - (size_t)used, ", %s %.5g", epoch->loss_names[i],
                         epoch->means[i]);
    }
    show(log, line);
}

/* untrained slots are all alike: no reason to warn */
static void show_slots(TrainLog *log, const TrainEpoch *epoch)
{
    char text[400], line[512];
    slot_health_format(text, sizeof text, epoch->slots);
    snprintf(line, sizeof line, "%s: slots: %s", log->title, text);
    show(log, line);
    slot_health_warning(text, sizeof text, epoch->slots);
    if (epoch->step == 0 || !text[0]) return;
    snprintf(line, sizeof line, "%s: warning: %s", log->title, text);
    show(log, line);
}

static Status on_epoch(void *user, const TrainEpoch *epoch, Error *error)
{
    TrainLog *log = user;
    show_epoch(log, epoch);
    if (epoch->slots) show_slots(log, epoch);
    settle_held(log, epoch->split == SPLIT_VALID);
    Status status = write_epoch(log, epoch, error);
    if (!status) status = train_events_epoch(log->events, epoch, error);
    if (!status) status = loss_history_add(&log->history, epoch, error);
    if (!status) status = json_write(log->history.losses, log->losses_path, error);
    if (!status && epoch->split == SPLIT_TRAIN)
        status = loss_history_plot(&log->history, log->loss_plots, error);
    return status;
}

/* --- pictures ---------------------------------------------------------------------------------------- */

static SlotColumn column_of(const TrainPictures *pictures, int t, const char *label)
{
    const size_t area = (size_t)pictures->H * (size_t)pictures->W, frame = (size_t)t;
    const size_t slots = (size_t)pictures->N;
    return (SlotColumn){
        .target = t < pictures->target_frames ? pictures->target + frame * area * 3 : NULL,
        .recons = pictures->recons ? pictures->recons + frame * area * 3 : NULL,
        .decoded = pictures->decoded ? pictures->decoded + frame * slots * area * 4 : NULL,
        .masks = pictures->masks ? pictures->masks + frame * slots * area : NULL,
        .label = label,
        .predicted = t >= pictures->num_seed
    };
}

static Status draw_pictures(Sheet *sheet, const TrainPictures *pictures, const int *columns,
                            int count, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < count; i++) {
        char label[24];
        snprintf(label, sizeof label, "t = %d", pictures->first_frame + columns[i]);
        const SlotColumn column = column_of(pictures, columns[i], label);
        status = slot_sheet_put(sheet, i, &column, pictures->N, pictures->H, pictures->W, error);
    }
    return status;
}

static Status on_pictures(void *user, const TrainPictures *pictures, Error *error)
{
    TrainLog *log = user;
    const int seen = pictures->num_seed < pictures->T ? pictures->num_seed : pictures->T;
    int columns[SHEET_COLUMNS_MAX];
    const int count = figure_columns(columns, seen, pictures->T - seen, SHEET_COLUMNS_MAX);
    Sheet *sheet = NULL;
    char *path = NULL;
    Status status =
        slot_sheet_create(&sheet, count, pictures->N, pictures->H, pictures->W, SHEET_SCALE, error);
    if (!status) status = draw_pictures(sheet, pictures, columns, count, error);
    if (!status)
        status = string_format(&path, error, "%s/%s_%d_step_%06" PRId64 ".png", log->pictures,
                               pictures->name, pictures->clip, pictures->step);
    if (!status) status = image_write_png(sheet_image(sheet), path, error);
    if (!status) status = train_events_sheet(log->events, pictures, sheet_image(sheet), error);
    if (!status) status = train_events_clip(log->events, pictures, error);
    sheet_destroy(sheet);
    memory_free(path);
    return status;
}

/* distances beside usage */
static Status draw_codes(Image *out, const TrainCodes *codes, Error *error)
{
    double distances[CHART_ITEMS_MAX * CHART_ITEMS_MAX], shares[CHART_ITEMS_MAX];
    Image matrix = { 0 }, bars = { 0 };
    for (int i = 0; i < codes->codes * codes->codes; i++)
        distances[i] = (double)codes->distances[i];
    for (int i = 0; i < codes->codes; i++)
        shares[i] = 100 * codes->usage[i];
    Status status =
        chart_matrix(&matrix, distances, codes->codes, "mean squared distance of the codes", error);
    if (!status)
        status = chart_bars(&bars, shares, NULL, codes->codes, "use of the codes in training",
                            "% of steps", error);
    if (!status)
        status = image_init(out, matrix.width + bars.width,
                            matrix.height > bars.height ? matrix.height : bars.height, error);
    if (!status) {
        canvas_fill(out, (Color){ 250, 250, 252 });
        canvas_blit(out, 0, 0, &matrix, 1);
        canvas_blit(out, matrix.width, 0, &bars, 1);
    }
    image_release(&matrix);
    image_release(&bars);
    return status;
}

static Status on_codes(void *user, const TrainCodes *codes, Error *error)
{
    TrainLog *log = user;
    const TrainPictures name = { .name = "codes", .step = codes->step };
    Image image = { 0 };
    char *path = NULL;
    if (codes->codes > CHART_ITEMS_MAX) return OK;
    Status status = draw_codes(&image, codes, error);
    if (!status)
        status = string_format(&path, error, "%s/codes_step_%06" PRId64 ".png", log->pictures,
                               codes->step);
    if (!status) status = image_write_png(&image, path, error);
    if (!status) status = train_events_sheet(log->events, &name, &image, error);
    memory_free(path);
    image_release(&image);
    return status;
}

static Status on_saved(void *user, const char *path, int64_t step, Error *error)
{
    TrainLog *log = user;
    char line[1200];
    snprintf(line, sizeof line, "%s: saved %s after %" PRId64 " steps", log->title, path, step);
    log_file_line(log->folder, LOG_INFO, line);
    memory_free(log->saved);
    log->saved = NULL;
    return string_copy(&log->saved, path, error);
}

static Status on_note(void *user, const char *text, Error *error)
{
    TrainLog *log = user;
    (void)error;
    show(log, text);
    return OK;
}

/* --- life -------------------------------------------------------------------------------------------- */

Status train_log_create(TrainLog **out, const char *folder, ExperimentKind kind, const char *title,
                        const char *time, Error *error)
{
    TrainLog *log = NULL;
    *out = NULL;
    Status status = memory_new(&log, error);
    if (status) return status;
    log->kind = kind;
    snprintf(log->title, sizeof log->title, "%s", title);
    status = string_copy(&log->folder, folder, error);
    if (!status) status = path_join(&log->metrics_path, folder, "metrics.jsonl", error);
    if (!status) status = path_join(&log->losses_path, folder, "losses.json", error);
    if (!status) status = path_join(&log->loss_plots, folder, "plots/loss_plots", error);
    if (!status) status = path_join(&log->events_folder, folder, "tboard_logs", error);
    if (!status) status = string_copy(&log->time, time, error);
    if (!status) status = path_join(&log->pictures, folder, "plots/valid_plots", error);
    if (status) {
        train_log_destroy(log);
        return status;
    }
    *out = log;
    return OK;
}

void train_log_destroy(TrainLog *log)
{
    if (!log) return;
    if (log->started) progress_end(&log->progress, log->done, NULL);
    if (log->metrics) {
        settle_held(log, false);
        fclose(log->metrics);
    }
    Error ignored;
    if (train_events_close(log->events, &ignored)) progress_note(&log->progress, ignored.text);
    loss_history_release(&log->history);
    memory_free(log->held);
    memory_free(log->saved);
    memory_free(log->time);
    memory_free(log->events_folder);
    memory_free(log->pictures);
    memory_free(log->loss_plots);
    memory_free(log->losses_path);
    memory_free(log->metrics_path);
    memory_free(log->folder);
    memory_free(log);
}

TrainObserver train_log_observer(TrainLog *log)
{
    return (TrainObserver){ .user = log,
                            .start = on_start,
                            .step = on_step,
                            .epoch = on_epoch,
                            .pictures = on_pictures,
                            .codes = on_codes,
                            .saved = on_saved,
                            .note = on_note };
}

const char *train_log_saved(const TrainLog *log)
{
    return log->saved;
}
