#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/command.h"

#define ARGUMENTS_MAX 32

/* the first byte picks the command, lines are its arguments */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error;
    char *text = NULL;
    if (!size || memory_new_array(&text, size, &error)) return 0;
    const Command *command = commands_all[data[0] % commands_count];
    memcpy(text, data + 1, size - 1);
    char *arguments[ARGUMENTS_MAX + 1];
    int count = 0;
    for (char *rest = text; rest && count < ARGUMENTS_MAX; count++) {
        arguments[count] = rest;
        rest = strchr(rest, '\n');
        if (rest) *rest++ = '\0';
    }
    arguments[count] = NULL;
    unsigned char *options = NULL;
    bool help = false;
    if (!memory_new_array(&options, command->options_size, &error) &&
        options_parse(options, &help, &command->table, count, arguments, &error) && !error.text[0])
        abort(); /* an error without a word */
    memory_free(options);
    memory_free(text);
    return 0;
}
