/**
 * GridShapes: coloured shapes that move over a plain background and change direction by chance, made on the spot.
 *
 * PlaySlot's procedural data set (its GridShapes class), bit for bit given the seed: NumPy's legacy generator draws
 * shapes, colours, places and motion, Python's own `random` the background. Pictures are 64 x 64, shapes fill a cell
 * of 15 x 15 pixels and move two pixels a frame. Positions and velocities are in pixels, row before column.
 */
#ifndef PLAYSLOT_DATA_GRIDSHAPES_H
#define PLAYSLOT_DATA_GRIDSHAPES_H

#include <stdint.h>

#include "base/status.h"

#define GRID_SIDE        64
#define GRID_CELL        15
#define GRID_OBJECTS_MAX 16
#define GRID_FRAMES_MAX  1000
#define GRID_COLORS      10 /* of shapes; backgrounds may be black besides, colour GRID_COLORS */

typedef enum GridShape { GRID_BALL, GRID_TRIANGLE, GRID_SQUARE, GRID_SHAPES } GridShape;
/** Where an object was told to go before it met the border. */
typedef enum GridAction { GRID_RIGHT, GRID_LEFT, GRID_DOWN, GRID_UP, GRID_STAND } GridAction;

/** "ball", "triangle", "square"; "red" ... "brown", "black" (GRID_COLORS); "right" ... "stand". */
const char *grid_shape_name(int shape);
const char *grid_color_name(int color);
const char *grid_action_name(int action);

typedef struct GridPair {
    int y, x;
} GridPair;

/** A sequence; T frames of n objects, objects in the order they are painted, later ones cover earlier ones. */
typedef struct GridSequence {
    int objects; /* n */
    int frames;  /* T */
    int background;
    int shape[GRID_OBJECTS_MAX], color[GRID_OBJECTS_MAX];
    GridPair start[GRID_OBJECTS_MAX]; /* before the move that leads to frame 0 */
    uint8_t *pixels;                  /* (T, 64, 64, 3) */
    uint8_t *labels;                  /* (T, 64, 64): 0 background, i + 1 object i */
    GridPair *position;               /* (T, n), upper left corner of the cell, in [0, 49] */
    GridPair *velocity;               /* (T, n), after bouncing off the border */
    uint8_t *action; /* (T, n): the GridAction that led to frame t, before bouncing */
} GridSequence;

/** Room for sequences of these extents. ERR_ARGUMENT unless 1 <= objects <= 16, 1 <= frames <= 1000; ERR_MEMORY. */
MUST_USE Status grid_sequence_init(GridSequence *out, int objects, int frames, Error *error);
/** Accepts a zeroed one. */
void grid_sequence_release(GridSequence *sequence);
/** Fill with the sequence of a seed: numpy.random.seed(seed), random.seed(seed). Allocates nothing. */
void grid_sequence_generate(GridSequence *sequence, uint32_t seed);

#endif
