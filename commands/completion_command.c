/* completion: a script for the user's shell */
#include "commands/command.h"

#include <stdio.h>
#include <string.h>

#include "commands/completion.h"

typedef struct CompletionOptions {
    const char *shell;
} CompletionOptions;

static const char *const shell_choices[] = { "bash", "zsh", "fish", NULL };

static const Option completion_options[] = {
    { .name = "shell",
      .kind = OPTION_TEXT,
      .positional = true,
      .required = true,
      .choices = shell_choices,
      .offset = offsetof(CompletionOptions, shell),
      .help = "whose script to print" },
};

static Status print_script(const void *raw, Error *error)
{
    (void)error;
    const CompletionOptions *options = raw;
    if (!strcmp(options->shell, "zsh")) {
        completion_print_zsh(stdout);
    } else if (!strcmp(options->shell, "fish")) {
        completion_print_fish(stdout);
    } else {
        completion_print_bash(stdout);
    }
    return OK;
}

const Command command_completion = {
    .name = "completion",
    .summary = "print a script that completes playslot's command lines in a shell",
    .details = "  bash   source <(playslot completion bash)\n"
               "  zsh    source <(playslot completion zsh), after compinit\n"
               "  fish   playslot completion fish | source\n",
    .table = OPTIONS(completion_options),
    .options_size = sizeof(CompletionOptions),
    .run = print_script,
};
