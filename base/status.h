/**
 * Errors: a Status code for the program, one line of text for the reader.
 *
 * Every function that can fail returns a Status (0 is OK) and takes a trailing `Error *` that must not be
 * NULL. The innermost function sets the text (what was expected, what was found); each caller that knows
 * more prepends context with error_wrap; nobody rewrites the inner text.
 */
#ifndef PLAYSLOT_BASE_STATUS_H
#define PLAYSLOT_BASE_STATUS_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_argument)                                                  \
    __attribute__((format(printf, format_index, first_argument)))

typedef enum Status {
    OK = 0,
    ERR_ARGUMENT,    /* the caller or the user asked for something that does not exist or fit */
    ERR_IO,          /* a file or device refused */
    ERR_FORMAT,      /* a file's contents are not what they claim */
    ERR_SHAPE,       /* tensors do not fit each other or the configuration */
    ERR_MEMORY,      /* allocation failed or a size overflowed */
    ERR_SIM,         /* the simulator diverged or reported a fatal error */
    ERR_NUMERIC,     /* NaN or infinity where a number was expected */
    ERR_UNSUPPORTED, /* known, but not done by this build or machine */
    ERR_INTERRUPTED  /* the user asked to stop (Ctrl-C); work was saved */
} Status;

typedef struct Error {
    Status status;
    char text[1024];
} Error;

/**
 * Replace the error: status and a printf text without a trailing newline. Returns `status`. Here and below, control
 * characters in what the text quotes become blanks.
 */
Status error_set(Error *error, Status status, const char *format, ...) PRINTF_LIKE(3, 4);

/** Prepend "context: " to the text; a text that would not fit is cut at its end. Returns error->status. */
Status error_wrap(Error *error, const char *format, ...) PRINTF_LIKE(2, 3);

/** "<prefix>: <text of errno>" as ERR_IO; call directly after the failing system call. */
Status error_errno(Error *error, const char *format, ...) PRINTF_LIKE(2, 3);

/** Short name of a status ("argument", "io", ...). Never NULL. */
const char *status_name(Status status);

/**
 * The name among `names` (count entries) that is nearest to `word` by edit distance, or NULL when none is
 * near (distance above a third of the word's length, at least 2). For "did you mean" messages.
 */
const char *nearest_name(const char *word, const char *const *names, int count);

#endif
