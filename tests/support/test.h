/**
 * What every test file includes first: cmocka with the headers it wants, and checks for our types.
 */
#ifndef PLAYSLOT_TESTS_SUPPORT_TEST_H
#define PLAYSLOT_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/status.h"

/** The call must give OK; otherwise the test fails and shows the error's text. */
#define assert_ok(call, error)                                                                     \
    do {                                                                                           \
        if ((call) != OK) fail_msg("%s: %s", #call, (error)->text);                                \
    } while (0)

/** The call must give `wanted`, the same in the error, and a one-line text that holds `part`. */
#define assert_error(call, error, wanted, part)                                                    \
    check_error((call), (error), (wanted), (part), #call, __FILE__, __LINE__)
void check_error(Status got, const Error *error, Status wanted, const char *part, const char *call,
                 const char *file, int line);

/** `text` must hold `part`. */
#define assert_contains(text, part) check_contains((text), (part), __FILE__, __LINE__)
void check_contains(const char *text, const char *part, const char *file, int line);

/** Folder of the golden files in the checkout: the environment's PLAYSLOT_TEST_DATA; fails without it. */
const char *test_data_folder(void);

#endif
