#include "support/test.h"

#include <stdlib.h>
#include <string.h>

void check_contains(const char *text, const char *part, const char *file, int line)
{
    if (text && strstr(text, part)) return;
    print_error("expected '%s' in: %s\n", part, text ? text : "(nothing)");
    _fail(file, line);
}

void check_error(Status got, const Error *error, Status wanted, const char *part, const char *call,
                 const char *file, int line)
{
    if (got != wanted || (got && error->status != got)) {
        print_error("%s: expected status '%s', got '%s' (in the error: '%s'): %s\n", call,
                    status_name(wanted), status_name(got), status_name(error->status),
                    got ? error->text : "");
        _fail(file, line);
    }
    if (strchr(error->text, '\n')) {
        print_error("%s: more than one line: %s\n", call, error->text);
        _fail(file, line);
    }
    check_contains(error->text, part, file, line);
}

const char *test_data_folder(void)
{
    const char *folder = getenv("PLAYSLOT_TEST_DATA");
    if (!folder) fail_msg("PLAYSLOT_TEST_DATA is not set; run through ctest");
    return folder;
}
