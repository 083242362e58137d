/**
 * plate-slide: push a puck into a cabinet (Meta-World 3.1.1, sawyer_plate_slide_v3.py).
 */
#include "envs/families/plate_parts.h"

static Status plate_slide_reset(TaskContext *context, const double *vector, Error *error)
{
    const double slides[2] = { 0, 0 };
    return plate_reset(context, vector, slides, vector + 3, error);
}

static void plate_slide_evaluate(TaskContext *context, const double obs[ENV_OBS],
                                 const float action[ENV_ACTION], Outcome *out)
{
    (void)action;
    const PlateTerms terms = plate_terms(context, obs, 0);
    plate_outcome(out, &terms, 8 * hamacher_product(terms.near, terms.in_place));
}

const TaskDef task_plate_slide = {
    SAWYER_TASK,
    .name = "plate-slide",
    .summary = "push a puck into a cabinet",
    .model = "sawyer_xyz/sawyer_plate_slide.xml",
    .hand_apart = true,
    .vector_size = 6,
    .vector_low = { 0, 0.6, 0, -0.1, 0.85, 0 },
    .vector_high = { 0, 0.6, 0, 0.1, 0.9, 0 },
    .reset = plate_slide_reset,
    .hand_start = { 0, (double)0.6f, (double)0.2f },
    SAWYER_MOCAP,
    .goal_low = { -0.1, 0.85, 0 },
    .goal_high = { 0.1, 0.9, 0 },
    PLATE_TASK,
    .evaluate = plate_slide_evaluate,
    .reward_v1 = &reward_v1_push_roughly,
};
