#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "data/formats/pickle.h"
#include "support/test_memory.h"

/* a literal may hold zero bytes */
#define PARSE(result, arena, text, error)                                                          \
    pickle_parse((result), (arena), "\x80\x02" text, sizeof(text) + 1, (error))

static void expect_refused(const char *bytes, size_t size, Status status, const char *part)
{
    Error error;
    Arena arena = { 0 };
    PickleResult result;
    assert_error(pickle_parse(&result, &arena, bytes, size, &error), &error, status, part);
    assert_null(result.root);
    arena_release(&arena);
}
#define REFUSED(text, status, part)                                                                \
    expect_refused("\x80\x02" text, sizeof("\x80\x02" text) - 1, status, part)

static void numbers_and_texts(void **state)
{
    (void)state;
    Error error;
    Arena arena = { 0 };
    PickleResult result;
    int64_t n = 0;
    double x = 0;
    assert_ok(PARSE(&result, &arena,
                    "](K\x07M\x01\x02J\xff\xff\xff\xff\x8a\x02\x00\x80\x8a\x00"
                    "G?\xf8\x00\x00\x00\x00\x00\x00\x88NX\x02\x00\x00\x00hie.",
                    &error),
              &error);
    static const int64_t wanted[] = { 7, 513, -1, -32768, 0 };
    for (size_t i = 0; i < 5; i++) {
        assert_true(pickle_integer(&n, pickle_item(result.root, i)));
        assert_int_equal(n, wanted[i]);
    }
    assert_true(pickle_real(&x, pickle_item(result.root, 5)) && x == 1.5);
    assert_false(pickle_integer(&n, pickle_item(result.root, 5)));
    assert_true(pickle_integer(&n, pickle_item(result.root, 6)) && n == 1);
    assert_true(pickle_is(pickle_item(result.root, 7), PICKLE_NONE));
    assert_string_equal(pickle_item(result.root, 8)->as.text, "hi");
    assert_null(pickle_item(result.root, 9));
    assert_null(pickle_key(result.root, 0));
    arena_release(&arena);
}

/* the last of two equal keys counts; the memo gives the same value again */
static void dictionaries(void **state)
{
    (void)state;
    Error error;
    Arena arena = { 0 };
    PickleResult result;
    int64_t n = 0;
    static const char text[] = "\x80\x02}(X\x01\x00\x00\x00"
                               "aq\x05K\x01h\x05K\x02K\x09K\x03u.trailing";
    assert_ok(pickle_parse(&result, &arena, text, sizeof text - 1, &error), &error);
    assert_int_equal(pickle_count(result.root), 3);
    assert_true(pickle_integer(&n, pickle_get(result.root, "a")) && n == 2);
    assert_true(pickle_integer(&n, pickle_get_index(result.root, 9)) && n == 3);
    assert_null(pickle_get(result.root, "b"));
    assert_null(pickle_get_index(result.root, 1));
    assert_null(pickle_get(NULL, "a"));
    assert_int_equal(result.used, sizeof text - 1 - strlen("trailing"));
    arena_release(&arena);
}

static void the_warm_up_object(void **state)
{
    (void)state;
    Error error;
    Arena arena = { 0 };
    PickleResult result;
    int64_t n = 0;
    assert_ok(PARSE(&result, &arena,
                    "clib.schedulers\nLRWarmUp\n)\x81}(X\x04\x00\x00\x00stepK\x05ub.", &error),
              &error);
    assert_true(pickle_is(result.root, PICKLE_OBJECT));
    assert_true(pickle_integer(&n, pickle_get(result.root, "step")) && n == 5);
    arena_release(&arena);
}

static void other_names_are_refused(void **state)
{
    (void)state;
    REFUSED("cos\nsystem\nX\x04\x00\x00\x00true\x85R.", ERR_UNSUPPORTED,
            "'os.system' is not among the names");
    REFUSED("cbuiltins\neval\n.", ERR_UNSUPPORTED, "'builtins.eval'");
    REFUSED("\x8c\x05posix\x8c\x06system\x93.", ERR_UNSUPPORTED, "'posix.system'");
    REFUSED("ctorch\nFloatStorage\n)R.", ERR_FORMAT, "'torch.FloatStorage' cannot be called");
    REFUSED("K\x01)R.", ERR_FORMAT, "something that has no name is called");
}

