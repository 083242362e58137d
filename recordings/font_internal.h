/* The built-in bitmap font: 5 x 9 dots per glyph, seven rows above the baseline, two below. */
#ifndef PLAYSLOT_RECORDINGS_FONT_INTERNAL_H
#define PLAYSLOT_RECORDINGS_FONT_INTERNAL_H

#include <stdint.h>

#define FONT_ROWS 9

typedef struct Glyph {
    uint8_t width;           /* dots from the left edge to the last used column */
    uint8_t rows[FONT_ROWS]; /* bit 4 is the leftmost dot */
} Glyph;

/* Glyph of a byte; ASCII 32..126, a box for everything else. */
const Glyph *font_glyph(unsigned char character);

#endif
