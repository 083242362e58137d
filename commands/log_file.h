/**
 * Log file of an experiment: logs.txt, with lines "YYYY-MM-DD-HH:MM:SS    LEVEL: message" (spec models, 17.1).
 * Runs are set apart by three blank lines. The file is opened for every line, so that what happened before a
 * crash is there; a log that cannot be written is no reason to stop, so nothing fails here.
 */
#ifndef PLAYSLOT_COMMANDS_LOG_FILE_H
#define PLAYSLOT_COMMANDS_LOG_FILE_H

typedef enum LogLevel { LOG_INFO, LOG_ERROR } LogLevel;

/** Three blank lines (unless the file is new) and "INFO: <message>". */
void log_file_begin(const char *folder, const char *message);
/** One line; line ends inside the message become spaces. */
void log_file_line(const char *folder, LogLevel level, const char *message);

#endif
