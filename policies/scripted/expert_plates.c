/**
 * Experts of the plate: fingers into it or behind it, then slide.
 */
#include "policies/scripted/expert.h"

static Point plate_slide(const Scene *s)
{
    const Point plate = shifted(s->object, 0, -0.055, 0.03);
    if (distance_xy(s->hand, plate) > 0.03) return raised(plate, 0.1);
    return distance_z(s->hand, plate) > 0.04 ? plate : (Point){ s->target.x, 0.9, plate.z };
}

static Point plate_slide_side(const Scene *s)
{
    const Point plate = shifted(s->object, 0.07, 0, -0.005);
    if (distance_xy(s->hand, plate) > 0.04) return raised(plate, 0.1);
    if (distance_z(s->hand, plate) > 0.04) return plate;
    if (s->hand.x > -0.2) return (Point){ s->hand.x - 0.1, 0.6, s->hand.z };
    return shifted(plate, -0.1, 0, 0);
}

static Point plate_slide_back(const Scene *s)
{
    const Point plate = shifted(s->object, 0, -0.065, 0.025);
    if (distance_xy(s->hand, plate) > 0.01) return raised(plate, 0.1);
    if (distance_z(s->hand, plate) > 0.04) return plate;
    if (s->hand.y > 0.7) return shifted(s->hand, 0, -0.1, 0);
    return (Point){ s->hand.y > 0.6 ? 0.15 : s->hand.x - 0.1, 0.55, s->hand.z };
}

static Point plate_slide_back_side(const Scene *s)
{
    const Point plate = shifted(s->object, 0.023, 0, 0.025);
    if (distance_xy(s->hand, plate) > 0.01) return raised(plate, 0.07);
    return distance_z(s->hand, plate) > 0.04 ? plate : (Point){ s->hand.x + 0.1, 0.6, s->hand.z };
}

const ExpertDef expert_plate_slide = {
    .task = "plate-slide",
    .gain = 10,
    .to = plate_slide,
    .grip = { .closed = -1 },
};

const ExpertDef expert_plate_slide_side = {
    .task = "plate-slide-side",
    .gain = 25,
    .to = plate_slide_side,
    .grip = { .closed = 1 },
};

const ExpertDef expert_plate_slide_back = {
    .task = "plate-slide-back",
    .gain = 10,
    .to = plate_slide_back,
    .grip = { .closed = -1 },
};

const ExpertDef expert_plate_slide_back_side = {
    .task = "plate-slide-back-side",
    .gain = 10,
    .to = plate_slide_back_side,
    .grip = { .closed = 1 },
};
