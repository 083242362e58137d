/* Contact sheets; declared in panel.h. */
#include <stdio.h>

#include "base/memory.h"
#include "recordings/canvas.h"
#include "recordings/panel.h"

#define MARGIN       14
#define GAP          6
#define ROW_LABEL    130 /* width of the column of row labels */
#define COLUMN_LABEL 24
#define TITLE        34 /* height of the title line */
#define LINE         24 /* height of notes, legend and captions */
#define SWATCH       16
#define CAPTIONS_MAX 8
#define SIDE_MAX     16384

static const Color paper = { 250, 250, 252 };
static const Color ink = { 32, 36, 46 };
static const Color faint_ink = { 112, 118, 130 };
static const Color empty = { 236, 238, 242 };
static const Color tag_paper = { 24, 28, 36 };

struct Sheet {
    SheetOptions options; /* without its texts */
    int top;              /* of the first row of pictures */
    int below;            /* first free row under the pictures */
    int legend_x;         /* where the next entry of the legend begins */
    Image canvas;
};

static Area cell_area(const Sheet *sheet, int row, int column)
{
    const SheetOptions *options = &sheet->options;
    int width = options->width * options->scale, height = options->height * options->scale;
    return (Area){ MARGIN + options->row_label + column * (width + GAP),
                   sheet->top + row * (height + GAP), width, height };
}

static Status check(const SheetOptions *options, Error *error)
{
    int rows = options->rows, columns = options->columns;
    int width = options->width, height = options->height, scale = options->scale;
    if (options->row_label < 0 || options->row_label > 1024 || options->captions < 0 ||
        options->captions > CAPTIONS_MAX || options->least_width > SIDE_MAX)
        return error_set(error, ERR_ARGUMENT,
                         "sheet: labels of %d pixels, %d captions or a least width of %d are out "
                         "of range",
                         options->row_label, options->captions, options->least_width);
    if (rows < 1 || rows > 64 || columns < 1 || columns > 256)
        return error_set(error, ERR_ARGUMENT, "a sheet of %d x %d pictures is outside 1x1..64x256",
                         rows, columns);
    if (width < 1 || height < 1 || width > 4096 || height > 4096 || scale < 1 || scale > 16)
        return error_set(error, ERR_ARGUMENT, "sheet pictures of %dx%d, scale %d are out of range",
                         width, height, scale);
    return OK;
}

SheetOptions sheet_options_default(void)
{
    return (SheetOptions){ .rows = 1,
                           .columns = 1,
                           .width = 64,
                           .height = 64,
                           .scale = 2,
                           .row_label = ROW_LABEL,
                           .column_labels = true };
}

/* where things go; gives the size of the whole */
static void lay_out(Sheet *sheet, int *right, int *bottom)
{
    const SheetOptions *options = &sheet->options;
    sheet->top =
        MARGIN + (options->title ? TITLE : 0) + (options->column_labels ? COLUMN_LABEL : 0);
    Area last = cell_area(sheet, options->rows - 1, options->columns - 1);
    sheet->below = last.y + last.height;
    sheet->legend_x = MARGIN;
    *right = last.x + last.width + MARGIN;
    if (*right < options->least_width) *right = options->least_width;
    *bottom = sheet->below + MARGIN + LINE * (options->notes + options->legend + options->captions);
}

static void draw_empty(Sheet *sheet, const char *title)
{
    const SheetOptions *options = &sheet->options;
    canvas_fill(&sheet->canvas, paper);
    for (int i = 0; i < options->rows * options->columns; i++)
        canvas_rect(&sheet->canvas, cell_area(sheet, i / options->columns, i % options->columns),
                    empty);
    if (!title) return;
    Area area = { MARGIN, MARGIN - 4, sheet->canvas.width - 2 * MARGIN, TITLE - GAP };
    canvas_text_left(&sheet->canvas, area, 2, ink, title);
}

