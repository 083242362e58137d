#include "commands/option.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 96

typedef struct Parser {
    void *target;
    const OptionTable *table;
    int argc;
    char *const *argv;
    int next;        /* argument to look at */
    int positionals; /* taken so far */
    bool only_positional;
    bool given[NAMES_MAX];
} Parser;

/* --- names ------------------------------------------------------------------------------------------- */

static char same_case(char c)
{
    return c == '_' ? '-' : c;
}

/* equal up to '-' against '_'; `length` characters of `word` */
static bool name_matches(const char *name, const char *word, size_t length)
{
    if (strlen(name) != length) return false;
    for (size_t i = 0; i < length; i++) {
        if (same_case(name[i]) != same_case(word[i])) return false;
    }
    return true;
}

static int find_long(const OptionTable *table, const char *word, size_t length)
{
    for (int i = 0; i < table->count; i++) {
        const Option *option = &table->options[i];
        if (!option->positional && name_matches(option->name, word, length)) return i;
    }
    return -1;
}

const Option *options_find(const OptionTable *table, const char *name)
{
    const int index = find_long(table, name, strlen(name));
    return index < 0 ? NULL : &table->options[index];
}

static int find_letter(const OptionTable *table, char letter)
{
    for (int i = 0; i < table->count; i++) {
        if (!table->options[i].positional && table->options[i].letter == letter) return i;
    }
    return -1;
}

static Status unknown_option(const OptionTable *table, const char *word, size_t length,
                             Error *error)
{
    const char *names[NAMES_MAX];
    char shown[128];
    int count = 0;
    for (int i = 0; i < table->count && count < NAMES_MAX - 1; i++) {
        if (!table->options[i].positional) names[count++] = table->options[i].name;
    }
    names[count++] = "help";
    snprintf(shown, sizeof shown, "%.*s", length > 100 ? 100 : (int)length, word);
    const char *near = nearest_name(shown, names, count);
    if (near) {
        return error_set(error, ERR_ARGUMENT, "unknown option '--%s' (did you mean '--%s'?)", shown,
                         near);
    }
    return error_set(error, ERR_ARGUMENT, "unknown option '--%s'", shown);
}

/* "--name" or, for positional arguments, "<name>" */
static void option_label(char *out, size_t size, const Option *option)
{
    snprintf(out, size, option->positional ? "<%s>" : "--%s", option->name);
}

/* --- values ------------------------------------------------------------------------------------------ */

static bool has_range(const Option *option)
{
    return option->low != 0 || option->high != 0;
}

static Status check_range(const Option *option, double value, Error *error)
{
    if (!has_range(option) || (value >= option->low && value <= option->high)) return OK;
    return error_set(error, ERR_ARGUMENT, "--%s: %.10g is outside [%.10g, %.10g]", option->name,
                     value, option->low, option->high);
}

static Status read_int(int *out, const Option *option, const char *text, Error *error)
{
    char *end = NULL;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < INT_MIN || value > INT_MAX) {
        return error_set(error, ERR_ARGUMENT, "--%s: '%s' is not an integer", option->name, text);
    }
    *out = (int)value;
    return check_range(option, (double)value, error);
}

static Status read_seed(uint64_t *out, const Option *option, const char *text, Error *error)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (errno || end == text || *end || strchr(text, '-')) {
        return error_set(error, ERR_ARGUMENT, "--%s: '%s' is not an integer from 0 to 2^64 - 1",
                         option->name, text);
    }
    *out = value;
    return check_range(option, (double)value, error);
}

static Status read_real(double *out, const Option *option, const char *text, Error *error)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value)) {
        return error_set(error, ERR_ARGUMENT, "--%s: '%s' is not a number", option->name, text);
    }
    *out = value;
    return check_range(option, value, error);
}

static int choice_count(const Option *option)
{
    int count = 0;
    while (option->choices && option->choices[count])
        count++;
    return count;
}

static void join_choices(char *out, size_t size, const Option *option)
{
    size_t used = 0;
    out[0] = 0;
    for (int i = 0; i < choice_count(option) && used < size; i++) {
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", option->choices[i]);
    }
}