static void broken_input(void **state)
{
    (void)state;
    REFUSED("", ERR_FORMAT, "cut off at byte 2");
    REFUSED("X\xff\xff\xff\xff"
            "a",
            ERR_FORMAT, "4294967295 more were expected");
    REFUSED(".", ERR_FORMAT, "it ends with 0 values");
    REFUSED("NN.", ERR_FORMAT, "it ends with 2 values");
    REFUSED("e.", ERR_FORMAT, "no mark");
    REFUSED("]N(a.", ERR_FORMAT, "too few values");
    REFUSED("Na.", ERR_FORMAT, "too few values");
    REFUSED("NNa.", ERR_FORMAT, "takes none");
    REFUSED("}(Nu.", ERR_FORMAT, "takes none");
    REFUSED("h\x03.", ERR_FORMAT, "memo 3 was never stored");
    REFUSED("Nr\xff\xff\xff\x7f.", ERR_FORMAT, "memo 2147483647");
    REFUSED("\x8a\x09xxxxxxxxx.", ERR_UNSUPPORTED, "an integer of 9 bytes");
    REFUSED("X\x02\x00\x00\x00"
            "a\x00.",
            ERR_FORMAT, "zero byte");
    REFUSED("!", ERR_UNSUPPORTED, "opcode 0x21 at byte 2");
    expect_refused("\x80\x09N.", 4, ERR_UNSUPPORTED, "protocol 9");
    expect_refused("", 0, ERR_FORMAT, "cut off");
}

/* what is nested or copied without end stops early */
static void bounds(void **state)
{
    (void)state;
    static char bytes[200000];
    memset(bytes, '(', sizeof bytes);
    expect_refused(bytes, sizeof bytes, ERR_FORMAT, "nested more than 1024 deep");
    memset(bytes, 'N', sizeof bytes);
    expect_refused(bytes, sizeof bytes, ERR_FORMAT, "more than 65536 values wait");
    /* a list of 1000 pairs, turned into dictionaries again and again */
    size_t at = 2;
    memcpy(bytes, "](", 2);
    for (int i = 0; i < 1000; i++, at += 3)
        memcpy(bytes + at, "NN\x86", 3);
    memcpy(bytes + at, "eq\x01", 3);
    at += 3;
    for (int i = 0; i < 3000; i++)
        at += (size_t)snprintf(bytes + at, sizeof bytes - at,
                               "0ccollections\nOrderedDict\nh\x01\x85R");
    expect_refused(bytes, at, ERR_FORMAT, "more items than");
}

/* numbers below 256 by one byte each */
static size_t put_tensor(char *out, int count, int offset, const char *shape, const char *stride)
{
    static const char before[] = "\x80\x02"
                                 "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storage"
                                 "ctorch\nFloatStorage\nX\x01\0\0\0k"
                                 "X\x03\0\0\0cpuK";
    size_t at = sizeof before - 1;
    memcpy(out, before, at);
    out[at++] = (char)count;
    memcpy(out + at, "tQK", 3);
    at += 3;
    out[at++] = (char)offset;
    for (int i = 0; i < 2; i++) {
        out[at++] = '(';
        for (const char *c = i ? stride : shape; *c; c++) {
            out[at++] = 'K';
            out[at++] = (char)(*c - '0');
        }
        out[at++] = 't';
    }
    memcpy(out + at, "\x89NtR.", 5);
    return at + 5;
}

static void tensors(void **state)
{
    (void)state;
    Error error;
    Arena arena = { 0 };
    PickleResult result;
    char bytes[256];
    size_t size = put_tensor(bytes, 7, 1, "23", "31");
    assert_ok(pickle_parse(&result, &arena, bytes, size, &error), &error);
    assert_true(pickle_is(result.root, PICKLE_TENSOR));
    const PickleTensor *tensor = result.root->as.tensor;
    assert_int_equal(tensor->storage.dtype, DTYPE_F32);
    assert_string_equal(tensor->storage.key, "k");
    assert_int_equal(tensor->offset, 1);
    assert_int_equal(tensor->shape[1], 3);
    assert_int_equal(tensor->stride[0], 3);
    assert_int_equal(result.storages.count, 1);
    static const struct {
        int count, offset;
        const char *shape, *stride;
    } wrong[] = { { 6, 1, "23", "31" },
                  { 6, 0, "23", "41" },
                  { 6, 0, "44", "00" },
                  { 0, 1, "1", "1" },
                  { 6, 0, "23", "1" },
                  { 6, 9, "", "" },
                  { 9, 0, "111111111", "111111111" } };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        size = put_tensor(bytes, wrong[i].count, wrong[i].offset, wrong[i].shape, wrong[i].stride);
        assert_error(pickle_parse(&result, &arena, bytes, size, &error), &error, ERR_FORMAT,
                     "a tensor");
    }
    arena_release(&arena);
}

static Status parse(void *text, Error *error)
{
    Arena arena = { 0 };
    PickleResult result;
    const Status status = pickle_parse(&result, &arena, text, strlen(text), error);
    arena_release(&arena);
    return status;
}

static void memory_may_fail(void **state)
{
    (void)state;
    char text[] = "\x80\x02}q\x01(Nccollections\nOrderedDict\n)Ru.";
    assert_true(fail_each_allocation(parse, text, 1) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_texts),
        cmocka_unit_test(dictionaries),
        cmocka_unit_test(the_warm_up_object),
        cmocka_unit_test(other_names_are_refused),
        cmocka_unit_test(broken_input),
        cmocka_unit_test(bounds),
        cmocka_unit_test(tensors),
        cmocka_unit_test(memory_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