Status sheet_create_with(Sheet **out, const SheetOptions *options, Error *error)
{
    *out = NULL;
    if (check(options, error)) return error->status;
    Sheet *sheet = NULL;
    if (memory_new(&sheet, error)) return error->status;
    sheet->options = *options;
    int right, bottom;
    lay_out(sheet, &right, &bottom);
    sheet->options.title = NULL; /* borrowed */
    Status status = OK;
    if (right > SIDE_MAX || bottom > SIDE_MAX)
        status = error_set(error, ERR_ARGUMENT, "a sheet of %dx%d pixels is larger than %d", right,
                           bottom, SIDE_MAX);
    else
        status = image_init(&sheet->canvas, right, bottom, error);
    if (status) {
        sheet_destroy(sheet);
        return status;
    }
    draw_empty(sheet, options->title);
    *out = sheet;
    return OK;
}

Status sheet_create(Sheet **out, int rows, int columns, int width, int height, int scale,
                    Error *error)
{
    SheetOptions options = sheet_options_default();
    options.rows = rows;
    options.columns = columns;
    options.width = width;
    options.height = height;
    options.scale = scale;
    return sheet_create_with(out, &options, error);
}

void sheet_destroy(Sheet *sheet)
{
    if (!sheet) return;
    image_release(&sheet->canvas);
    memory_free(sheet);
}

void sheet_label_row(Sheet *sheet, int row, const char *text)
{
    if (row < 0 || row >= sheet->options.rows || !sheet->options.row_label) return;
    Area cell = cell_area(sheet, row, 0);
    Area area = { MARGIN, cell.y, sheet->options.row_label - GAP, cell.height };
    canvas_rect(&sheet->canvas, area, paper);
    canvas_text_left(&sheet->canvas, area, 2, ink, text);
}

void sheet_note_row(Sheet *sheet, int row, const char *text)
{
    if (row < 0 || row >= sheet->options.rows || !sheet->options.row_label) return;
    Area cell = cell_area(sheet, row, 0);
    Area area = { MARGIN, cell.y + cell.height / 2 + LINE / 2, sheet->options.row_label - GAP,
                  LINE };
    canvas_rect(&sheet->canvas, area, paper);
    canvas_text_left(&sheet->canvas, area, 2, faint_ink, text);
}

void sheet_swatch_row(Sheet *sheet, int row, Color color)
{
    if (row < 0 || row >= sheet->options.rows || !sheet->options.row_label) return;
    Area cell = cell_area(sheet, row, 0);
    int y = cell.y + cell.height / 2 - SWATCH / 2 - LINE - 2;
    canvas_rounded(&sheet->canvas, (Area){ MARGIN, y, 2 * SWATCH, SWATCH }, 4, color);
}

void sheet_label_column(Sheet *sheet, int column, const char *text)
{
    if (column < 0 || column >= sheet->options.columns || !sheet->options.column_labels) return;
    Area cell = cell_area(sheet, 0, column);
    Area area = { cell.x, sheet->top - COLUMN_LABEL - 1, cell.width, COLUMN_LABEL - GAP };
    canvas_rect(&sheet->canvas, area, paper);
    canvas_text_centered(&sheet->canvas, area, 2, faint_ink, text);
}

/* ---- under the pictures ---- */

void sheet_note_column(Sheet *sheet, int column, const char *text)
{
    if (column < 0 || column >= sheet->options.columns || !sheet->options.notes) return;
    Area cell = cell_area(sheet, 0, column);
    Area area = { cell.x, sheet->below + GAP / 2, cell.width, LINE - GAP / 2 };
    canvas_rect(&sheet->canvas, area, paper);
    canvas_text_centered(&sheet->canvas, area, 2, faint_ink, text);
}

static int legend_top(const Sheet *sheet)
{
    return sheet->below + GAP + (sheet->options.notes ? LINE : 0);
}

