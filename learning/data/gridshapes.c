#include "data/gridshapes.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "base/numpy_rng.h"

enum { SPEED = 2, LAST = GRID_SIDE - GRID_CELL };

typedef struct Span {
    uint8_t first, last;
} Span;

/* columns that a shape covers in each row of its cell */
static const Span spans[GRID_SHAPES][GRID_CELL] = {
    { { 7, 7 },
      { 4, 10 },
      { 3, 11 },
      { 2, 12 },
      { 1, 13 },
      { 1, 13 },
      { 1, 13 },
      { 0, 14 },
      { 1, 13 },
      { 1, 13 },
      { 1, 13 },
      { 2, 12 },
      { 3, 11 },
      { 4, 10 },
      { 7, 7 } },
    { { 7, 7 },
      { 6, 8 },
      { 6, 9 },
      { 5, 9 },
      { 5, 10 },
      { 4, 10 },
      { 4, 11 },
      { 3, 11 },
      { 3, 12 },
      { 2, 12 },
      { 2, 13 },
      { 1, 13 },
      { 1, 14 },
      { 0, 14 },
      { 0, 14 } },
    { { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 },
      { 0, 14 } },
};

typedef struct Color {
    const char *name;
    uint8_t rgb[3];
} Color;

static const Color colors[GRID_COLORS + 1] = {
    { "red", { 255, 0, 0 } },      { "cyan", { 0, 255, 255 } },    { "green", { 0, 128, 0 } },
    { "blue", { 0, 0, 255 } },     { "magenta", { 255, 0, 255 } }, { "yellow", { 255, 255, 0 } },
    { "orange", { 255, 165, 0 } }, { "purple", { 128, 0, 128 } },  { "white", { 255, 255, 255 } },
    { "brown", { 165, 42, 42 } },  { "black", { 0, 0, 0 } },
};

const char *grid_shape_name(int shape)
{
    static const char *const names[GRID_SHAPES] = { "ball", "triangle", "square" };
    return names[shape];
}

const char *grid_color_name(int color)
{
    return colors[color].name;
}

const char *grid_action_name(int action)
{
    static const char *const names[] = { "right", "left", "down", "up", "stand" };
    return names[action];
}

Status grid_sequence_init(GridSequence *out, int objects, int frames, Error *error)
{
    *out = (GridSequence){ .objects = objects, .frames = frames };
    if (objects < 1 || objects > GRID_OBJECTS_MAX)
        return error_set(error, ERR_ARGUMENT, "GridShapes: %d objects, expected 1 to %d", objects,
                         GRID_OBJECTS_MAX);
    if (frames < 1 || frames > GRID_FRAMES_MAX)
        return error_set(error, ERR_ARGUMENT, "GridShapes: %d frames, expected 1 to %d", frames,
                         GRID_FRAMES_MAX);
    const size_t area = (size_t)frames * GRID_SIDE * GRID_SIDE;
    const size_t moves = (size_t)frames * (size_t)objects;
    Status status = memory_new_array(&out->pixels, area * 3, error);
    if (!status) status = memory_new_array(&out->labels, area, error);
    if (!status) status = memory_new_array(&out->position, moves, error);
    if (!status) status = memory_new_array(&out->velocity, moves, error);
    if (!status) status = memory_new_array(&out->action, moves, error);
    if (status) grid_sequence_release(out);
    return status;
}

void grid_sequence_release(GridSequence *sequence)
{
    memory_free(sequence->pixels);
    memory_free(sequence->labels);
    memory_free(sequence->position);
    memory_free(sequence->velocity);
    memory_free(sequence->action);
    *sequence = (GridSequence){ 0 };
}

/* ---- the scene ---- */

static void draw_objects(GridSequence *sequence, GridPair *velocity, Mt19937 *rng)
{
    for (int i = 0; i < sequence->objects; i++) {
        sequence->shape[i] = (int)mt19937_upto(rng, GRID_SHAPES - 1);
        sequence->color[i] = (int)mt19937_upto(rng, GRID_COLORS - 1);
        sequence->start[i].x = (int)mt19937_upto(rng, LAST - 1);
        sequence->start[i].y = (int)mt19937_upto(rng, LAST - 1);
        const bool down = mt19937_double(rng) > 0.5;
        velocity[i] = down ? (GridPair){ SPEED, 0 } : (GridPair){ 0, SPEED };
    }
}

static bool is_taken(const GridSequence *sequence, int color)
{
    for (int i = 0; i < sequence->objects; i++)
        if (sequence->color[i] == color) return true;
    return false;
}

