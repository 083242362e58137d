#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/rng.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"

static Json *parse(const char *text)
{
    Error error;
    Json *json = NULL;
    assert_ok(json_parse(&json, text, "test", &error), &error);
    return json;
}

static void check_compact(const char *text, const char *expected)
{
    Error error;
    Json *json = parse(text);
    char *printed = NULL;
    assert_ok(json_print_compact(&printed, json, &error), &error);
    assert_string_equal(printed, expected);
    memory_free(printed);
    json_destroy(json);
}

static void values_print_as_they_were_read(void **state)
{
    (void)state;
    check_compact(" { \"a\" : [ 1 , 2.5 , -3e-7 ], \"b\": {}, \"c\": [] } ",
                  "{\"a\":[1,2.5,-3e-07],\"b\":{},\"c\":[]}");
    check_compact("[true,false,null,\"x\"]", "[true,false,null,\"x\"]");
    check_compact("\"a\\\"\\\\\\n\\t\\u0001\\u00e9/\"", "\"a\\\"\\\\\\n\\t\\u0001\xc3\xa9/\"");
    check_compact("[0,-1,9007199254740992,1e15,123456789012]",
                  "[0,-1,9007199254740992,1000000000000000,123456789012]");
    check_compact("[0.1,1e300,1e-05,0.3333333333333333]", "[0.1,1e+300,1e-05,0.3333333333333333]");
}

static void every_double_comes_back(void **state)
{
    (void)state;
    Error error;
    Rng rng = rng_stream(3, "doubles", 0);
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = rng_next(&rng);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (i % 2) value = rng_uniform(&rng);
        if (!isfinite(value)) continue;
        Json *json = json_number(value);
        char *text = NULL;
        assert_ok(json_print_compact(&text, json, &error), &error);
        Json *again = parse(text);
        const double read = json_as_number(again, 0.0);
        assert_memory_equal(&read, &value, sizeof value);
        memory_free(text);
        json_destroy(json);
        json_destroy(again);
    }
}

static void pretty_text_is_stable(void **state)
{
    (void)state;
    Error error;
    Json *json = parse("{\"model\":{\"lr\":0.0001,\"channels\":[32,32]},\"list\":[{\"a\":1}]}");
    char *text = NULL;
    assert_ok(json_print(&text, json, &error), &error);
    assert_string_equal(text, "{\n  \"model\": {\n    \"lr\": 0.0001,\n    \"channels\": [32, 32]\n"
                              "  },\n  \"list\": [\n    {\n      \"a\": 1\n    }\n  ]\n}");
    memory_free(text);
    json_destroy(json);
}

static void numbers_that_are_none_are_refused(void **state)
{
    (void)state;
    Error error;
    char *text = NULL;
    Json *json = json_object();
    assert_ok(json_set(json, "loss", json_number((double)NAN), &error), &error);
    assert_error(json_print(&text, json, &error), &error, ERR_NUMERIC, "'loss'");
    assert_null(text);
    json_destroy(json);
}

static void mistakes_are_located(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "{\n  \"a\": 1,\n  \"b\": tru\n}", "test: line 3, column 8: not valid JSON near 'tru" },
        { "{\"a\": 1} x", "test: line 1, column 10: not valid JSON near 'x'" },
        { "{\"a\": 1", "JSON ends too early" },
        { "", "test: line 1, column 1: JSON ends too early" },
        { "{\"a\": 1,}", "line 1, column 8: a comma before the closing bracket" },
        { "{\"a\": [1,\n ],\n\"b\": 2}", "line 1, column 9: a comma before" },
        { "{\"a\": {\"c\": 1, },\n\"b\": 2}", "line 1, column 14: a comma before" },
        { "{'a': 1}", "test: line 1, column 3: not valid JSON near 'a'" },
        { "[1 2]", "line 1, column 4" },
        { "{\"lr\": 1, \"lr\": 2}", "test: key 'lr' appears twice" },
        { "[{\"x\": {\"a\": 1, \"b\": 2, \"a\": 3}}]", "key 'a' appears twice" },
        { "{\"a\": 1e999}", "'a': number beyond the range of double" },
        { "nul", "line 1" },
        { "\"unfinished", "line 1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Error error;
        Json *json = NULL;
        assert_error(json_parse(&json, cases[i].text, "test", &error), &error, ERR_FORMAT,
                     cases[i].message);
        assert_null(json);
    }
}

static void deep_nesting_is_an_error(void **state)
{
    (void)state;
    Error error;
    static char text[200001];
    memset(text, '[', sizeof text - 1);
    Json *json = NULL;
    assert_error(json_parse(&json, text, "deep", &error), &error, ERR_FORMAT, "deep: line 1");
}

