/**
 * A fresh empty folder for one test, removed with everything in it.
 */
#ifndef PLAYSLOT_TESTS_SUPPORT_TEMP_FOLDER_H
#define PLAYSLOT_TESTS_SUPPORT_TEMP_FOLDER_H

#include <stddef.h>

typedef struct TempFolder {
    char path[256];
} TempFolder;

/** Below $TMPDIR or /tmp; fails the test when it cannot be made. */
void temp_folder_create(TempFolder *folder);
void temp_folder_destroy(TempFolder *folder);
/** "<folder>/<name>"; eight results stay valid at a time. */
const char *temp_path(const TempFolder *folder, const char *name);

/** Write a small file; fails the test when it cannot. */
void test_write_file(const char *path, const void *data, size_t size);
void test_write_text(const char *path, const char *text);
/** True when both files exist and hold the same bytes. */
int test_files_equal(const char *a, const char *b);

/** cmocka setup and teardown: *state becomes a TempFolder. */
int temp_folder_setup(void **state);
int temp_folder_teardown(void **state);

#endif