static Status check_choice(const Option *option, const char *text, Error *error)
{
    const int count = choice_count(option);
    if (count == 0) return OK;
    for (int i = 0; i < count; i++) {
        if (!strcmp(option->choices[i], text)) return OK;
    }
    char label[80], listed[400];
    option_label(label, sizeof label, option);
    join_choices(listed, sizeof listed, option);
    const char *near = nearest_name(text, option->choices, count);
    if (near) {
        return error_set(error, ERR_ARGUMENT, "%s: '%s' is none of %s (did you mean '%s'?)", label,
                         text, listed, near);
    }
    return error_set(error, ERR_ARGUMENT, "%s: '%s' is none of %s", label, text, listed);
}

static Status append_text(TextList *list, const Option *option, const char *text, Error *error)
{
    if (list->count == OPTION_LIST_MAX) {
        return error_set(error, ERR_ARGUMENT, "--%s: given more than %d times", option->name,
                         OPTION_LIST_MAX);
    }
    list->values[list->count++] = text;
    return check_choice(option, text, error);
}

static Status store_value(void *target, const Option *option, const char *text, Error *error)
{
    void *place = (char *)target + option->offset;
    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)place = true;
        return OK;
    case OPTION_INT:
        return read_int(place, option, text, error);
    case OPTION_SEED:
        return read_seed(place, option, text, error);
    case OPTION_REAL:
        return read_real(place, option, text, error);
    case OPTION_TEXT:
        *(const char **)place = text;
        return check_choice(option, text, error);
    case OPTION_TEXTS:
        return append_text(place, option, text, error);
    }
    return error_set(error, ERR_ARGUMENT, "--%s: unknown kind of option", option->name);
}

/* --- arguments --------------------------------------------------------------------------------------- */

static Status store_once(Parser *parser, int index, const char *text, Error *error)
{
    const Option *option = &parser->table->options[index];
    if (parser->given[index] && option->kind != OPTION_TEXTS) {
        return error_set(error, ERR_ARGUMENT, "--%s: given twice", option->name);
    }
    parser->given[index] = true;
    return store_value(parser->target, option, text, error);
}

/* an option's value: after '=' or the next argument */
static Status take_value(const char **out, Parser *parser, const Option *option,
                         const char *inline_value, Error *error)
{
    *out = inline_value;
    if (inline_value) return OK;
    if (parser->next >= parser->argc || !strncmp(parser->argv[parser->next], "--", 2)) {
        return error_set(error, ERR_ARGUMENT, "--%s: needs a value", option->name);
    }
    *out = parser->argv[parser->next++];
    return OK;
}

static Status take_option(Parser *parser, int index, const char *inline_value, Error *error)
{
    const Option *option = &parser->table->options[index];
    if (option->kind == OPTION_FLAG) {
        if (inline_value) {
            return error_set(error, ERR_ARGUMENT, "--%s: takes no value", option->name);
        }
        return store_once(parser, index, "", error);
    }
    const char *text = NULL;
    const Status status = take_value(&text, parser, option, inline_value, error);
    return status ? status : store_once(parser, index, text, error);
}

static Status take_long(Parser *parser, const char *word, Error *error)
{
    const char *equals = strchr(word, '=');
    const size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const int index = find_long(parser->table, word, length);
    if (index < 0) return unknown_option(parser->table, word, length, error);
    return take_option(parser, index, equals ? equals + 1 : NULL, error);
}

static Status take_letter(Parser *parser, const char *word, Error *error)
{
    const int index = find_letter(parser->table, word[0]);
    if (index < 0) return error_set(error, ERR_ARGUMENT, "unknown option '-%s'", word);
    const char *rest = word[1] == '=' ? word + 2 : word + 1;
    return take_option(parser, index, word[1] ? rest : NULL, error);
}

static Status take_positional(Parser *parser, const char *word, Error *error)
{
    int place = 0;
    for (int i = 0; i < parser->table->count; i++) {
        const Option *option = &parser->table->options[i];
        if (!option->positional) continue;
        if (place++ < parser->positionals) continue;
        if (option->kind != OPTION_TEXTS) parser->positionals++;
        return store_once(parser, i, word, error);
    }
    return error_set(error, ERR_ARGUMENT, "unexpected argument '%s'", word);
}

