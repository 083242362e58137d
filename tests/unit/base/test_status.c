#include "support/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

static void set_and_wrap_build_one_line(void **state)
{
    (void)state;
    Error error;
    assert_int_equal(error_set(&error, ERR_SHAPE, "expected %d, found %s", 3, "two"), ERR_SHAPE);
    assert_int_equal(error_wrap(&error, "'frames'"), ERR_SHAPE);
    assert_int_equal(error_wrap(&error, "open episode '%s'", "a.safetensors"), ERR_SHAPE);
    assert_string_equal(error.text,
                        "open episode 'a.safetensors': 'frames': expected 3, found two");
    assert_int_equal(error.status, ERR_SHAPE);
}

static void quoted_control_characters_become_blanks(void **state)
{
    (void)state;
    Error error;
    error_set(&error, ERR_FORMAT, "found '%s'", "a\r\nb\x1b[2J\x7f\tc");
    error_wrap(&error, "open '%s'", "x\ny");
    assert_string_equal(error.text, "open 'x y': found 'a  b [2J  c'");
    error_set(&error, ERR_FORMAT, "'%s'", "gr\xc3\xbcn");
    assert_string_equal(error.text, "'gr\xc3\xbcn'");
    errno = ENOENT;
    error_errno(&error, "open '%s'", "x\ny");
    assert_string_equal(error.text, "open 'x y': No such file or directory");
}

static void a_long_text_is_cut_at_its_end(void **state)
{
    (void)state;
    char text[2048];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    Error error;
    error_set(&error, ERR_IO, "%s", text);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    error_wrap(&error, "context");
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    assert_memory_equal(error.text, "context: xxx", 12);
    /* a context as long as everything leaves no room for the old text, and nothing overflows */
    error_wrap(&error, "%s", text);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

static void an_error_may_be_built_from_itself(void **state)
{
    (void)state;
    Error error;
    error_set(&error, ERR_IO, "inner");
    error_set(&error, ERR_FORMAT, "outer (%s)", error.text);
    assert_string_equal(error.text, "outer (inner)");
    error_wrap(&error, "<%s>", error.text);
    assert_string_equal(error.text, "<outer (inner)>: outer (inner)");
}

static void errno_becomes_text(void **state)
{
    (void)state;
    Error error;
    errno = ENOENT;
    assert_int_equal(error_errno(&error, "open '%s'", "x"), ERR_IO);
    assert_string_equal(error.text, "open 'x': No such file or directory");
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    for (int i = OK; i <= ERR_INTERRUPTED; i++)
        for (int j = OK; j < i; j++)
            assert_string_not_equal(status_name((Status)i), status_name((Status)j));
    assert_string_equal(status_name((Status)99), "unknown");
}

static void the_nearest_name_is_offered(void **state)
{
    (void)state;
    const char *const names[] = { "num_slots", "slot_dim", "button-press-v3", "lr" };
    assert_string_equal(nearest_name("num_slot", names, 4), "num_slots");
    assert_string_equal(nearest_name("buton-pres", names, 4) ? "near" : "none", "none");
    assert_string_equal(nearest_name("buton-pres-v3", names, 4), "button-press-v3");
    assert_string_equal(nearest_name("rl", names, 4), "lr"); /* two edits are always allowed */
    assert_null(nearest_name("completely_different", names, 4));
    assert_null(nearest_name("x", names, 0));
}

static void very_long_names_are_no_match(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const char *const names[] = { text };
    assert_null(nearest_name("aaa", names, 1));
    assert_null(nearest_name(text, names, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_and_wrap_build_one_line),
        cmocka_unit_test(quoted_control_characters_become_blanks),
        cmocka_unit_test(a_long_text_is_cut_at_its_end),
        cmocka_unit_test(an_error_may_be_built_from_itself),
        cmocka_unit_test(errno_becomes_text),
        cmocka_unit_test(every_status_has_a_name),
        cmocka_unit_test(the_nearest_name_is_offered),
        cmocka_unit_test(very_long_names_are_no_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
