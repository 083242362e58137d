#include "policies/fetch/push_geometry.h"

#include <math.h>

#define GRAVITY     9.81
#define BLOCK_GROWN (-0.004) /* pushed blocks may graze others */
#define HAND_GROWN  0.004
#define SAMPLING    0.02 /* between the looks along a segment */
#define FALLEN      0.40 /* centres of blocks on the table are higher */

const PushSizes push_sizes_blocks = { .block = 0.045,
                                      .finger = { { 0.0203, 0.042 } },
                                      .travel = 0.535,
                                      .push = 0.448,
                                      .low = 0.470,
                                      .clear = 0.505,
                                      .corner = { { 1.05, 0.40 } },
                                      .far_corner = { { 1.55, 1.10 } } };
const PushSizes push_sizes_stock = { .block = 0.025,
                                     .finger = { { 0.0135, 0.0149 } },
                                     .travel = 0.485,
                                     .push = 0.425,
                                     .low = 0.440,
                                     .clear = 0.460,
                                     .corner = { { 1.05, 0.40 } },
                                     .far_corner = { { 1.55, 1.10 } } };

/* ---- points ---- */

Spot spot_of(const double xyz[3])
{
    return (Spot){ { xyz[0], xyz[1] } };
}

double spot_distance(Spot a, Spot b)
{
    return hypot(a.xy[0] - b.xy[0], a.xy[1] - b.xy[1]);
}

static Spot grown(Spot half, double by)
{
    return (Spot){ { half.xy[0] + by, half.xy[1] + by } };
}

static Spot between(Spot from, Spot to, double share)
{
    return (Spot){ { from.xy[0] + share * (to.xy[0] - from.xy[0]),
                     from.xy[1] + share * (to.xy[1] - from.xy[1]) } };
}

static Spot block_half(const PushScene *scene)
{
    return (Spot){ { scene->sizes->block, scene->sizes->block } };
}

bool push_on_table(const PushSizes *sizes, Spot spot, double border)
{
    for (int k = 0; k < 2; k++)
        if (spot.xy[k] < sizes->corner.xy[k] + border ||
            spot.xy[k] > sizes->far_corner.xy[k] - border)
            return false;
    return true;
}

PushScene push_scene(const FetchSight *sight, int moved)
{
    PushScene scene = { .sizes = sight->task->stock ? &push_sizes_stock : &push_sizes_blocks,
                        .count = sight->blocks,
                        .moved = moved };
    for (int i = 0; i < sight->blocks; i++) {
        scene.block[i] = spot_of(sight->block[i]);
        scene.fallen[i] = sight->block[i][2] < FALLEN;
    }
    return scene;
}

/* ---- contact ---- */

static Spot beside(const PushScene *scene, Spot block, const PushFace *face, double margin)
{
    const PushSizes *sizes = scene->sizes;
    Spot at = block;
    at.xy[face->axis] -= face->sign * (sizes->block + sizes->finger.xy[face->axis] + margin);
    at.xy[1 - face->axis] += face->shift;
    return at;
}

Spot push_contact(const PushScene *scene, Spot block, const PushFace *face)
{
    return beside(scene, block, face, 0);
}

Spot push_approach(const PushScene *scene, Spot block, const PushFace *face)
{
    return beside(scene, block, face, face->margin);
}

double push_overlap(Spot a, Spot a_half, Spot b, Spot b_half)
{
    double least = HUGE_VAL;
    for (int k = 0; k < 2; k++)
        least = fmin(least, a_half.xy[k] + b_half.xy[k] - fabs(a.xy[k] - b.xy[k]));
    return fmax(least, 0);
}

double push_collision(const PushScene *scene, Spot centre, Spot half, int except)
{
    double deepest = 0;
    for (int i = 0; i < scene->count; i++)
        if (i != except && !scene->fallen[i])
            deepest = fmax(deepest, push_overlap(centre, half, scene->block[i], block_half(scene)));
    return deepest;
}

/* commanded n moves at n / hold, then n + kappa n^2 = distance */
double push_advance(double distance, double hold)
{
    const double kappa = 1 / (2 * GRAVITY * hold * hold);
    return (sqrt(1 + 4 * kappa * fmax(distance, 0)) - 1) / (2 * kappa);
}

/* ---- cost of a push ---- */

/* everything that the fingers would stand in at a place, added up */
static double hand_crowding(const PushScene *scene, Spot hand)
{
    const Spot half = grown(scene->sizes->finger, HAND_GROWN);
    double sum = 0;
    for (int i = 0; i < scene->count; i++)
        if (i != scene->moved && !scene->fallen[i])
            sum += push_overlap(hand, half, scene->block[i], block_half(scene));
    return sum;
}

static double face_cost(const PushScene *scene, Spot block, const PushFace *face, double ideal)
{
    const Spot hand = push_approach(scene, block, face);
    return 12 * hand_crowding(scene, hand) + 1.5 * fabs(face->shift - ideal) +
           0.3 * fabs(face->margin - 0.020) + (push_on_table(scene->sizes, hand, -0.08) ? 0 : 1);
}

/* shifts as shares of a block's half edge, so that other sizes of blocks have theirs */
static double choose_face(PushFace *face, const PushScene *scene, Spot block, double slope)
{
    static const double margins[] = { 0.020, 0.012, 0.030 };
    static const double shifts[] = { 0, 0.012, -0.012, 0.024, -0.024 };
    const double scale = scene->sizes->block / push_sizes_blocks.block;
    const double ideal = -scene->sizes->block * slope, most = 0.036 * scale;
    double best = HUGE_VAL;
    for (int m = 0; m < 3; m++)
        for (int s = 0; s < 5; s++) {
            PushFace tried = *face;
            tried.margin = margins[m];
            tried.shift = fmin(fmax(ideal + scale * shifts[s], -most), most);
            const double cost = face_cost(scene, block, &tried, ideal);
            if (!(cost < best)) continue;
            best = cost;
            *face = tried;
        }
    return best;
}

/* the deepest that block or fingers get into others on the way */
static double way_crowding(const PushScene *scene, Spot from, Spot to, const PushFace *face)
{
    const int looks = (int)ceil(spot_distance(from, to) / SAMPLING);
    const Spot block = grown(block_half(scene), BLOCK_GROWN);
    double deepest = 0;
    for (int i = 0; i <= looks; i++) {
        const Spot at = between(from, to, looks ? (double)i / looks : 0);
        const Spot hand = push_contact(scene, at, face);
        deepest = fmax(deepest, push_collision(scene, at, block, scene->moved));
        deepest = fmax(deepest, push_collision(scene, hand, scene->sizes->finger, scene->moved));
    }
    return deepest;
}

double push_segment(PushFace *face, const PushScene *scene, Spot from, Spot to)
{
    const double way[2] = { to.xy[0] - from.xy[0], to.xy[1] - from.xy[1] };
    const int axis = fabs(way[0]) >= fabs(way[1]) ? 0 : 1;
    const double slope = way[axis] == 0 ? 0 : way[1 - axis] / fabs(way[axis]);
    const double length = spot_distance(from, to);
    *face = (PushFace){ .axis = axis, .sign = way[axis] < 0 ? -1 : 1 };
    const double side = choose_face(face, scene, from, slope);
    return side + 2.5 * way_crowding(scene, from, to, face) + length +
           0.5 * length * fmax(0, fabs(slope) - 0.6);
}
