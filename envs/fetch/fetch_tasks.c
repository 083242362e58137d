/* The tasks under their registered names, by rule: what moves x how the target is marked x distractors x reward. */
#include "envs/fetch/fetch.h"

enum { STATE = 25, REACH_STATE = 10, GOALS = 6 }; /* numbers; achieved and desired goal */

/* what follows from the kind */
#define REACH_HORIZON    50
#define REACH_NUMBERS    REACH_STATE + GOALS
#define REACH_THRESHOLD  0.055
#define REACH_AIR        0
#define REACH_VERB       "reach the sphere"
#define PUSH_HORIZON     100
#define PUSH_NUMBERS     STATE + GOALS
#define PUSH_THRESHOLD   0.085
#define PUSH_AIR         0
#define PUSH_VERB        "push the block"
#define PICK_HORIZON     100
#define PICK_NUMBERS     STATE + GOALS
#define PICK_THRESHOLD   0.085
#define PICK_AIR         0.3
#define PICK_VERB        "bring the block"
#define RED_WORDS        "that is red"
#define REDDEST_WORDS    "that is the reddest"
#define ODD_WORDS        "of a colour of its own"
#define ODD_GROUPS_WORDS "that has no equal, among two groups"

#define BLOCKS_TASK(Kind, KIND, Colors, COLORS, n, Reward, is_dense)                               \
    {                                                                                              \
        .name = #Kind #Colors "_" #n "Distractors_" #Reward "-v1",                                 \
        .summary = KIND##_VERB " " COLORS##_WORDS, .suite = SUITE_FETCH, .robot = &robot_fetch,    \
        .model = "generated", .horizon = KIND##_HORIZON, .observation = KIND##_NUMBERS,            \
        .hooks = &fetch_hooks, .parameters = &(const FetchTask)                                    \
        {                                                                                          \
            .kind = FETCH_##KIND, .dense = is_dense, .colors = FETCH_##COLORS, .distractors = n,   \
            .slide0 = 0.405, .object_start = { 1.25, 0.53, 0.4 }, .extra_height = 0.2,             \
            .object_range = 0.15, .goal_range = 0.15, .air = KIND##_AIR,                           \
            .threshold = KIND##_THRESHOLD                                                          \
        }                                                                                          \
    }

#define REWARDS(Kind, KIND, Colors, COLORS, n)                                                     \
    BLOCKS_TASK(Kind, KIND, Colors, COLORS, n, Sparse, false),                                     \
        BLOCKS_TASK(Kind, KIND, Colors, COLORS, n, Dense, true)

#define FROM_TWO(Kind, KIND, Colors, COLORS)                                                       \
    REWARDS(Kind, KIND, Colors, COLORS, 2), REWARDS(Kind, KIND, Colors, COLORS, 3),                \
        REWARDS(Kind, KIND, Colors, COLORS, 4)

#define FROM_NONE(Kind, KIND, Colors, COLORS)                                                      \
    REWARDS(Kind, KIND, Colors, COLORS, 0), REWARDS(Kind, KIND, Colors, COLORS, 1),                \
        FROM_TWO(Kind, KIND, Colors, COLORS)

#define ALL_OF(Kind, KIND)                                                                         \
    FROM_NONE(Kind, KIND, Red, RED), FROM_NONE(Kind, KIND, Reddest, REDDEST),                      \
        FROM_TWO(Kind, KIND, Odd, ODD), REWARDS(Kind, KIND, OddGroups, ODD_GROUPS, 4)

#define STOCK_TASK(id, is_dense, file, words, kind_, numbers, ...)                                 \
    {                                                                                              \
        .name = id, .summary = words, .suite = SUITE_FETCH, .robot = &robot_fetch,                 \
        .model = "fetch/" file, .horizon = 50, .observation = numbers, .hooks = &fetch_hooks,      \
        .parameters = &(const FetchTask)                                                           \
        {                                                                                          \
            .kind = kind_, .stock = true, .dense = is_dense, .threshold = 0.05, __VA_ARGS__        \
        }                                                                                          \
    }

#define STOCK_TASKS(Name, ...)                                                                     \
    STOCK_TASK("Fetch" Name "-v4", false, __VA_ARGS__),                                            \
        STOCK_TASK("Fetch" Name "Dense-v4", true, __VA_ARGS__)

#define ON_TABLE                                                                                   \
    .slide0 = 0.405, .object_start = { 1.25, 0.53, 0.4 }, .object_range = 0.15, .goal_range = 0.15

static const TaskDef fetch_tasks[] = {
    ALL_OF(Reach, REACH),
    ALL_OF(Push, PUSH),
    ALL_OF(Pick, PICK),
    STOCK_TASKS("Reach", "reach.xml", "reach a point", FETCH_REACH, REACH_NUMBERS, .slide0 = 0.4049,
                .extra_height = 0.2, .goal_range = 0.15),
    STOCK_TASKS("Push", "push.xml", "push a block to a place on the table", FETCH_PUSH,
                PUSH_NUMBERS, ON_TABLE),
    STOCK_TASKS("PickAndPlace", "pick_and_place.xml", "bring a block to a place, maybe in the air",
                FETCH_PICK, PICK_NUMBERS, ON_TABLE, .extra_height = 0.2, .air = 0.45),
    STOCK_TASKS("Slide", "slide.xml", "hit a puck so that it slides to a place out of reach",
                FETCH_PUSH, PUSH_NUMBERS, .slide0 = 0.05, .object_start = { 1.7, 1.1, 0.41 },
                .extra_height = -0.02, .object_range = 0.1, .goal_range = 0.3, .goal_shift = 0.4),
};
enum { FETCH_TASKS = sizeof fetch_tasks / sizeof *fetch_tasks };

const TaskDef *fetch_task_at(int index)
{
    return index >= 0 && index < FETCH_TASKS ? &fetch_tasks[index] : NULL;
}

int fetch_task_count(void)
{
    return FETCH_TASKS;
}
