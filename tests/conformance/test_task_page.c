/* docs/tasks.md and the tree agree: files, excerpts, fields and options that the page names are there */
#include "support/test.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "commands/command.h"

enum { WORD = 256 };

typedef enum Block { BLOCK_NONE, BLOCK_SOURCE, BLOCK_SHELL, BLOCK_OUTPUT } Block;

typedef struct Page {
    char path[WORD];                   /* the last file named outside of blocks */
    char *source;                      /* text of the running excerpt's file */
    const char *next;                  /* where its next line is looked for */
    bool gap;                          /* "..." came: lines may have been left out */
    const Command *command;            /* of the running command line */
    int files, lines, fields, options; /* checked */
} Page;

static char *read_file_of_tree(const char *path)
{
    const char *root = getenv("PLAYSLOT_SOURCE");
    if (!root) fail_msg("PLAYSLOT_SOURCE is not set; run through ctest");
    Error error;
    char full[1300];
    char *text = NULL;
    snprintf(full, sizeof full, "%s/%s", root, path);
    assert_ok(file_read(&text, NULL, full, &error), &error);
    return text;
}

/* ---- names between backticks ---- */

static bool is_file_name(const char *word)
{
    static const char *const ends[] = { ".c", ".h", ".def", ".py", ".md", NULL };
    const char *dot = strrchr(word, '.');
    if (!dot || !strchr(word, '/') || strpbrk(word, "<* ")) return false;
    for (int i = 0; ends[i]; i++)
        if (strcmp(dot, ends[i]) == 0) return true;
    return false;
}

static void check_word(Page *page, const char *word)
{
    if (!is_file_name(word)) return;
    memory_free(read_file_of_tree(word));
    snprintf(page->path, sizeof page->path, "%s", word);
    page->files++;
}

/* the words between backticks, up to `end` */
static void for_each_word(Page *page, const char *line, const char *end,
                          void (*visit)(Page *page, const char *word))
{
    for (const char *open = strchr(line, '`'); open && open < end;) {
        const char *close = strchr(open + 1, '`');
        char word[WORD];
        if (!close) fail_msg("a backtick without its partner: %s", line);
        snprintf(word, sizeof word, "%.*s", (int)(close - open - 1), open + 1);
        visit(page, word);
        open = strchr(close + 1, '`');
    }
}

static void check_field(Page *page, const char *word)
{
    char *task = read_file_of_tree("envs/task.h"),
         *robot = read_file_of_tree("envs/robots/sawyer.h");
    if (!strstr(task, word) && !strstr(robot, word)) fail_msg("TaskDef has no '%s'", word);
    memory_free(robot);
    memory_free(task);
    page->fields++;
}

static void check_text(Page *page, const char *line, bool in_fields)
{
    const char *cell_end = line[0] == '|' ? strchr(line + 1, '|') : NULL;
    if (in_fields && cell_end) for_each_word(page, line, cell_end, check_field);
    for_each_word(page, line, line + strlen(line), check_word);
}

/* ---- excerpts ---- */

/* the next whole line of the source that equals `line`: at once, or later after a gap */
static void check_source_line(Page *page, const char *line)
{
    const size_t length = strlen(line);
    if (strcmp(line, "...") == 0) {
        page->gap = true;
        return;
    }
    for (const char *at = page->next; at && *at;) {
        const char *end = strchr(at, '\n');
        assert_non_null(end);
        if ((size_t)(end - at) == length && strncmp(at, line, length) == 0) {
            page->next = end + 1;
            page->gap = false;
            page->lines++;
            return;
        }
        if (!page->gap) break;
        at = end + 1;
    }
    fail_msg("%s does not go on with '%s'", page->path, line);
}

/* ---- command lines ---- */

static bool has_option(const Command *command, const char *name, size_t length)
{
    for (int i = 0; i < command->table.count; i++) {
        const Option *option = &command->table.options[i];
        if (strlen(option->name) != length || option->positional) continue;
        size_t same = 0;
        while (same < length && (option->name[same] == name[same] ||
                                 (option->name[same] == '_' && name[same] == '-')))
            same++;
        if (same == length) return true;
    }
    return false;
}

static void check_command_line(Page *page, const char *line)
{
    static const char program[] = "build/playslot ";
    if (strncmp(line, program, strlen(program)) == 0) {
        char name[WORD];
        assert_int_equal(sscanf(line + strlen(program), "%255s", name), 1);
        page->command = command_find(name);
        if (!page->command) fail_msg("no command '%s'", name);
    } else if (!isspace((unsigned char)line[0])) {
        page->command = NULL; /* another program */
    }
    for (const char *at = strstr(line, " --"); page->command && at; at = strstr(at + 3, " --")) {
        const size_t length = strcspn(at + 3, " =");
        if (!has_option(page->command, at + 3, length))
            fail_msg("%s has no option '%.*s'", page->command->name, (int)length, at + 3);
        page->options++;
    }
}

/* ---- the page ---- */

static Block block_of(const char *fence)
{
    return strcmp(fence, "```c") == 0    ? BLOCK_SOURCE
           : strcmp(fence, "```sh") == 0 ? BLOCK_SHELL
                                         : BLOCK_OUTPUT;
}

static Block toggle(Page *page, Block block, const char *fence)
{
    memory_free(page->source);
    page->source = NULL;
    page->command = NULL;
    if (block != BLOCK_NONE) return BLOCK_NONE;
    block = block_of(fence);
    if (block == BLOCK_SOURCE) page->source = read_file_of_tree(page->path);
    page->next = page->source;
    page->gap = true;
    return block;
}

static void check_page(Page *page, char *text)
{
    Block block = BLOCK_NONE;
    bool in_fields = false;
    for (char *line = text; line && *line;) {
        char *end = strchr(line, '\n');
        if (end) *end = '\0';
        if (strncmp(line, "```", 3) == 0)
            block = toggle(page, block, line);
        else if (block == BLOCK_SOURCE)
            check_source_line(page, line);
        else if (block == BLOCK_SHELL)
            check_command_line(page, line);
        else if (block == BLOCK_NONE)
            check_text(page, line, in_fields);
        if (block == BLOCK_NONE)
            in_fields = line[0] == '|' && (in_fields || strncmp(line, "| field |", 9) == 0);
        line = end ? end + 1 : NULL;
    }
    assert_int_equal(block, BLOCK_NONE);
}

static void the_page_and_the_tree_agree(void **state)
{
    (void)state;
    Page page = { 0 };
    char *text = read_file_of_tree("docs/tasks.md");
    check_page(&page, text);
    memory_free(text);
    /* the checks met something: a page in another form would pass unread */
    assert_true(page.files >= 20 && page.lines >= 25 && page.fields >= 15 && page.options >= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_page_and_the_tree_agree) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
