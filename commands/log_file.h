/**
 * Log files of an experiment: logs.txt, and logs_sim.txt of its evaluations in the simulator, with lines "YYYY-MM-DD-HH:MM:SS    LEVEL: message" (spec models, 17.1).
 * Runs are set apart by three blank lines. The file is opened for every line, so that what happened before a
 * crash is there; a log that cannot be written is no reason to stop, so nothing fails here.
 */
#ifndef PLAYSLOT_COMMANDS_LOG_FILE_H
#define PLAYSLOT_COMMANDS_LOG_FILE_H

typedef enum LogLevel { LOG_INFO, LOG_ERROR } LogLevel;

/** Three blank lines (unless the file is new) and "INFO: <message>". */
void log_file_begin(const char *folder, const char *message);
/**
 * The same for logs_sim.txt. It stands in the folder of the policy or oracle that is evaluated; the reference
 * writes a policy's into its predictor's folder (20.5 no. 61).
 */
void log_sim_begin(const char *folder, const char *message);
void log_sim_line(const char *folder, LogLevel level, const char *message);

/** One line; line ends inside the message become spaces. */
void log_file_line(const char *folder, LogLevel level, const char *message);

#endif
