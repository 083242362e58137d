#include "commands/action_measure.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

/* ---- room ---- */

static Status make_view(ActionView *view, const ActionRolls *rolls, const FigureRun *run,
                        Error *error)
{
    const size_t frame = (size_t)run->H * (size_t)run->W * 3, all = (size_t)rolls->codes + 1;
    view->slot = -1;
    Status status = memory_new_array(&view->target, (size_t)run->T * frame, error);
    if (!status) status = memory_new_array(&view->images, all * (size_t)run->m * frame, error);
    if (!status) status = memory_new_array(&view->regions, all * ((size_t)run->m + 1), error);
    return status;
}

Status action_measure_init(ActionMeasure *out, const ActionRolls *rolls, const FigureRun *run,
                           int views, Error *error)
{
    const int clips = clip_loop_count(run->loop), threads = clip_loop_threads(run->loop);
    *out = (ActionMeasure){ .codes = rolls->codes,
                            .clips = clips,
                            .views = views < clips ? views : clips,
                            .threads = threads };
    const size_t motions = (size_t)clips * (size_t)rolls->codes;
    Status status = memory_new_array(&out->inferred, (size_t)threads, error);
    if (!status) status = memory_new_array(&out->applied, (size_t)threads, error);
    for (int i = 0; !status && i < threads; i++) {
        status = action_table_init(&out->inferred[i], rolls->codes, error);
        if (!status) status = action_table_init(&out->applied[i], rolls->codes, error);
    }
    if (!status) status = memory_new_array(&out->motions, motions, error);
    if (!status) status = memory_new_array(&out->overlaps, (size_t)clips, error);
    if (!status && out->views) status = memory_new_array(&out->view, (size_t)out->views, error);
    for (int i = 0; !status && i < out->views; i++)
        status = make_view(&out->view[i], rolls, run, error);
    return status;
}

void action_measure_release(ActionMeasure *measure)
{
    for (int i = 0; measure->view && i < measure->views; i++) {
        memory_free(measure->view[i].regions);
        memory_free(measure->view[i].images);
        memory_free(measure->view[i].target);
    }
    for (int i = 0; i < measure->threads; i++) {
        if (measure->applied) action_table_release(&measure->applied[i]);
        if (measure->inferred) action_table_release(&measure->inferred[i]);
    }
    memory_free(measure->view);
    memory_free(measure->overlaps);
    memory_free(measure->motions);
    memory_free(measure->applied);
    memory_free(measure->inferred);
    *measure = (ActionMeasure){ 0 };
}

/* ---- one clip ---- */

/* moves of the object between the clip's frames, beside the codes inferred for its slot */
static void count_inferred(ActionTable *table, const ActionRolls *rolls, const FigureRun *run,
                           int worker, const ClipView *clip, int object, int slot)
{
    const real *index = plan_value(run->workers[worker].plan, rolls->inferred.index);
    const int *labels = run->workers[worker].labels[1];
    const int area = run->H * run->W;
    Region before = region_of(labels, run->H, run->W, object);
    for (int t = 0; t + 1 < clip->real_frames; t++) {
        const int code = (int)index[rolls->per_step > 1 ? t * rolls->per_step + slot : t];
        const Region after = region_of(labels + (t + 1) * area, run->H, run->W, object);
        double dx, dy;
        if (region_step(&dx, &dy, &before, &after))
            table->counts[code * ACTION_MOVES + action_move_of(dx, dy)]++;
        before = after;
    }
}

/* steps of the slot's region while a code is held */
static void count_applied(ActionTable *table, CodeMotion *motions, const ActionRoll *roll, int code,
                          int slot, int m)
{
    const Region *way = roll->regions + (size_t)slot * ((size_t)m + 1);
    for (int step = 0; step < m; step++) {
        const Region *before = &way[step], *after = &way[step + 1];
        if (!before->pixels || before->at_border || after->at_border) continue;
        const double dx = after->pixels ? after->x - before->x : 0;
        const double dy = after->pixels ? after->y - before->y : 0;
        table->counts[code * ACTION_MOVES + action_move_of(dx, dy)]++;
        motions[code].dx += dx;
        motions[code].dy += dy;
        motions[code].steps++;
    }
}

static void keep_view(ActionView *view, const ActionRolls *rolls, const FigureRun *run,
                      const ActionRoll *roll, const ClipView *clip, int slot)
{
    const size_t frame = (size_t)run->H * (size_t)run->W * 3;
    const size_t images = (size_t)run->m * frame, way = (size_t)run->m + 1;
    view->slot = slot;
    memcpy(view->target, clip->frames, (size_t)run->T * frame * sizeof *view->target);
    for (int i = 0; i <= rolls->codes; i++) {
        memcpy(view->images + (size_t)i * images, roll[i].images, images * sizeof *view->images);
        memcpy(view->regions + (size_t)i * way, roll[i].regions + (size_t)slot * way,
               way * sizeof *view->regions);
    }
}

static void measure_object(ActionMeasure *measure, ActionRolls *rolls, FigureRun *run, int worker,
                           const ClipView *clip, int object, int slot)
{
    CodeMotion *motions = measure->motions + (size_t)clip->index * (size_t)measure->codes;
    count_inferred(&measure->inferred[worker], rolls, run, worker, clip, object, slot);
    const ActionRoll *roll = action_rolls_run_slot(rolls, run, worker, slot);
    for (int code = 0; code < measure->codes; code++)
        count_applied(&measure->applied[worker], motions, &roll[1 + code], code, slot, run->m);
    if (clip->index < measure->views && measure->view[clip->index].slot < 0)
        keep_view(&measure->view[clip->index], rolls, run, roll, clip, slot);
}

Status action_measure_clip(ActionMeasure *measure, ActionRolls *rolls, FigureRun *run, int worker,
                           const ClipView *clip, Error *error)
{
    SlotIou iou;
    double sum = 0;
    int objects = 0;
    const Status status = figure_slot_iou(&iou, run, worker, clip, error);
    if (status) return status;
    for (int object = 1; object < SLOT_CLASSES; object++) {
        if (iou.slots[object] < 0) continue;
        measure_object(measure, rolls, run, worker, clip, object, iou.slots[object]);
        sum += iou.classes[object];
        objects++;
    }
    measure->overlaps[clip->index] = objects ? sum / objects : (double)NAN;
    return OK;
}

/* ---- all clips ---- */

void action_measure_finish(ActionMeasure *measure)
{
    for (int i = 1; i < measure->threads; i++) {
        action_table_merge(&measure->inferred[0], &measure->inferred[i]);
        action_table_merge(&measure->applied[0], &measure->applied[i]);
    }
}

CodeMotion action_measure_motion(const ActionMeasure *measure, int code)
{
    CodeMotion sum = { 0 };
    for (int clip = 0; clip < measure->clips; clip++) {
        const CodeMotion *own =
            &measure->motions[(size_t)clip * (size_t)measure->codes + (size_t)code];
        sum.dx += own->dx;
        sum.dy += own->dy;
        sum.steps += own->steps;
    }
    sum.dx = sum.steps ? sum.dx / (double)sum.steps : (double)NAN;
    sum.dy = sum.steps ? sum.dy / (double)sum.steps : (double)NAN;
    return sum;
}

double action_measure_overlap(const ActionMeasure *measure)
{
    double sum = 0;
    int count = 0;
    for (int clip = 0; clip < measure->clips; clip++) {
        if (isnan(measure->overlaps[clip])) continue;
        sum += measure->overlaps[clip];
        count++;
    }
    return count ? sum / count : (double)NAN;
}