static void trees_can_be_built_and_changed(void **state)
{
    (void)state;
    Error error;
    Json *root = json_object();
    Json *list = json_array();
    assert_ok(json_set(root, "list", list, &error), &error);
    assert_ok(json_append(list, json_number(1), &error), &error);
    assert_ok(json_append(list, json_string("two"), &error), &error);
    assert_ok(json_append(list, json_null(), &error), &error);
    assert_ok(json_set(root, "a", json_number(1), &error), &error);
    assert_ok(json_set(root, "b", json_bool(true), &error), &error);
    assert_ok(json_set(root, "a", json_string("new"), &error), &error);
    Json *copy = json_copy(root);
    assert_ok(json_set(root, "list", json_object(), &error), &error);
    char *text = NULL;
    assert_ok(json_print_compact(&text, copy, &error), &error);
    assert_string_equal(text, "{\"list\":[1,\"two\",null],\"a\":\"new\",\"b\":true}");
    memory_free(text);
    assert_ok(json_print_compact(&text, root, &error), &error);
    assert_string_equal(text, "{\"list\":{},\"a\":\"new\",\"b\":true}");
    memory_free(text);
    json_destroy(copy);
    json_destroy(root);
    json_destroy(NULL);
}

static void building_on_the_wrong_kind_is_refused(void **state)
{
    (void)state;
    Error error;
    Json *list = json_array();
    assert_error(json_set(list, "a", json_null(), &error), &error, ERR_ARGUMENT, "not an object");
    assert_error(json_set(list, "a", NULL, &error), &error, ERR_MEMORY, "'a'");
    assert_error(json_append(list, NULL, &error), &error, ERR_MEMORY, "memory");
    Json *number = json_number(1);
    assert_error(json_append(number, json_null(), &error), &error, ERR_ARGUMENT, "not an array");
    json_destroy(number);
    json_destroy(list);
}

static void members_are_found(void **state)
{
    (void)state;
    Json *root = parse("{\"a\": {\"b\": {\"c\": 7}, \"B\": 8}, \"l\": [10, 20]}");
    assert_true(json_as_number(json_path(root, "a.b.c"), 0) == 7.0);
    assert_true(json_as_number(json_path(root, "a.B"), 0) == 8.0);
    assert_null(json_path(root, "a.b.x"));
    assert_null(json_path(root, "a.b.c.d"));
    assert_null(json_path(root, ""));
    assert_null(json_get(NULL, "a"));
    assert_null(json_get(root, "A"));
    assert_int_equal(json_count(json_get(root, "l")), 2);
    assert_int_equal(json_count(json_path(root, "a.b.c")), 0);
    assert_true(json_as_number(json_at(json_get(root, "l"), 1), 0) == 20.0);
    assert_null(json_at(json_get(root, "l"), 2));
    assert_null(json_at(json_get(root, "l"), -1));
    assert_string_equal(json_key(json_next(json_first(root))), "l");
    assert_null(json_first(json_path(root, "a.B")));
    assert_true(json_is_null(NULL));
    assert_true(json_as_bool(json_get(root, "a"), true));
    assert_string_equal(json_as_string(json_get(root, "a"), "none"), "none");
    json_destroy(root);
}

static void files_are_read_and_written(void **state)
{
    Error error;
    const TempFolder *folder = *state;
    Json *json = parse("{\"a\": [1, 2]}");
    const char *path = temp_path(folder, "x.json");
    assert_ok(json_write(json, path, &error), &error);
    char *text = NULL;
    assert_ok(file_read(&text, NULL, path, &error), &error);
    assert_string_equal(text, "{\n  \"a\": [1, 2]\n}\n");
    memory_free(text);
    Json *again = NULL;
    assert_ok(json_read(&again, path, &error), &error);
    assert_int_equal(json_count(json_get(again, "a")), 2);
    json_destroy(again);
    assert_ok(json_set(json, "bad", json_number((double)INFINITY), &error), &error);
    assert_error(json_write(json, path, &error), &error, ERR_NUMERIC, "x.json': 'bad'");
    json_destroy(json);
    test_write_file(temp_path(folder, "zero.json"), "{}\0", 3);
    assert_error(json_read(&again, temp_path(folder, "zero.json"), &error), &error, ERR_FORMAT,
                 "zero byte");
    assert_error(json_read(&again, temp_path(folder, "no.json"), &error), &error, ERR_IO,
                 "no.json");
    assert_null(again);
}

static Status parse_and_print(void *user, Error *error)
{
    (void)user;
    Json *json = NULL;
    char *text = NULL;
    Status status =
        json_parse(&json, "{\"a\": [1, \"two\", {\"b\": 0.25}], \"c\": null}", "t", error);
    if (!status) status = json_set(json, "a", json_string("replaced"), error);
    if (!status) status = json_set(json, "new", json_object(), error);
    if (!status) status = json_print(&text, json, error);
    memory_free(text);
    json_destroy(json);
    return status;
}

static void json_survives_every_failure(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(parse_and_print, NULL, 1) >= 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_print_as_they_were_read),
        cmocka_unit_test(every_double_comes_back),
        cmocka_unit_test(pretty_text_is_stable),
        cmocka_unit_test(numbers_that_are_none_are_refused),
        cmocka_unit_test(mistakes_are_located),
        cmocka_unit_test(deep_nesting_is_an_error),
        cmocka_unit_test(trees_can_be_built_and_changed),
        cmocka_unit_test(building_on_the_wrong_kind_is_refused),
        cmocka_unit_test(members_are_found),
        cmocka_unit_test_setup_teardown(files_are_read_and_written, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test(json_survives_every_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
