/* plan: what a training takes, before it starts: parameters, memory, operations, time */
#include "commands/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands/common_options.h"
#include "commands/train.h"

typedef struct PlanCommandOptions {
    const char *stage;
    int measure;
    double rate; /* GFLOP/s; 0: none stated */
    TrainOptions train;
} PlanCommandOptions;

/* what the observer is told, and what it was told */
typedef struct PlanReport {
    const PlanCommandOptions *options;
    double flop_per_step, flop_valid, flop_frozen;
    int64_t steps, validations,
        first_validations; /* batches, those of the first epoch among them */
} PlanReport;

/* --- parameters -------------------------------------------------------------------------------------- */

/* length of "savi.encoder" in "savi.encoder.conv0.weight"; of the whole name when it has less */
static size_t module_length(const char *name)
{
    const char *dot = strchr(name, '.');
    const char *second = dot ? strchr(dot + 1, '.') : NULL;
    return second ? (size_t)(second - name) : strlen(name);
}

typedef struct Module {
    const char *name; /* `length` characters of it */
    size_t length, params, trained, buffers;
} Module;

static bool is_in_module(const Module *module, const char *name)
{
    return module->name && module_length(name) == module->length &&
           !strncmp(module->name, name, module->length);
}

static void add_param(Module *module, const Param *param)
{
    const size_t count = shape_count(param->shape);
    if (param->is_buffer) {
        module->buffers += count;
        return;
    }
    module->params += count;
    if (!param->is_frozen) module->trained += count;
}

static void print_module(const Module *module)
{
    if (!module->name) return;
    printf("%-36.*s %12zu %12zu %12zu\n", (int)module->length, module->name, module->params,
           module->trained, module->buffers);
}

/* parts in order of declaration, which keeps a module together */
static Module print_modules(const ParamStore *store)
{
    Module total = { .name = "total", .length = strlen("total") }, module = { 0 };
    printf("%-36s %12s %12s %12s\n", "module", "parameters", "trained", "buffers");
    for (int i = 0; i < params_count(store); i++) {
        const Param *param = params_at(store, i);
        if (!is_in_module(&module, param->name)) {
            print_module(&module);
            module = (Module){ .name = param->name, .length = module_length(param->name) };
        }
        add_param(&module, param);
        add_param(&total, param);
    }
    print_module(&module);
    print_module(&total);
    return total;
}

/* --- the rest ---------------------------------------------------------------------------------------- */

static double mib(double bytes)
{
    return bytes / (1024.0 * 1024.0);
}

/* values and their sum of gradients; a gradient block per worker; two moments of what is trained */
static double store_bytes(const TrainStart *start)
{
    const double total = (double)params_total(start->store);
    return (total * (2.0 + start->workers) + 2.0 * (double)start->parameters) * sizeof(real);
}

static void print_time(const char *what, double seconds)
{
    const int64_t whole = (int64_t)(seconds + 0.5);
    printf("%-12s %.4g s", what, seconds);
    if (whole >= 60)
        printf(" (%" PRId64 ":%02d:%02d)", whole / 3600, (int)(whole / 60 % 60), (int)(whole % 60));
    printf("\n");
}

static void print_stated(const PlanReport *report)
{
    const double rate = report->options->rate * 1e9;
    const double flop = report->flop_per_step * (double)report->steps +
                        report->flop_valid * (double)report->validations + report->flop_frozen;
    printf("%-12s %.4g GFLOP/s as stated: %.4g s a step\n", "speed", report->options->rate,
           report->flop_per_step / rate);
    print_time("time", flop / rate);
}

static Status on_start(void *user, const TrainStart *start, Error *error)
{
    PlanReport *report = user;
    (void)error;
    const Module total = print_modules(start->store);
    report->steps = start->total_steps;
    report->flop_per_step = start->flop_per_step;
    report->flop_valid = start->flop_valid;
    report->flop_frozen = start->flop_frozen;
    report->first_validations = start->valid_batches;
    report->validations = (int64_t)start->valid_batches * start->epochs;
    printf("\n%-12s %d clips for training, %d for validation\n", "data", start->clips,
           start->valid_clips);
    printf("%-12s batches of %d, %d clips at a time on %d threads\n", "batch", start->batch_size,
           start->micro_batch, start->workers);
    printf("%-12s %.1f MiB of activations, %.1f MiB of parameters, gradients and moments\n",
           "memory", mib((double)start->plan_bytes), mib(store_bytes(start)));
    printf("%-12s %.4g GFLOP a step (forward %.4g, backward %.4g), %.4g a validation batch\n",
           "operations", start->flop_per_step * 1e-9, start->flop_forward * 1e-9,
           (start->flop_per_step - start->flop_forward) * 1e-9, start->flop_valid * 1e-9);
    if (total.params > total.trained)
        printf("%-12s %.4g TFLOP in all, %.1f MiB of activations and slots kept\n", "frozen",
               start->flop_frozen * 1e-12, mib((double)start->frozen_bytes));
    printf("%-12s %d epochs of %d steps: %" PRId64
           " steps, %.4g TFLOP; %d validation batches each\n",
           "training", start->epochs, start->steps_per_epoch, start->total_steps,
           start->flop_per_step * (double)start->total_steps * 1e-12, start->valid_batches);
    if (report->options->rate > 0) print_stated(report);
    return OK;
}