/* random.randrange(count): the upper bits of a word until they fit */
static int python_below(Mt19937 *rng, int count)
{
    int bits = 0;
    while (count >> bits)
        bits++;
    int draw = (int)(mt19937_next(rng) >> (32 - bits));
    while (draw >= count)
        draw = (int)(mt19937_next(rng) >> (32 - bits));
    return draw;
}

static int draw_background(const GridSequence *sequence, uint32_t seed)
{
    int choices[GRID_COLORS + 1];
    int count = 0;
    for (int color = 0; color < GRID_COLORS; color++)
        if (!is_taken(sequence, color)) choices[count++] = color;
    choices[count++] = GRID_COLORS;
    Mt19937 rng;
    mt19937_seed_words(&rng, &seed, 1);
    return choices[python_below(&rng, count)];
}

/* ---- motion ---- */

/* the speed keeps its sign: what is called "on" may lead back */
static GridPair new_velocity(GridPair old, double choice)
{
    const int moving = old.y ? old.y : old.x;
    const int speed = moving ? moving : SPEED;
    if (choice < 0.2) return (GridPair){ speed, 0 };
    if (choice < 0.4) return (GridPair){ -speed, 0 };
    if (choice < 0.6) return (GridPair){ 0, speed };
    if (choice < 0.8) return (GridPair){ 0, -speed };
    return (GridPair){ 0, 0 };
}

static GridAction action_of(GridPair velocity)
{
    if (velocity.x) return velocity.x > 0 ? GRID_RIGHT : GRID_LEFT;
    if (velocity.y) return velocity.y > 0 ? GRID_DOWN : GRID_UP;
    return GRID_STAND;
}

/* beyond the lower end it lands on 0, beyond the upper end one pixel before it */
static void bounce(int *position, int *velocity)
{
    if (*position >= 0 && *position <= LAST) return;
    *position = *position < 0 ? 0 : LAST - 1;
    *velocity = -*velocity;
}

static void move_object(GridSequence *sequence, size_t at, GridPair *position, GridPair *velocity,
                        Mt19937 *rng)
{
    const double change = mt19937_double(rng);
    const double choice = mt19937_double(rng);
    if (change < 0.25) *velocity = new_velocity(*velocity, choice);
    sequence->action[at] = (uint8_t)action_of(*velocity);
    position->y += velocity->y;
    position->x += velocity->x;
    bounce(&position->y, &velocity->y);
    bounce(&position->x, &velocity->x);
    sequence->position[at] = *position;
    sequence->velocity[at] = *velocity;
}

/* ---- painting ---- */

static void fill(uint8_t *pixels, const uint8_t rgb[3])
{
    for (int i = 0; i < GRID_SIDE * GRID_SIDE; i++)
        memcpy(pixels + 3 * i, rgb, 3);
}

/* triangles are painted so brightly that every channel they have is full */
static void paint_color(uint8_t out[3], int shape, int color)
{
    for (int c = 0; c < 3; c++) {
        const uint8_t value = colors[color].rgb[c];
        out[c] = shape == GRID_TRIANGLE && value ? 255 : value;
    }
}

static void paint(GridSequence *sequence, int t, int object, GridPair at)
{
    uint8_t rgb[3];
    const size_t area = (size_t)GRID_SIDE * GRID_SIDE;
    const int shape = sequence->shape[object];
    paint_color(rgb, shape, sequence->color[object]);
    for (int row = 0; row < GRID_CELL; row++) {
        const Span span = spans[shape][row];
        for (int column = span.first; column <= span.last; column++) {
            const size_t pixel =
                (size_t)t * area + (size_t)((at.y + row) * GRID_SIDE + at.x + column);
            memcpy(sequence->pixels + 3 * pixel, rgb, 3);
            sequence->labels[pixel] = (uint8_t)(object + 1);
        }
    }
}

void grid_sequence_generate(GridSequence *sequence, uint32_t seed)
{
    const int objects = sequence->objects;
    const size_t area = (size_t)GRID_SIDE * GRID_SIDE;
    GridPair position[GRID_OBJECTS_MAX], velocity[GRID_OBJECTS_MAX];
    Mt19937 rng;
    mt19937_seed(&rng, seed);
    draw_objects(sequence, velocity, &rng);
    sequence->background = draw_background(sequence, seed);
    memcpy(position, sequence->start, sizeof position);
    memset(sequence->labels, 0, (size_t)sequence->frames * area);
    for (int t = 0; t < sequence->frames; t++) {
        fill(sequence->pixels + (size_t)t * area * 3, colors[sequence->background].rgb);
        for (int i = 0; i < objects; i++) {
            move_object(sequence, (size_t)(t * objects + i), &position[i], &velocity[i], &rng);
            paint(sequence, t, i, position[i]);
        }
    }
}
