/**
 * Points and distances for scripted experts. Metres, world frame. Operations are in upstream's order, because
 * actions must have its bits.
 */
#ifndef PLAYSLOT_POLICIES_SCRIPTED_POINT_H
#define PLAYSLOT_POLICIES_SCRIPTED_POINT_H

#include <math.h>

typedef struct Point {
    double x, y, z;
} Point;

static inline Point point_of(const double xyz[3])
{
    return (Point){ xyz[0], xyz[1], xyz[2] };
}

static inline Point shifted(Point p, double x, double y, double z)
{
    return (Point){ p.x + x, p.y + y, p.z + z };
}

static inline Point raised(Point p, double z)
{
    return shifted(p, 0, 0, z);
}

static inline double distance(Point a, Point b)
{
    const double x = a.x - b.x, y = a.y - b.y, z = a.z - b.z;
    return sqrt(x * x + y * y + z * z);
}

/** Distances within two axes. */
static inline double distance_xy(Point a, Point b)
{
    return distance((Point){ a.x, a.y, 0 }, (Point){ b.x, b.y, 0 });
}

static inline double distance_xz(Point a, Point b)
{
    return distance((Point){ a.x, 0, a.z }, (Point){ b.x, 0, b.z });
}

static inline double distance_yz(Point a, Point b)
{
    return distance((Point){ 0, a.y, a.z }, (Point){ 0, b.y, b.z });
}

/** Difference of heights. */
static inline double distance_z(Point a, Point b)
{
    return fabs(a.z - b.z);
}

#endif
