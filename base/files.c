#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

/* ---- reading ---- */

static Status open_regular(int *out, size_t *size, const char *path, Error *error)
{
    *out = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*out < 0) return error_errno(error, "open '%s'", path);
    struct stat info;
    Status status = OK;
    if (fstat(*out, &info))
        status = error_errno(error, "stat '%s'", path);
    else if (S_ISDIR(info.st_mode))
        status = error_set(error, ERR_IO, "open '%s': Is a directory", path);
    else if (!S_ISREG(info.st_mode))
        status = error_set(error, ERR_IO, "open '%s': not a regular file", path);
    if (status) {
        close(*out);
        *out = -1;
        return status;
    }
    *size = (size_t)info.st_size;
    return OK;
}

/* read up to `size` bytes; a file that shrank meanwhile gives fewer */
static Status read_all(int descriptor, char *buffer, size_t *size, const char *path, Error *error)
{
    size_t done = 0;
    while (done < *size) {
        const ssize_t count = read(descriptor, buffer + done, *size - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return error_errno(error, "read '%s'", path);
        if (count == 0) break;
        done += (size_t)count;
    }
    *size = done;
    return OK;
}

Status file_read(char **out, size_t *size, const char *path, Error *error)
{
    *out = NULL;
    if (size) *size = 0;
    int descriptor = -1;
    size_t length = 0;
    Status status = open_regular(&descriptor, &length, path, error);
    if (status) return status;
    char *buffer = NULL;
    status = memory_new_array(&buffer, length + 1, error);
    if (!status) status = read_all(descriptor, buffer, &length, path, error);
    close(descriptor);
    if (status) {
        memory_free(buffer);
        return status;
    }
    buffer[length] = '\0';
    *out = buffer;
    if (size) *size = length;
    return OK;
}

Status file_map(FileMap *out, const char *path, Error *error)
{
    *out = (FileMap){ 0 };
    int descriptor = -1;
    size_t size = 0;
    Status status = open_regular(&descriptor, &size, path, error);
    if (status) return status;
    if (size) {
        void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (data == MAP_FAILED)
            status = error_errno(error, "map '%s'", path);
        else
            *out = (FileMap){ data, size };
    }
    close(descriptor);
    return status;
}

void file_unmap(FileMap *map)
{
    /* munmap takes a plain pointer; the bytes stay unwritten */
    if (map->data) munmap((void *)(uintptr_t)map->data, map->size);
    *map = (FileMap){ 0 };
}

/* ---- atomic writing ---- */

static pthread_mutex_t counter_mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counter;

static unsigned long next_number(void)
{
    pthread_mutex_lock(&counter_mutex);
    const unsigned long number = counter++;
    pthread_mutex_unlock(&counter_mutex);
    return number;
}

static Status temporary_name(char **out, const char *path, Error *error)
{
    return string_format(out, error, "%s.tmp-%ld-%lu", path, (long)getpid(), next_number());
}

static void forget(AtomicFile *file)
{
    memory_free(file->path);
    memory_free(file->temporary);
    *file = (AtomicFile){ 0 };
}

static Status open_temporary(AtomicFile *file, Error *error)
{
    const int descriptor =
        open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)0666);
    if (descriptor < 0) return error_errno(error, "create '%s'", file->temporary);
    file->stream = fdopen(descriptor, "wb");
    if (file->stream) return OK;
    const Status status = error_errno(error, "open '%s'", file->temporary);
    close(descriptor);
    unlink(file->temporary);
    return status;
}

Status atomic_file_open(AtomicFile *out, const char *path, Error *error)
{
    *out = (AtomicFile){ 0 };
    Status status = string_copy(&out->path, path, error);
    if (!status) status = temporary_name(&out->temporary, path, error);
    if (!status) status = open_temporary(out, error);
    if (status) forget(out);
    return status;
}

/* flush, sync and close the stream; the first failure is kept */
static Status finish_stream(AtomicFile *file, Error *error)
{
    Status status = OK;
    if (ferror(file->stream))
        status = error_set(error, ERR_IO, "write '%s': an earlier write failed (disk full?)",
                           file->path);
    if (!status && fflush(file->stream)) status = error_errno(error, "write '%s'", file->path);
    if (!status && fsync(fileno(file->stream)))
        status = error_errno(error, "sync '%s'", file->path);
    if (fclose(file->stream) && !status) status = error_errno(error, "close '%s'", file->path);
    file->stream = NULL;
    return status;
}

static Status parent_directory(char **out, const char *path, Error *error)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return string_copy(out, ".", error);
    if (slash == path) return string_copy(out, "/", error);
    return string_format(out, error, "%.*s", (int)(slash - path), path);
}

/* make the new name itself survive a crash; file systems that cannot sync a folder are left in peace */
static Status sync_parent(const char *path, Error *error)
{
    char *parent = NULL;
    Status status = parent_directory(&parent, path, error);
    if (status) return status;
    const int descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        if (fsync(descriptor) && errno == EIO) status = error_errno(error, "sync '%s'", parent);
        close(descriptor);
    }
    memory_free(parent);
    return status;
}

Status atomic_file_commit(AtomicFile *file, Error *error)
{
    if (!file->stream) {
        forget(file);
        return error_set(error, ERR_ARGUMENT, "commit of a file that is not open");
    }
    Status status = finish_stream(file, error);
    if (!status && rename(file->temporary, file->path))
        status = error_errno(error, "rename '%s' to '%s'", file->temporary, file->path);
    if (status)
        unlink(file->temporary);
    else
        status = sync_parent(file->path, error);
    forget(file);
    return status;
}

