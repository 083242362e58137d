/* import-checkpoint, export-checkpoint: weights of the reference in, weights for it out */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/command.h"
#include "commands/common_options.h"
#include "training/checkpoint_torch.h"

typedef struct ImportOptions {
    const char *file, *out, *action_decoder, *kind, *params;
    bool model_only;
} ImportOptions;

typedef struct ExportOptions {
    const char *file, *out, *format, *part;
} ExportOptions;

static void print_summary(const char *verb, const char *out, const CheckpointSummary *summary)
{
    printf("%s %s: %d tensors, %" PRId64 " parameters", verb, summary->kind, summary->tensors,
           summary->parameters);
    if (summary->trained)
        printf(", optimiser state of %d, epoch %d, step %" PRId64, summary->moments, summary->epoch,
               summary->step);
    else
        printf(", no state of training");
    printf(": %s\n", out);
}

/* ---- import ---- */

/* "<folder>/ActDec_x.pth" for "<folder>/Policy_x.pth" when both are there; NULL otherwise */
static Status find_decoder(char **out, const ImportOptions *options, Error *error)
{
    static const char policy[] = "Policy_";
    const char *base = path_base(options->file);
    *out = NULL;
    if (options->action_decoder) return string_copy(out, options->action_decoder, error);
    if (strncmp(base, policy, strlen(policy))) return OK;
    const Status status = string_format(out, error, "%.*sActDec_%s", (int)(base - options->file),
                                        options->file, base + strlen(policy));
    if (!status && !file_exists(*out)) {
        memory_free(*out);
        *out = NULL;
    }
    return status;
}

/* a file whose tensors are not the experiment's is of no use */
static Status check_fit(const char *out, const char *kind, const Json *params, Error *error)
{
    const Status status = checkpoint_fits(out, kind, params, error);
    Error ignored;
    if (status && file_remove(out, &ignored)) return status;
    return status;
}

static Status import_with(const ImportOptions *options, const char *decoder, const Json *params,
                          Error *error)
{
    const CheckpointImport request = { .path = options->file,
                                       .action_decoder = decoder,
                                       .kind = options->kind,
                                       .params = params,
                                       .version = PLAYSLOT_VERSION,
                                       .model_only = options->model_only };
    CheckpointSummary summary;
    Status status = checkpoint_import(&summary, options->out, &request, error);
    if (!status && params) status = check_fit(options->out, summary.kind, params, error);
    if (status) return status;
    print_summary("imported", options->out, &summary);
    if (!strcmp(summary.kind, "policy") && !decoder)
        fprintf(stderr, "its action decoder is missing: training and simulation need both files "
                        "(--action_decoder)\n");
    if (summary.trained && !summary.scheduled)
        fprintf(stderr,
                "the file tells no schedule of the learning rate: to go on training, import "
                "it with --params\n");
    return OK;
}

static Status run_import(const void *raw, Error *error)
{
    const ImportOptions *options = raw;
    char *decoder = NULL;
    Json *params = NULL;
    Status status = find_decoder(&decoder, options, error);
    if (!status && options->params) status = json_read(&params, options->params, error);
    if (!status) status = import_with(options, decoder, params, error);
    json_destroy(params);
    memory_free(decoder);
    return status;
}

#define FILE_ROW(help_)                                                                            \
    {                                                                                              \
        .name = "file", .kind = OPTION_TEXT, .positional = true, .required = true,                 \
        .argument = "FILE", AT(file), .help = (help_)                                              \
    }

#define AT(member) .offset = offsetof(ImportOptions, member)
static const Option import_options[] = {
    FILE_ROW("checkpoint of the reference, .pth"),
    REQUIRED_OUT_OPTION("FILE", out, "the checkpoint to write, .safetensors"),
    TEXT_ROW("params", "FILE", params,
             "experiment_params.json: checked against the tensors and kept in the checkpoint"),
    TEXT_ROW("action_decoder", "FILE", action_decoder,
             "second file of a policy; if not given, ActDec_x.pth beside Policy_x.pth"),
    CHOICE_ROW("kind", "KIND", checkpoint_kinds, NULL, kind,
               "what it is a checkpoint of, if not told by the names of its tensors"),
    FLAG_ROW("model_only", model_only, "leave out optimiser and schedule"),
};
#undef AT

const Command command_import_checkpoint = {
    .name = "import-checkpoint",
    .summary = "read a checkpoint of the reference (PyTorch), training state included",
    .details = "Nothing in the file is run: its pickle is interpreted with a fixed list of names.",
    .table = OPTIONS(import_options),
    .options_size = sizeof(ImportOptions),
    .run = run_import,
};

/* ---- export ---- */

static const char *const format_choices[] = { "pth", "safetensors", NULL };

static Status run_export(const void *raw, Error *error)
{
    const ExportOptions *options = raw;
    const CheckpointExport request = { .path = options->file, .part = options->part };
    CheckpointSummary summary;
    const Status status = strcmp(options->format, "pth")
                              ? checkpoint_export_weights(&summary, options->out, &request, error)
                              : checkpoint_export_torch(&summary, options->out, &request, error);
    if (!status) print_summary("exported", options->out, &summary);
    return status;
}

#define AT(member) .offset = offsetof(ExportOptions, member)
static const Option export_options[] = {
    FILE_ROW("checkpoint of this program, .safetensors"),
    REQUIRED_OUT_OPTION("FILE", out, "the file to write"),
    CHOICE_ROW(
        "format", "FORMAT", format_choices, "pth", format,
        "pth: as the reference saves it; safetensors: the weights under the reference's names"),
    CHOICE_ROW("part", "PART", checkpoint_policy_parts, NULL, part,
               "which model of a policy; the reference keeps them in two files"),
};
#undef AT

const Command command_export_checkpoint = {
    .name = "export-checkpoint",
    .summary = "write a checkpoint for the reference (PyTorch) or for other tools",
    .details =
        "torch.load(FILE, weights_only=True) opens the .pth; equal checkpoints give equal bytes.",
    .table = OPTIONS(export_options),
    .options_size = sizeof(ExportOptions),
    .run = run_export,
};
