/**
 * Entries of an option table for where episodes start, for commands whose options struct has the members
 * `const char *seeding, *goal`.
 */
#ifndef PLAYSLOT_COMMANDS_SCENE_OPTIONS_H
#define PLAYSLOT_COMMANDS_SCENE_OPTIONS_H

#include "commands/option.h"
#include "envs/env.h"

#define SCENE_WORD(struct_, member, names, word, text)                                             \
    {                                                                                              \
        .name = #member, .kind = OPTION_TEXT, .argument = "HOW", .fallback = (word),               \
        .choices = (names), .offset = offsetof(struct_, member), .help = (text)                    \
    }

/** Of many episodes: see episode_start_of in policies/rollout.h. */
#define SEEDING_OPTION(struct_)                                                                    \
    SCENE_WORD(struct_, seeding, seeding_names, "seeded",                                          \
               "how seeds become scenes; mt1 and on: episode i is task i of the benchmark's 50")

#define GOAL_OPTION(struct_)                                                                       \
    SCENE_WORD(struct_, goal, goal_view_names, "usual",                                            \
               "show or hide the goal in observations; usual: hidden with ml seedings only")

#endif
