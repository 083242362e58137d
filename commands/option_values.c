#include "commands/option_values.h"

#include <string.h>

#include "commands/command.h"
#include "envs/env.h"
#include "envs/task_set.h"
#include "policies/policy.h"

/* --- words by what the argument is called ------------------------------------------------------------ */

static const char *task_word(int index)
{
    return index < task_count() ? task_name(task_at(index)) : NULL;
}

static const char *policy_word(int index)
{
    int made = 0; /* by name, that is: learned ones are made from checkpoints */
    for (int i = 0; i < policy_def_count(); i++) {
        if (policy_def_at(i)->create && made++ == index) return policy_def_at(i)->name;
    }
    return NULL;
}

static const char *set_word(int index)
{
    return index < task_set_count() ? seeding_names[task_set_at(index)->seeding] : NULL;
}

static const char *command_word(int index)
{
    return index < commands_count ? commands_all[index]->name : NULL;
}

static const struct {
    const char *argument;
    const char *(*word)(int index);
} word_lists[] = {
    { "TASK", task_word },
    { "POLICY", policy_word },
    { "SET", set_word },
    { "COMMAND", command_word },
};

static const char *(*words_of(const Option *option))(int index)
{
    for (size_t i = 0; option->argument && i < sizeof word_lists / sizeof word_lists[0]; i++) {
        if (!strcmp(word_lists[i].argument, option->argument)) return word_lists[i].word;
    }
    return NULL;
}

/* --- names below an experiment ----------------------------------------------------------------------- */

#define IN_MODELS "models/*.safetensors"
#define PATTERNS  3

static const struct {
    const char *option, *patterns[PATTERNS];
} below[] = {
    { "savi_ckpt", { IN_MODELS } },
    { "pred_ckpt", { "predictors/*/" IN_MODELS } },
    { "beh_ckpt", { "predictors/*/behaviors/*/" IN_MODELS } },
    { "checkpoint",
      { IN_MODELS, "predictors/*/" IN_MODELS, "predictors/*/behaviors/*/" IN_MODELS } },
    { "name_pred_exp", { "predictors/*" } },
    { "name_beh_exp", { "predictors/*/behaviors/*" } },
};

const char *option_value_pattern(const Option *option, int index)
{
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        if (strcmp(below[i].option, option->name)) continue;
        return index < PATTERNS ? below[i].patterns[index] : NULL;
    }
    return NULL;
}

/* --- public ------------------------------------------------------------------------------------------ */

static bool is_called(const Option *option, const char *argument)
{
    return option->argument && !strcmp(option->argument, argument);
}

ValueKind option_value_kind(const Option *option)
{
    if (option->kind == OPTION_FLAG) return VALUE_NONE;
    if (option->choices || words_of(option)) return VALUE_WORDS;
    if (is_called(option, "DIR")) return VALUE_FOLDER;
    if (option_value_pattern(option, 0)) return VALUE_BELOW;
    if (is_called(option, "FILE") || is_called(option, "CKPT")) return VALUE_FILE;
    return VALUE_FREE;
}

const char *option_value_word(const Option *option, int index)
{
    if (!option->choices) return words_of(option)(index);
    for (int i = 0; i < index; i++) {
        if (!option->choices[i]) return NULL;
    }
    return option->choices[index];
}

void option_print_words(FILE *stream, const Option *option)
{
    const char *word = NULL;
    for (int i = 0; (word = option_value_word(option, i)); i++)
        fprintf(stream, i ? " %s" : "%s", word);
}
