#include "support/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "support/temp_folder.h"

void temp_folder_create(TempFolder *folder)
{
    const char *place = getenv("TMPDIR");
    if (!place || !place[0]) place = "/tmp";
    snprintf(folder->path, sizeof folder->path, "%s/playslot-test-XXXXXX", place);
    if (!mkdtemp(folder->path)) fail_msg("cannot make %s", folder->path);
}

static void remove_tree(const char *path)
{
    struct stat info;
    if (lstat(path, &info)) return;
    if (!S_ISDIR(info.st_mode)) {
        unlink(path);
        return;
    }
    chmod(path, (mode_t)0700);
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        char below[1024];
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        remove_tree(below);
    }
    if (directory) closedir(directory);
    rmdir(path);
}

void temp_folder_destroy(TempFolder *folder)
{
    if (folder->path[0]) remove_tree(folder->path);
    folder->path[0] = '\0';
}

const char *temp_path(const TempFolder *folder, const char *name)
{
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder->path, name);
    return path;
}

void test_write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file) fail_msg("cannot write %s", path);
    const size_t written = fwrite(data, 1, size, file);
    if (fclose(file) || written != size) fail_msg("cannot write %s", path);
}

void test_write_text(const char *path, const char *text)
{
    test_write_file(path, text, strlen(text));
}

int test_files_equal(const char *a, const char *b)
{
    Error error;
    char *left = NULL, *right = NULL;
    size_t left_size = 0, right_size = 0;
    const int read =
        !file_read(&left, &left_size, a, &error) && !file_read(&right, &right_size, b, &error);
    const int equal = read && left_size == right_size && !memcmp(left, right, left_size);
    memory_free(left);
    memory_free(right);
    return equal;
}

int temp_folder_setup(void **state)
{
    static TempFolder folder;
    temp_folder_create(&folder);
    *state = &folder;
    return 0;
}

int temp_folder_teardown(void **state)
{
    temp_folder_destroy(*state);
    return 0;
}