void atomic_file_abort(AtomicFile *file)
{
    if (file->stream) {
        fclose(file->stream);
        unlink(file->temporary);
    }
    forget(file);
}

Status file_write(const char *path, const void *data, size_t size, Error *error)
{
    AtomicFile file;
    const Status status = atomic_file_open(&file, path, error);
    if (status) return status;
    if (size && fwrite(data, 1, size, file.stream) != size) {
        error_errno(error, "write '%s'", path);
        atomic_file_abort(&file);
        return ERR_IO;
    }
    return atomic_file_commit(&file, error);
}

/* ---- names and folders ---- */

bool file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool directory_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static Status make_one(const char *path, Error *error)
{
    if (mkdir(path, (mode_t)0777) == 0) return OK;
    const int code = errno;
    if (directory_exists(path)) return OK;
    errno = code;
    return error_errno(error, "make folder '%s'", path);
}

Status directory_make(const char *path, Error *error)
{
    if (!path[0]) return error_set(error, ERR_ARGUMENT, "make folder '': the name is empty");
    char *copy = NULL;
    Status status = string_copy(&copy, path, error);
    for (char *c = copy; !status && c && *c; c++) {
        if (*c != '/' || c == copy) continue;
        *c = '\0';
        status = make_one(copy, error);
        *c = '/';
    }
    if (!status) status = make_one(path, error);
    memory_free(copy);
    return status;
}

Status directory_make_new(const char *path, Error *error)
{
    NameList names = { 0 };
    Status status = directory_make(path, error);
    if (!status) status = directory_list(&names, path, "", error);
    if (!status && names.count)
        status = error_set(error, ERR_ARGUMENT, "folder '%s' is not empty", path);
    name_list_release(&names);
    return status;
}

Status directory_check_writable(const char *path, Error *error)
{
    char *probe = NULL;
    Status status =
        string_format(&probe, error, "%s/.probe.tmp-%ld-%lu", path, (long)getpid(), next_number());
    if (status) return status;
    const int descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)0666);
    if (descriptor < 0) {
        status = error_errno(error, "write into folder '%s'", path);
    } else {
        close(descriptor);
        unlink(probe);
    }
    memory_free(probe);
    return status;
}

static bool ends_with(const char *name, const char *suffix)
{
    const size_t length = strlen(name);
    const size_t tail = strlen(suffix);
    return length >= tail && !strcmp(name + length - tail, suffix);
}

static Status append_name(NameList *list, int *capacity, const char *name, Error *error)
{
    if (list->count == *capacity) {
        if (*capacity > INT_MAX / 2) return error_set(error, ERR_MEMORY, "too many files");
        const int wanted = *capacity ? *capacity * 2 : 64;
        const Status status = memory_grow(&list->names, (size_t)*capacity, (size_t)wanted,
                                          sizeof *list->names, error);
        if (status) return status;
        *capacity = wanted;
    }
    const Status status = string_copy(&list->names[list->count], name, error);
    if (!status) list->count++;
    return status;
}

static int compare_names(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

Status directory_list(NameList *out, const char *path, const char *suffix, Error *error)
{
    *out = (NameList){ 0 };
    DIR *directory = opendir(path);
    if (!directory) return error_errno(error, "list folder '%s'", path);
    Status status = OK;
    int capacity = 0;
    while (!status) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (!entry && errno) status = error_errno(error, "list folder '%s'", path);
        if (!entry) break;
        if (entry->d_name[0] == '.' || !ends_with(entry->d_name, suffix)) continue;
        status = append_name(out, &capacity, entry->d_name, error);
    }
    closedir(directory);
    if (status)
        name_list_release(out);
    else if (out->count > 1)
        qsort(out->names, (size_t)out->count, sizeof *out->names, compare_names);
    return status;
}

void name_list_release(NameList *list)
{
    for (int i = 0; i < list->count; i++)
        memory_free(list->names[i]);
    memory_free(list->names);
    *list = (NameList){ 0 };
}

/* whether a name ends with ".tmp-<pid>-<n>" of a process that is gone */
static bool is_leftover(const char *name)
{
    const char *mark = NULL;
    for (const char *at = name; (at = strstr(at, ".tmp-")); at++)
        mark = at + strlen(".tmp-");
    if (!mark || strspn(mark, "0123456789") == 0) return false;
    char *end = NULL;
    const long process = strtol(mark, &end, 10);
    if (*end != '-' || !end[1] || end[1 + strspn(end + 1, "0123456789")]) return false;
    if (process <= 0 || process > INT_MAX) return false;
    return kill((pid_t)process, 0) && errno == ESRCH;
}

Status directory_remove_leftovers(const char *path, Error *error)
{
    NameList list = { 0 };
    if (!directory_exists(path)) return OK;
    Status status = directory_list(&list, path, "", error);
    for (int i = 0; !status && i < list.count; i++) {
        char *file = NULL;
        if (!is_leftover(list.names[i])) continue;
        status = path_join(&file, path, list.names[i], error);
        if (!status) status = file_remove(file, error);
        memory_free(file);
    }
    name_list_release(&list);
    return status;
}

Status file_remove(const char *path, Error *error)
{
    if (unlink(path) == 0 || errno == ENOENT) return OK;
    return error_errno(error, "remove '%s'", path);
}

Status path_join(char **out, const char *a, const char *b, Error *error)
{
    const size_t length = strlen(a);
    if (!length || b[0] == '/') return string_copy(out, b, error);
    return string_format(out, error, a[length - 1] == '/' ? "%s%s" : "%s/%s", a, b);
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
