#include "commands/log_file.h"

#include <stdio.h>
#include <time.h>

#include "base/files.h"
#include "base/memory.h"

static FILE *open_log(const char *folder, const char *name)
{
    char *path = NULL;
    Error ignored;
    if (path_join(&path, folder, name, &ignored)) return NULL;
    FILE *file = fopen(path, "a");
    memory_free(path);
    return file;
}

static void write_line(FILE *file, LogLevel level, const char *message)
{
    static const char *const names[] = { "INFO", "ERROR" };
    char stamp[32];
    const time_t now = time(NULL);
    struct tm parts;
    localtime_r(&now, &parts);
    strftime(stamp, sizeof stamp, "%Y-%m-%d-%H:%M:%S", &parts);
    fprintf(file, "%s    %s: ", stamp, names[level]);
    for (; *message; message++)
        fputc(*message == '\n' || *message == '\r' ? ' ' : *message, file);
    fputc('\n', file);
}

static void begin(const char *folder, const char *name, const char *message)
{
    FILE *file = open_log(folder, name);
    if (!file) return;
    if (!fseek(file, 0, SEEK_END) && ftell(file) > 0) fputs("\n\n\n", file);
    write_line(file, LOG_INFO, message);
    fclose(file);
}

static void add_line(const char *folder, const char *name, LogLevel level, const char *message)
{
    FILE *file = open_log(folder, name);
    if (!file) return;
    write_line(file, level, message);
    fclose(file);
}

void log_file_begin(const char *folder, const char *message)
{
    begin(folder, "logs.txt", message);
}

void log_file_line(const char *folder, LogLevel level, const char *message)
{
    add_line(folder, "logs.txt", level, message);
}

void log_sim_begin(const char *folder, const char *message)
{
    begin(folder, "logs_sim.txt", message);
}

void log_sim_line(const char *folder, LogLevel level, const char *message)
{
    add_line(folder, "logs_sim.txt", level, message);
}