static Status take_argument(Parser *parser, bool *help, Error *error)
{
    const char *word = parser->argv[parser->next++];
    if (parser->only_positional || word[0] != '-' || !word[1]) {
        return take_positional(parser, word, error);
    }
    if (!strcmp(word, "--")) {
        parser->only_positional = true;
        return OK;
    }
    if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
        *help = true;
        return OK;
    }
    return word[1] == '-' ? take_long(parser, word + 2, error)
                          : take_letter(parser, word + 1, error);
}

static Status apply_fallbacks(void *target, const OptionTable *table, Error *error)
{
    for (int i = 0; i < table->count; i++) {
        const Option *option = &table->options[i];
        if (!option->fallback) continue;
        const Status status = store_value(target, option, option->fallback, error);
        if (status) return status;
    }
    return OK;
}

static Status check_required(const Parser *parser, Error *error)
{
    for (int i = 0; i < parser->table->count; i++) {
        const Option *option = &parser->table->options[i];
        if (!option->required || parser->given[i]) continue;
        char label[80];
        option_label(label, sizeof label, option);
        return error_set(error, ERR_ARGUMENT, "%s is required: %s", label, option->help);
    }
    return OK;
}

Status options_parse(void *target, bool *help, const OptionTable *table, int argc,
                     char *const *argv, Error *error)
{
    Parser parser = { .target = target, .table = table, .argc = argc, .argv = argv };
    *help = false;
    if (table->count > NAMES_MAX) {
        return error_set(error, ERR_ARGUMENT, "more than %d options in a table", NAMES_MAX);
    }
    Status status = apply_fallbacks(target, table, error);
    while (!status && !*help && parser.next < argc)
        status = take_argument(&parser, help, error);
    if (status || *help) return status;
    return check_required(&parser, error);
}

/* --- help -------------------------------------------------------------------------------------------- */

const char *option_argument(const Option *option)
{
    static const char *const by_kind[] = {
        [OPTION_FLAG] = "",  [OPTION_INT] = "N",     [OPTION_SEED] = "SEED",
        [OPTION_REAL] = "X", [OPTION_TEXT] = "TEXT", [OPTION_TEXTS] = "TEXT",
    };
    return option->argument ? option->argument : by_kind[option->kind];
}

void options_print_usage(FILE *stream, const char *command, const OptionTable *table)
{
    bool optional = false;
    fprintf(stream, "usage: playslot %s", command);
    for (int i = 0; i < table->count; i++) {
        const Option *option = &table->options[i];
        const char *more = option->kind == OPTION_TEXTS ? "..." : "";
        if (option->positional) {
            fprintf(stream, option->required ? " <%s>%s" : " [%s]%s", option->name, more);
        } else if (option->required) {
            fprintf(stream, " --%s %s", option->name, option_argument(option));
        } else {
            optional = true;
        }
    }
    fprintf(stream, "%s\n", optional ? " [options]" : "");
}

void option_print_constraints(FILE *stream, const Option *option)
{
    char listed[400];
    join_choices(listed, sizeof listed, option);
    if (listed[0]) fprintf(stream, "; one of: %s", listed);
    if (has_range(option)) fprintf(stream, "; %.10g to %.10g", option->low, option->high);
    if (option->kind == OPTION_TEXTS && !option->positional) fprintf(stream, "; repeatable");
    if (option->required) {
        fprintf(stream, " (required)");
    } else if (option->fallback) {
        fprintf(stream, " (default: %s)", option->fallback);
    }
}

void options_print_help(FILE *stream, const OptionTable *table)
{
    for (int i = 0; i < table->count; i++) {
        const Option *option = &table->options[i];
        char left[128];
        if (option->positional) {
            snprintf(left, sizeof left, "<%s>", option->name);
        } else if (option->letter) {
            snprintf(left, sizeof left, "-%c, --%s %s", option->letter, option->name,
                     option_argument(option));
        } else {
            snprintf(left, sizeof left, "--%s %s", option->name, option_argument(option));
        }
        fprintf(stream, "  %-28s %s", left, option->help);
        option_print_constraints(stream, option);
        fprintf(stream, "\n");
    }
    fprintf(stream, "  %-28s %s\n", "-h, --help", "show this text");
}
