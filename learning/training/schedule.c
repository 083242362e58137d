#include <math.h>

#include "training/optimizer.h"

static const double pi = 3.14159265358979323846;

ScheduleOptions schedule_default(void)
{
    return (ScheduleOptions){ .kind = SCHEDULE_COSINE,
                              .lr = 1e-4,
                              .period = 1e6,
                              .warmup = true,
                              .warmup_steps = 4000,
                              .warmup_epochs = 1000 };
}

Schedule schedule_start(ScheduleOptions options)
{
    /* without warm-up the first step ends it at once, as with W = -1 */
    if (!options.warmup) options.warmup_steps = -1;
    return (Schedule){ .options = options, .rate = options.lr, .warming = true, .final_step = -1 };
}

/* one step of the cosine, multiplying the last rate */
static void cosine_step(Schedule *schedule)
{
    const double period = schedule->options.period;
    const double c = (double)++schedule->count;
    if (schedule->options.clamp && c >= period)
        schedule->rate = 0.0;
    else if (fmod(c - 1.0 - period, 2.0 * period) == 0.0)
        schedule->rate += schedule->options.lr * (1.0 - cos(pi / period)) / 2.0;
    else
        schedule->rate *= (1.0 + cos(pi * c / period)) / (1.0 + cos(pi * (c - 1.0) / period));
}

static void end_warmup(Schedule *schedule, int64_t it)
{
    schedule->warming = false;
    schedule->final_step = it;
}

double schedule_begin_step(Schedule *schedule, int64_t it, int epoch)
{
    const ScheduleOptions *options = &schedule->options;
    if (!schedule->warming) {
        if (options->kind == SCHEDULE_COSINE) cosine_step(schedule);
    } else if (it > options->warmup_steps) {
        end_warmup(schedule, it);
    } else if (epoch >= options->warmup_epochs) {
        end_warmup(schedule, it);
        schedule->rate = options->lr;
    } else if (options->warmup_steps > 0) {
        schedule->rate = options->lr * (double)it / (double)options->warmup_steps;
    }
    return schedule->rate;
}
