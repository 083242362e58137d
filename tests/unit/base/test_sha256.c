/* SHA-256: the standard's examples, and every length around the end of a block */
#include "support/test.h"

#include <string.h>

#include "base/sha256.h"
#include "support/temp_folder.h"

static void expect(const char *data, size_t size, const char *wanted)
{
    char text[SHA256_TEXT];
    sha256_text(text, data, size);
    assert_string_equal(text, wanted);
}

static void the_standards_examples(void **state)
{
    (void)state;
    expect("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    expect(two, 56, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* hash of the hashes of 0 .. 199 letters, from Python's hashlib */
static void every_length(void **state)
{
    char letters[200], all[200 * 64], text[SHA256_TEXT];
    (void)state;
    memset(letters, 'a', sizeof letters);
    for (size_t i = 0; i < 200; i++) {
        sha256_text(text, letters, i);
        memcpy(all + 64 * i, text, 64);
    }
    expect(all, sizeof all, "019f2b9f1af27a53a1f046da7e98af2c179f431e4b5bebb000e74040917a4123");
}

static void files(void **state)
{
    Error error;
    char text[SHA256_TEXT];
    const char *path = temp_path(*state, "abc");
    test_write_text(path, "abc");
    assert_ok(sha256_file(text, path, &error), &error);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_error(sha256_file(text, temp_path(*state, "none"), &error), &error, ERR_IO, "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standards_examples),
        cmocka_unit_test(every_length),
        cmocka_unit_test_setup_teardown(files, temp_folder_setup, temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