void sheet_legend(Sheet *sheet, Color color, const char *text)
{
    if (!sheet->options.legend) return;
    int x = sheet->legend_x, y = legend_top(sheet), width = text_width(text, 2);
    Area mark = { x, y + (LINE - SWATCH) / 2, SWATCH, SWATCH };
    canvas_rounded(&sheet->canvas, mark, 4, color);
    canvas_text_left(&sheet->canvas, (Area){ x + SWATCH + GAP, y, width, LINE }, 2, ink, text);
    sheet->legend_x = x + SWATCH + width + 4 * GAP;
}

void sheet_legend_difference(Sheet *sheet, double range, const char *text)
{
    if (!sheet->options.legend) return;
    char low[16], high[16];
    snprintf(low, sizeof low, "%.3g", -range);
    snprintf(high, sizeof high, "+%.3g", range);
    int y = legend_top(sheet), bar = 120;
    int x = canvas_text(&sheet->canvas, sheet->legend_x, y + 3, 2, ink, low) + GAP;
    for (int i = 0; i < bar; i++)
        canvas_rect(&sheet->canvas, (Area){ x + i, y + (LINE - SWATCH) / 2, 1, SWATCH },
                    difference_color(2.0 * i / (bar - 1) - 1.0));
    x = canvas_text(&sheet->canvas, x + bar + GAP, y + 3, 2, ink, high) + 2 * GAP;
    x = canvas_text(&sheet->canvas, x, y + 3, 2, ink, text);
    sheet->legend_x = x + 3 * GAP;
}

void sheet_caption(Sheet *sheet, int line, const char *text)
{
    if (line < 0 || line >= sheet->options.captions) return;
    int y = legend_top(sheet) + LINE * (line + (sheet->options.legend ? 1 : 0));
    Area area = { MARGIN, y, sheet->canvas.width - 2 * MARGIN, LINE };
    canvas_rect(&sheet->canvas, area, paper);
    canvas_text_left(&sheet->canvas, area, 2, faint_ink, text);
}

/* ---- cells ---- */

static Status check_cell(const Sheet *sheet, int row, int column, Error *error)
{
    if (row >= 0 && row < sheet->options.rows && column >= 0 && column < sheet->options.columns)
        return OK;
    return error_set(error, ERR_ARGUMENT, "sheet cell (%d, %d) is outside %d x %d", row, column,
                     sheet->options.rows, sheet->options.columns);
}

Status sheet_put(Sheet *sheet, int row, int column, const Image *picture, Error *error)
{
    if (check_cell(sheet, row, column, error)) return error->status;
    if (picture->width != sheet->options.width || picture->height != sheet->options.height)
        return error_set(error, ERR_SHAPE, "sheet picture: expected %dx%d, found %dx%d",
                         sheet->options.width, sheet->options.height, picture->width,
                         picture->height);
    Area cell = cell_area(sheet, row, column);
    canvas_blit(&sheet->canvas, cell.x, cell.y, picture, sheet->options.scale);
    return OK;
}

void sheet_tag(Sheet *sheet, int row, int column, const char *text)
{
    if (row < 0 || row >= sheet->options.rows || column < 0 || column >= sheet->options.columns)
        return;
    Area cell = cell_area(sheet, row, column);
    Area area = { cell.x, cell.y + cell.height - LINE + 2, text_width(text, 2) + 10, LINE - 2 };
    if (area.width > cell.width) area.width = cell.width;
    canvas_rect(&sheet->canvas, area, tag_paper);
    area.x += 5;
    area.width -= 8;
    canvas_text_left(&sheet->canvas, area, 2, paper, text);
}

void sheet_mark(Sheet *sheet, int row, int column, int red, int green, int blue)
{
    if (row < 0 || row >= sheet->options.rows || column < 0 || column >= sheet->options.columns)
        return;
    Area cell = cell_area(sheet, row, column);
    Area frame = { cell.x - 2, cell.y - 2, cell.width + 4, cell.height + 4 };
    canvas_border(&sheet->canvas, frame, 2, (Color){ (uint8_t)red, (uint8_t)green, (uint8_t)blue });
}

const Image *sheet_image(const Sheet *sheet)
{
    return &sheet->canvas;
}
