#include "recordings/palette_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define CELLS       32768 /* 5 bits per channel */
#define KMEANS_RUNS 4

typedef struct Cell {
    uint64_t count;
    uint64_t sum[3];
} Cell;

/* A used cell: its mean colour and weight. */
typedef struct Point {
    float color[3];
    float weight;
    int box;
} Point;

typedef struct Box {
    int first, count; /* of the points */
    int axis;         /* the one with the largest squared error */
    double error;     /* along that axis */
    float mean;       /* along that axis */
} Box;

struct Histogram {
    Cell cells[CELLS];
    Point points[CELLS]; /* scratch of palette_build */
    int point_count;
    Box boxes[PALETTE_MAX];
    int box_count;
};

Status histogram_create(Histogram **out, Error *error)
{
    return memory_new(out, error);
}

void histogram_destroy(Histogram *histogram)
{
    memory_free(histogram);
}

void histogram_add(Histogram *histogram, const uint8_t *pixels, size_t count)
{
    for (size_t i = 0; i < count; i++, pixels += 3) {
        size_t index = (size_t)(pixels[0] >> 3) << 10 | (size_t)(pixels[1] >> 3) << 5 |
                       (size_t)(pixels[2] >> 3);
        Cell *cell = &histogram->cells[index];
        cell->count++;
        for (int c = 0; c < 3; c++)
            cell->sum[c] += pixels[c];
    }
}

/* ---- boxes ---- */

static void gather_points(Histogram *histogram)
{
    histogram->point_count = 0;
    for (int i = 0; i < CELLS; i++) {
        const Cell *cell = &histogram->cells[i];
        if (!cell->count) continue;
        Point *point = &histogram->points[histogram->point_count++];
        for (int c = 0; c < 3; c++)
            point->color[c] = (float)cell->sum[c] / (float)cell->count;
        point->weight = sqrtf((float)cell->count);
    }
}

/* Axis of the largest weighted squared error in the box. */
static void measure(Box *box, const Point *points)
{
    double sum[3] = { 0 }, squares[3] = { 0 }, weight = 0.0;
    for (int i = box->first; i < box->first + box->count; i++) {
        for (int c = 0; c < 3; c++) {
            double value = (double)points[i].color[c], w = (double)points[i].weight;
            sum[c] += w * value;
            squares[c] += w * value * value;
        }
        weight += (double)points[i].weight;
    }
    box->error = -1.0;
    for (int c = 0; c < 3; c++) {
        double spread = squares[c] - sum[c] * sum[c] / weight;
        if (spread <= box->error) continue;
        box->error = spread;
        box->axis = c;
        box->mean = (float)(sum[c] / weight);
    }
    if (box->count < 2) box->error = 0.0;
}

/* Move points below the mean to the front; the first one behind them. Order inside does not matter. */
static int partition(Point *points, const Box *box)
{
    int split = box->first;
    for (int i = box->first; i < box->first + box->count; i++) {
        if (points[i].color[box->axis] > box->mean) continue;
        Point moved = points[i];
        points[i] = points[split];
        points[split++] = moved;
    }
    return split;
}

/* Cut the worst box; false when none can be cut any more. */
static bool cut_worst(Histogram *histogram)
{
    int worst = -1;
    for (int i = 0; i < histogram->box_count; i++)
        if (histogram->boxes[i].error > 1e-3 &&
            (worst < 0 || histogram->boxes[i].error > histogram->boxes[worst].error))
            worst = i;
    if (worst < 0) return false;
    Box *box = &histogram->boxes[worst];
    int split = partition(histogram->points, box), end = box->first + box->count;
    if (split == box->first || split == end) {
        box->error = 0.0;
        return true;
    }
    Box *upper = &histogram->boxes[histogram->box_count++];
    *upper = (Box){ .first = split, .count = end - split };
    box->count = split - box->first;
    measure(box, histogram->points);
    measure(upper, histogram->points);
    return true;
}

static void cut_boxes(Histogram *histogram)
{
    histogram->boxes[0] = (Box){ .first = 0, .count = histogram->point_count };
    histogram->box_count = 1;
    measure(&histogram->boxes[0], histogram->points);
    while (histogram->box_count < PALETTE_MAX && cut_worst(histogram))
        ;
    for (int b = 0; b < histogram->box_count; b++)
        for (int i = 0; i < histogram->boxes[b].count; i++)
            histogram->points[histogram->boxes[b].first + i].box = b;
}