static Status on_rehearsed(void *user, const TrainRehearsal *rehearsal, Error *error)
{
    const PlanReport *report = user;
    (void)error;
    const double later = (double)(report->steps - rehearsal->first_steps);
    const double steps =
        rehearsal->step * later + rehearsal->first * (double)rehearsal->first_steps;
    const double validation =
        rehearsal->valid_first * (double)report->first_validations +
        rehearsal->valid * (double)(report->validations - report->first_validations);
    printf(
        "%-12s %.4g GFLOP/s measured over %d steps: %.4g s a step, %.4g s when frozen models see "
        "its clips first; waiting for data %.4g s\n",
        "speed", report->flop_per_step / rehearsal->step * 1e-9, rehearsal->steps, rehearsal->step,
        rehearsal->first, rehearsal->wait);
    print_time("steps", steps);
    print_time("validation", validation);
    print_time("time", steps + validation);
    return OK;
}

/* --- command ----------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    ExperimentKind kind;
    bool needs_predictor, needs_policy, needs_oracle; /* names below the SAVi experiment */
    bool no_latents;                                  /* see TrainOptions */
} stages[] = {
    { .name = "savi", .kind = EXPERIMENT_SAVI },
    { .name = "predictor",
      .kind = EXPERIMENT_PREDICTOR,
      .needs_predictor = true,
      .no_latents = true },
    { .name = "playslot", .kind = EXPERIMENT_PREDICTOR, .needs_predictor = true },
    { .name = "policy", .kind = EXPERIMENT_POLICY, .needs_predictor = true, .needs_policy = true },
    { .name = "oracle", .kind = EXPERIMENT_ORACLE, .needs_oracle = true },
};
static const char *const stage_names[] = {
    "savi", "predictor", "playslot", "policy", "oracle", NULL
};

static Status check_name(bool needed, const char *given, const char *option, const char *stage,
                         Error *error)
{
    if (!needed || given) return OK;
    return error_set(error, ERR_ARGUMENT, "--%s is required for %s", option, stage);
}

static Status run_plan(const void *raw, Error *error)
{
    const PlanCommandOptions *options = raw;
    PlanReport report = { .options = options };
    const TrainObserver observer = { .user = &report,
                                     .start = on_start,
                                     .rehearsed = on_rehearsed };
    TrainOptions train = options->train;
    size_t i = 0;
    train.seed = -1; /* as the parameters say */
    while (strcmp(stages[i].name, options->stage))
        i++;
    train.no_latents = stages[i].no_latents;
    Status status = check_name(stages[i].needs_predictor, train.name_pred_exp, "name_pred_exp",
                               options->stage, error);
    if (!status)
        status = check_name(stages[i].needs_policy, train.name_beh_exp, "name_beh_exp",
                            options->stage, error);
    if (!status)
        status = check_name(stages[i].needs_oracle, train.name_oracle_exp, "name_oracle_exp",
                            options->stage, error);
    if (status) return status;
    return train_rehearse(&train, stages[i].kind, options->measure, observer, error);
}

#define AT(member) .offset = offsetof(PlanCommandOptions, member)
static const Option plan_options[] = {
    { .name = "stage",
      .kind = OPTION_TEXT,
      .positional = true,
      .required = true,
      .choices = stage_names,
      AT(stage),
      .help = "which training" },
    EXP_DIRECTORY_OPTION(train.exp_directory, EXP_DIRECTORY_HELP),
    TEXT_ROW("name_pred_exp", "NAME", train.name_pred_exp, "predictor experiment"),
    TEXT_ROW("name_beh_exp", "NAME", train.name_beh_exp, "policy experiment"),
    TEXT_ROW("name_oracle_exp", "NAME", train.name_oracle_exp, "oracle experiment"),
    INT_ROW("num_expert_demos", "-1", -1, 1e9, train.num_expert_demos,
            "demonstrations to learn from; -1: all"),
    INT_ROW("measure", "0", 0, 1000, measure,
            "time so many steps on this machine, thrown away afterwards; 0: none"),
    { .name = "rate",
      .kind = OPTION_REAL,
      .argument = "GFLOPS",
      .low = 0,
      .high = 1e9,
      AT(rate),
      .help = "expect this speed, in GFLOP/s" },
    THREADS_OPTION(train.threads),
    SET_OPTION(train.set),
};

const Command command_plan = {
    .name = "plan",
    .summary = "tell what a training takes: parameters, memory, operations and time",
    .details = "Writes nothing into the experiment. Frozen models need no checkpoints: random "
               "weights take as\n"
               "long. Operations are counted from the recorded computation.",
    .table = OPTIONS(plan_options),
    .options_size = sizeof(PlanCommandOptions),
    .run = run_plan,
};