/* ---- k-means ---- */

static int nearest(float centers[][3], int count, const float *color)
{
    int best = 0;
    float best_distance = INFINITY;
    for (int i = 0; i < count; i++) {
        float r = centers[i][0] - color[0], g = centers[i][1] - color[1],
              b = centers[i][2] - color[2];
        float distance = r * r + g * g + b * b;
        if (distance < best_distance) {
            best_distance = distance;
            best = i;
        }
    }
    return best;
}

/* Weighted means of the points by their box; an empty one keeps its colour. */
static void move_centers(float centers[][3], int count, const Histogram *histogram)
{
    double sums[PALETTE_MAX][4] = { { 0 } };
    for (int i = 0; i < histogram->point_count; i++) {
        const Point *point = &histogram->points[i];
        for (int c = 0; c < 3; c++)
            sums[point->box][c] += (double)point->weight * (double)point->color[c];
        sums[point->box][3] += (double)point->weight;
    }
    for (int i = 0; i < count; i++)
        for (int c = 0; c < 3 && sums[i][3] > 0.0; c++)
            centers[i][c] = (float)(sums[i][c] / sums[i][3]);
}

void palette_build(Palette *out, Histogram *histogram)
{
    *out = (Palette){ 0 };
    gather_points(histogram);
    if (!histogram->point_count) return;
    cut_boxes(histogram);
    float centers[PALETTE_MAX][3] = { { 0 } };
    int count = histogram->box_count;
    move_centers(centers, count, histogram);
    for (int run = 0; run < KMEANS_RUNS; run++) {
        for (int i = 0; i < histogram->point_count; i++)
            histogram->points[i].box = nearest(centers, count, histogram->points[i].color);
        move_centers(centers, count, histogram);
    }
    out->count = count;
    for (int i = 0; i < count; i++)
        for (int c = 0; c < 3; c++)
            out->colors[i][c] = (uint8_t)lrintf(centers[i][c]);
}

/* ---- lookup ---- */

#define CACHE_SIZE 65536

struct PaletteMap {
    Palette palette;
    struct {
        uint32_t key; /* colour + 1; 0 is empty */
        uint8_t index;
    } cache[CACHE_SIZE];
};

Status palette_map_create(PaletteMap **out, const Palette *palette, Error *error)
{
    if (memory_new(out, error)) return error->status;
    (*out)->palette = *palette;
    return OK;
}

void palette_map_destroy(PaletteMap *map)
{
    memory_free(map);
}

static uint8_t search(const Palette *palette, int r, int g, int b)
{
    int best = 0, best_distance = 1 << 30;
    for (int i = 0; i < palette->count; i++) {
        int dr = palette->colors[i][0] - r, dg = palette->colors[i][1] - g,
            db = palette->colors[i][2] - b;
        int distance = dr * dr + dg * dg + db * db;
        if (distance < best_distance) {
            best_distance = distance;
            best = i;
        }
    }
    return (uint8_t)best;
}

static uint8_t lookup(PaletteMap *map, int r, int g, int b)
{
    uint32_t color = (uint32_t)r << 16 | (uint32_t)g << 8 | (uint32_t)b;
    size_t slot = (color * 2654435761u) >> 16;
    if (map->cache[slot].key != color + 1) {
        map->cache[slot].key = color + 1;
        map->cache[slot].index = search(&map->palette, r, g, b);
    }
    return map->cache[slot].index;
}

/* Bayer's 8x8 pattern, from the bits of x and y, as an offset of -8..8 levels. */
static int dither_offset(int x, int y)
{
    int value = 0;
    for (int bit = 0; bit < 3; bit++) {
        int mixed = ((x ^ y) >> bit & 1) << 1 | (y >> bit & 1);
        value |= mixed << (4 - 2 * bit);
    }
    return (value * 2 - 63) / 8;
}

static int byte(int value)
{
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

void palette_map_row(PaletteMap *map, uint8_t *indices, const uint8_t *pixels, int width, int y,
                     bool dither)
{
    for (int x = 0; x < width; x++, pixels += 3) {
        int offset = dither ? dither_offset(x & 7, y & 7) : 0;
        if (x && !dither && !memcmp(pixels, pixels - 3, 3))
            indices[x] = indices[x - 1];
        else
            indices[x] = lookup(map, byte(pixels[0] + offset), byte(pixels[1] + offset),
                                byte(pixels[2] + offset));
    }
}
